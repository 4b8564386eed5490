// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <malloc.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "base/fingerprint.h"
#include "config/alias_loops.h"
#include "config/document.h"
#include "config/fields.h"
#include "config/findings.h"
#include "config/health_checks.h"
#include "config/latency_reader.h"
#include "config/places.h"
#include "config/resolver_reader.h"
#include "config/source.h"
#include "config/tree_reader.h"
#include "config/values.h"
#include "config/zone_reader.h"
#include "geo/mmdb.h"

namespace fairlead::config {
namespace {

namespace fs = std::filesystem;

/// A section of the top level that may be absent.
class Section {
  public:
    Section(const Fields& top, std::string_view key, Level level, Findings& findings) {
        const Cursor* at = top.find(key);
        if (at == nullptr) return;
        fields_.emplace(*at, findings, Grammar{level});
    }
    [[nodiscard]] const Fields* get() const { return fields_ ? &*fields_ : nullptr; }

  private:
    std::optional<Fields> fields_;
};

/// Paths of a configuration start at its directory, wherever the program was started.
fs::path located(const fs::path& directory, std::string_view path) {
    return (directory / path).lexically_normal();
}

ServerSettings read_server(const Fields* fields, const fs::path& directory, Findings& findings) {
    ServerSettings server;
    if (fields == nullptr) return server;
    const std::string socket = fields->text("socket");
    server.socket = located(directory, socket);
    server.socket_group = fields->text("socket_group");
    server.socket_mode = fields->mode("socket_mode");
    server.workers = static_cast<unsigned>(fields->integer("workers"));
    server.max_probes =
        static_cast<std::size_t>(fields->optional_integer("max_probes").value_or(0));
    const std::string state_dir = fields->text("state_dir");
    server.state_dir = state_dir == "none" ? fs::path() : located(directory, state_dir);
    if (server.socket.native().size() > kSocketPathMax || socket.empty()) {
        findings.add(Rule::out_of_range, *fields->find("socket"),
                     "the path of a unix socket has 1 to 103 bytes");
    }
    for (const auto& item : fields->list("pdns_control")) {
        const auto control = read_text(item, findings);
        if (control) server.pdns_control.push_back(located(directory, *control));
    }
    server.pdns_api = read_pdns_api(*fields, directory, findings);
    return server;
}

LogSettings read_log(const Fields* fields) {
    LogSettings log;
    if (fields == nullptr) return log;
    if (fields->word("format") == "json") log.format = LogFormat::json;
    log.lowest = log_level_named(fields->word("level")).value_or(log.lowest);
    return log;
}

void report_missing_geography(const Fields* geoip, const TreeReader& trees, Findings& findings) {
    if (geoip != nullptr && geoip->find("databases") != nullptr) return;
    if (!trees.first_geolocation()) return;
    const auto& [node, path] = *trees.first_geolocation();
    findings.add(Rule::geoip_missing, *node, path,
                 "to know where clients are, name an MMDB file under geoip.databases");
}

/// A database and where it is named.
struct NamedDatabase {
    Cursor at;
    FileVersion version;  // before it is read
};

std::vector<NamedDatabase> named_databases(const Fields* geoip, const fs::path& directory,
                                           Findings& findings) {
    std::vector<NamedDatabase> databases;
    if (geoip == nullptr) return databases;
    for (const auto& item : geoip->list("databases")) {
        const auto file = read_text(item, findings);
        if (file) databases.push_back({item, version_of(located(directory, *file))});
    }
    return databases;
}

/// Everything that the databases know together. Each is opened at its own line, so that each
/// finding stands there.
geo::Partition read_databases(const std::vector<NamedDatabase>& databases, Findings& findings) {
    geo::Partition known;
    for (const auto& [at, version] : databases) {
        auto more = geo::read_mmdb(version.path);
        if (!more) {
            findings.add(Rule::geoip_open, at, more.error().message);
        } else {
            known = known.is_empty() ? *std::move(more) : geo::combined(known, *more);
        }
    }
    return known;
}

/// What surrounds the texts of a configuration.
struct Surroundings {
    fs::path directory;  // where relative paths start
    std::uint32_t serial = 1;
    std::uint64_t digest = 0;  // of the texts
    FileVersions texts;        // the files that they stand in
    const Loaded* previous = nullptr;
    RecallSerials recall;
};

void read_geography(const Fields* geoip, const Surroundings& around, Loaded& loaded,
                    Findings& findings) {
    const auto* const previous = around.previous;
    const auto databases = named_databases(geoip, around.directory, findings);
    for (const auto& database : databases)
        loaded.databases.push_back(database.version);
    if (previous != nullptr && previous->databases == loaded.databases) {
        loaded.locator = previous->locator;
    } else {
        loaded.locator = std::make_shared<const geo::Locator>(read_databases(databases, findings));
    }
    loaded.files.insert(loaded.files.end(), loaded.databases.begin(), loaded.databases.end());
    if (geoip == nullptr || geoip->word("reload") != "watch") return;
    loaded.watched.insert(loaded.watched.end(), loaded.databases.begin(), loaded.databases.end());
}

/// To be read before the trees, whose regions stand in it.
void read_latencies(const Fields* latency, const Surroundings& around, Loaded& loaded,
                    Findings& findings) {
    if (latency == nullptr) return;
    const auto* const used =
        around.previous == nullptr ? nullptr : around.previous->latencies.get();
    auto [table, file] = read_latency(*latency, around.directory, used, findings);
    loaded.latencies = std::move(table);
    loaded.files.push_back(file);
    if (latency->word("reload") == "watch") loaded.watched.push_back(std::move(file));
}

/// Policy latency has nothing to go by without a table.
void report_missing_latencies(const Fields* latency, const TreeReader& trees, Findings& findings) {
    if (latency != nullptr || !trees.first_latency()) return;
    const auto& [node, path] = *trees.first_latency();
    findings.add(Rule::latency_missing, *node, path,
                 "to know how far clients are, name a CSV file under latency.table");
}

/// What serials go on from.
ZoneSerials earlier_serials(const Surroundings& around, const ServerSettings& server) {
    if (around.previous != nullptr) return *around.previous->serials;
    if (!around.recall || server.state_dir.empty()) return {};
    return around.recall(server.state_dir);
}

std::uint64_t digest_of(const std::vector<Source>& sources) {
    Fingerprint print;
    for (const auto& source : sources)
        print.add(source.text);
    return print.value();
}

bool watches_texts(const Fields* server) {
    return server != nullptr && server->word("reload") == "watch";
}

/// What the document says, without its catalog, which `builder` then has all parts of.
Loaded read_all(const Document& document, const Surroundings& around,
                policy::CatalogBuilder& builder, Findings& findings) {
    const fs::path& directory = around.directory;
    const Cursor root(document.root());
    const Fields top(root, findings, Grammar{Level::top});
    top.has_required();
    const Section server(top, "server", Level::server, findings);
    const Section admin(top, "admin", Level::admin, findings);
    const Section geoip(top, "geoip", Level::geoip, findings);
    const Section latency(top, "latency", Level::latency, findings);
    const Section resolver(top, "resolver", Level::resolver, findings);
    const Section defaults(top, "defaults", Level::defaults, findings);
    const Section alerts(top, "alerts", Level::alerts, findings);
    const Section log(top, "log", Level::log, findings);

    builder.name_servers = read_resolver(resolver.get(), findings);
    HealthChecks checks(findings, builder, directory);
    Places places(findings);
    TreeReader trees(findings, builder, checks, places);
    Loaded loaded;
    loaded.server = read_server(server.get(), directory, findings);
    const auto serials = std::make_shared<ZoneSerials>(earlier_serials(around, loaded.server));
    ZoneReader zones(findings, builder, trees, directory,
                     {.modified = around.serial, .texts = around.digest, .serials = *serials});
    checks.read(top);
    places.read_regions(top);
    read_latencies(latency.get(), around, loaded, findings);
    places.set_latencies(loaded.latencies.get());
    trees.read(top, defaults.get());
    zones.read(top, defaults.get());
    report_alias_loops(builder, trees, findings);
    checks.report_unused();
    places.report_unused();
    trees.report_unused();

    loaded.serials = serials;
    report_missing_latencies(latency.get(), trees, findings);
    if (admin.get() != nullptr) {
        loaded.admin = read_admin(*admin.get(), directory, findings);
        loaded.admin->heartbeat_tokens = checks.take_heartbeat_tokens();
    } else {
        checks.report_deaf_heartbeats();
    }
    loaded.alerts = read_alerts(alerts.get(), directory, findings);
    loaded.log = read_log(log.get());
    report_missing_geography(geoip.get(), trees, findings);
    read_geography(geoip.get(), around, loaded, findings);
    loaded.files.insert(loaded.files.end(), zones.files().begin(), zones.files().end());
    loaded.files.insert(loaded.files.end(), around.texts.begin(), around.texts.end());
    if (watches_texts(server.get())) {
        loaded.watched.insert(loaded.watched.end(), around.texts.begin(), around.texts.end());
    }
    return loaded;
}

bool has_errors_of_the_text(const Diagnostics& diagnostics) {
    return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& finding) {
        return finding.rule == info(Rule::yaml_syntax).id ||
               finding.rule == info(Rule::yaml_limit).id ||
               finding.rule == info(Rule::cannot_read).id;
    });
}

