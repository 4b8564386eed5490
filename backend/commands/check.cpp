// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <ostream>

#include "backend/commands/commands.h"
#include "backend/counted.h"
#include "backend/daemon.h"
#include "config/load.h"

namespace fairlead::backend {
namespace {

using Json = nlohmann::ordered_json;

Json finding_json(const config::Diagnostic& finding) {
    return {{"severity", finding.severity == config::Severity::error ? "error" : "warning"},
            {"rule", finding.rule},
            {"file", finding.file},
            {"line", finding.line},
            {"column", finding.column},
            {"path", finding.path},
            {"message", finding.message}};
}

void print_json(const config::LoadResult& result, std::ostream& out) {
    Json json{{"ok", result.loaded.has_value()}, {"findings", Json::array()}};
    if (result.loaded) {
        json["zones"] = result.loaded->catalog->zones().size();
        json["names"] = result.loaded->catalog->record_set_count();
    }
    for (const auto& finding : result.diagnostics)
        json["findings"].push_back(finding_json(finding));
    out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void print(const config::LoadResult& result, const std::filesystem::path& file,
           const Streams& streams) {
    for (const auto& finding : result.diagnostics)
        streams.err << finding.to_string() << '\n';
    if (!result.loaded) return;
    const policy::Catalog& catalog = *result.loaded->catalog;
    streams.out << file.string() << ": ok, " << counted(catalog.zones().size(), "zone") << ", "
                << counted(catalog.record_set_count(), "name");
    const std::size_t warnings = result.diagnostics.size();
    if (warnings > 0) streams.out << ", " << counted(warnings, "warning");
    streams.out << '\n';
}

}  // namespace

int check(const CheckOptions& options, const Streams& streams) {
    const config::LoadResult result = config::load(options.config);
    options.json ? print_json(result, streams.out) : print(result, options.config, streams);
    if (!result.loaded) return kExitBadConfig;
    return options.strict && !result.diagnostics.empty() ? 1 : kExitClean;
}

}  // namespace fairlead::backend