/// Nothing when the texts cannot be read as YAML. The document ends here: it takes as much memory
/// as the catalog that is made of it.
std::optional<Loaded> read_texts(std::vector<Source> sources, const Surroundings& around,
                                 policy::CatalogBuilder& builder, Diagnostics& diagnostics) {
    Document document;
    document.read(std::move(sources), diagnostics);
    // With a text missing, everything that refers to something in it would be reported too.
    const bool nothing_there = has_errors(diagnostics) && document.root().size() == 0;
    if (nothing_there || has_errors_of_the_text(diagnostics)) return std::nullopt;
    Findings findings(document, diagnostics);
    return read_all(document, around, builder, findings);
}

LoadResult load_sources(std::vector<Source> sources, const Surroundings& around,
                        Diagnostics diagnostics) {
    LoadResult result;
    result.diagnostics = std::move(diagnostics);
    policy::CatalogBuilder builder;
    auto loaded = read_texts(std::move(sources), around, builder, result.diagnostics);
    if (loaded && !has_errors(result.diagnostics)) {
        loaded->catalog = std::make_shared<const policy::Catalog>(
            std::move(builder).build(loaded->locator->partition(), loaded->latencies));
        result.loaded = std::move(loaded);
    }
    const auto place = [](const Diagnostic& d) { return std::tie(d.file, d.line, d.column); };
    std::stable_sort(result.diagnostics.begin(), result.diagnostics.end(),
                     [&](const auto& a, const auto& b) { return place(a) < place(b); });
    return result;
}

}  // namespace

LoadResult load(const fs::path& path, const Loaded* previous, const RecallSerials& recall) {
    Diagnostics diagnostics;
    auto sources = read_sources(path, diagnostics);
    const auto serial =
        std::clamp<std::int64_t>(sources.newest, 1, std::numeric_limits<std::uint32_t>::max());
    const auto digest = digest_of(sources.list);
    auto result = load_sources(std::move(sources.list),
                               {.directory = sources.directory,
                                .serial = static_cast<std::uint32_t>(serial),
                                .digest = digest,
                                .texts = sources.versions,
                                .previous = previous,
                                .recall = recall},
                               std::move(diagnostics));
    malloc_trim(0);  // what the document took would stay with the process, a third of it in holes
    return result;
}

LoadResult load_text(std::string_view yaml, std::string name, std::uint32_t serial) {
    return load_sources({{.name = std::move(name), .text = std::string(yaml)}}, {.serial = serial},
                        {});
}

}  // namespace fairlead::config
