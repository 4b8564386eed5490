// SPDX-License-Identifier: Apache-2.0

// Reloading without sockets towards PowerDNS: real files, real loads, a real checker.

#include "backend/reloader.h"

#include <algorithm>
#include <atomic>
#include <fstream>

#include "tests/backend/control_loop.h"
#include "tests/backend/memory_log.h"
#include "tests/support/catch.h"
#include "tests/support/http_endpoint.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;
using policy::Catalog;

void write(const fs::path& path, const std::string& text) {
    const fs::path fresh = path.string() + ".new";
    std::ofstream(fresh) << text;
    fs::rename(fresh, path);
}

const std::string kZone = "zones: {example.com: {ns: [ns.example.net.], records: {";
const std::string kOneName = kZone + "www: {policy: multivalue, targets: [192.0.2.1]}}}}\n";
const std::string kTwoNames =
    kZone + "www: {policy: multivalue, targets: [192.0.2.1]}, " + "more: {TXT: ['\"x\"']}}}}\n";

/// A configuration of these lines, served from its start on.
class Reloadable {
  public:
    explicit Reloadable(const std::string& config) {
        path = directory / "fairlead.yaml";
        write(path, config);
        auto first = config::load(path);
        REQUIRE(first.loaded);
        auto made = Serving::create(control.io, first.loaded->catalog, {}, log);
        REQUIRE(made);
        serving = *std::move(made);
        serving->start([this] { ++rounds; });
        reloader =
            std::make_unique<Reloader>(control.io, path, *std::move(first.loaded), *serving,
                                       Reloader::Listener{.begins = [this] { ++begun; },
                                                          .ended = [this] { ++ended; },
                                                          .round_complete = [this] { ++rounds; }},
                                       log);
    }

    /// Asks for a reload and waits for its end.
    void reload() {
        const int before = ended;
        reloader->request("SIGHUP");
        REQUIRE(control.run_until([&] { return ended == before + 1; }));
    }
    [[nodiscard]] std::shared_ptr<const ServingState> state() const {
        return serving->state().load();
    }

    TemporaryDirectory directory;
    fs::path path;
    ControlLoop control;
    MemoryLog log;
    int begun = 0;
    int ended = 0;
    std::atomic<int> rounds = 0;
    std::unique_ptr<Serving> serving;
    std::unique_ptr<Reloader> reloader;
};

TEST_CASE("a changed configuration is served, and the log says what changed",
          "[backend][reloader]") {
    Reloadable process(kOneName);
    write(process.path, kTwoNames);
    process.reload();
    CHECK(process.state()->catalog->record_set_count() == 3);
    CHECK(process.log.has("SIGHUP: reloading " + process.path.string()));
    CHECK(process.log.has("reloaded: 1 zone, 3 names, 0 checked addresses (names: 1 added)"));

    process.reload();
    CHECK(process.log.has("(nothing changed)"));
    CHECK(process.begun == 2);
}

TEST_CASE("an error changes nothing, and every finding is reported", "[backend][reloader]") {
    Reloadable process(kOneName);
    const auto before = process.state();
    write(process.path, "zones: {example.com: {ns: [ns.example.net.], recrods: {}, nz: 1}}\n");
    process.reload();
    CHECK(process.state()->catalog == before->catalog);
    CHECK(process.log.has("error [unknown-key] zones.example.com.recrods"));
    CHECK(process.log.has("error [unknown-key] zones.example.com.nz"));
    CHECK(process.log.has("not reloaded: 2 errors; the configuration loaded before keeps serving"));
    CHECK_FALSE(process.reloader->last_applied());

    fs::remove(process.path);
    process.reload();
    CHECK(process.state()->catalog == before->catalog);
    CHECK(process.log.has("cannot read the file"));

    write(process.path, kTwoNames);
    process.reload();
    CHECK(process.state()->catalog->record_set_count() == 3);
    CHECK(process.reloader->last_applied());
}

TEST_CASE("more traffic than is allowed is not moved", "[backend][reloader]") {
    const auto to = [](const char* addresses) {
        return kZone + "www: {policy: multivalue, targets: [" + addresses + "]}}}}\n";
    };
    Reloadable process(to("192.0.2.1, 192.0.2.2"));
    const auto reload = [&](std::optional<double> max_shift) {
        std::optional<Reloader::Outcome> found;
        process.reloader->request("asked for", max_shift,
                                  [&](const Reloader::Outcome& outcome) { found = outcome; });
        REQUIRE(process.control.run_until([&] { return found.has_value(); }));
        return *found;
    };
    write(process.path, to("192.0.2.1, 192.0.2.3"));
    const auto before = process.state()->catalog;
    const auto refused = reload(0.2);
    CHECK_FALSE(refused.applied);
    CHECK(refused.summary.starts_with(
        "not reloaded: 50.0 % of the clients of www.example.com. A would be answered otherwise, "
        "more than the 20.0 % that were allowed; see fairlead plan"));
    CHECK(process.state()->catalog == before);
    CHECK(reload(0.5).applied);
    CHECK(process.state()->catalog != before);
    CHECK(reload(0).applied);  // nothing moves

    // Who allows anything is not held back by somebody who does not.
    write(process.path, to("192.0.2.4"));
    const int ended = process.ended;
    process.reloader->request("SIGHUP");
    process.reloader->request("asked for", 0.1, {});
    process.reloader->request("SIGHUP");
    REQUIRE(process.control.run_until([&] { return process.ended == ended + 1; }));
    CHECK(process.reloader->last_applied());
}

TEST_CASE("a check that cannot be made leaves the old checker at work", "[backend][reloader]") {
    test::HttpEndpoint endpoint;
    const auto with = [&](const std::string& more) {
        return "health_checks: {web: {type: http, interval: 1s, timeout: 1s, port: " +
               std::to_string(endpoint.port()) + "}" + more + "}\n" + kZone +
               "www: {policy: failover, targets: [127.0.0.1, 192.0.2.2], "
               "health_check: web}}}}\n";
    };
    Reloadable process(with(""));
    REQUIRE(process.control.run_until([&] { return process.rounds == 1; }));
    const auto file = process.directory / "ca.pem";
    write(file, "no certificate");
    write(process.path, with(", tls: {type: https, ca_file: " + file.string() + "}"));
    process.reload();
    CHECK(process.log.has("not reloaded: "));
    CHECK(process.log.has(file.string()));
    const int probes = endpoint.connections();
    CHECK(endpoint.wait_for_connections(probes + 1));
}

TEST_CASE("what is asked for during a reload is one more reload", "[backend][reloader]") {
    Reloadable process(kOneName);
    for (int i = 0; i < 5; ++i)
        process.reloader->request("SIGHUP");
    REQUIRE(process.control.run_until([&] { return process.ended == 1; }));
    CHECK(process.begun == 1);
    const auto lines = process.log.lines();
    CHECK(std::ranges::count_if(
              lines, [](const std::string& line) { return line.starts_with("reloaded: "); }) == 2);
}

TEST_CASE("settings that need a restart are named, and the rest is taken up",
          "[backend][reloader]") {
    Reloadable process("server: {socket: a.sock}\n" + kOneName);
    write(process.path, "server: {socket: b.sock, workers: 2}\n" + kTwoNames);
    process.reload();
    CHECK(process.state()->catalog->record_set_count() == 3);
    CHECK(process.log.has("server.socket has changed, which takes effect at a restart"));
    CHECK(process.log.has("server.workers has changed, which takes effect at a restart"));
    CHECK_FALSE(process.log.has("server.socket_mode has changed"));
}

TEST_CASE("catalog and health of a state always belong together", "[backend][reloader]") {
    const test::HttpEndpoint endpoint;
    const auto config = [&](int targets) {
        std::string text = "health_checks: {web: {type: http, interval: 1s, timeout: 1s, port: " +
                           std::to_string(endpoint.port()) + "}}\n" + kZone +
                           "www: {policy: multivalue, health_check: web, targets: [192.0.2.1";
        for (int i = 0; i < targets; ++i)
            text += ", 127.0.0." + std::to_string(1 + i);
        return text + "]}}}}\n";
    };
    Reloadable process(config(0));
    std::atomic<bool> over = false;
    std::atomic<int> torn = 0;
    std::thread reader([&] {
        PublishedState::Reader state(process.serving->state());
        while (!over) {
            const auto& now = state.get();
            if (now.catalog->subjects().size() != now.health->health.size()) ++torn;
        }
    });
    for (int i = 0; i < 20; ++i) {
        write(process.path, config(i % 7));
        process.reload();
    }
    over = true;
    reader.join();
    CHECK(torn == 0);
}

TEST_CASE("the old catalog is destroyed on the control thread when nobody reads it",
          "[backend][reloader]") {
    Reloadable process(kOneName);
    const std::weak_ptr<const Catalog> old = process.state()->catalog;
    PublishedState::Reader idle(process.serving->state());
    (void)idle.get();
    write(process.path, kTwoNames);
    process.reload();
    process.control.run_for(std::chrono::milliseconds(50));
    CHECK_FALSE(old.expired());
    // The reader lets go, and frees nothing by it.
    (void)idle.get();
    CHECK_FALSE(old.expired());
    CHECK(process.control.run_until([&] { return old.expired(); }));
}

TEST_CASE("a replaced database is taken up without being asked, and a damaged one is not",
          "[backend][reloader]") {
    const TemporaryDirectory directory;
    const auto database = directory / "world.mmdb";
    const auto replace_by = [&](const fs::path& source) {
        fs::copy_file(source, directory / "fresh");
        fs::rename(directory / "fresh", database);
    };
    replace_by(FAIRLEAD_CITY_MMDB);
    Reloadable process("geoip: {databases: [" + database.string() + "]}\n" + kZone +
                       "www: {policy: geolocation, targets: [{geos: [EU], address: 192.0.2.1}], "
                       "default: 192.0.2.2}}}}\n");
    const auto locator = process.reloader->current().locator;
    process.reload();
    CHECK(process.reloader->current().locator == locator);  // the same file is not read again

    replace_by(FAIRLEAD_DISAGREEING_COUNTRY_MMDB);
    REQUIRE(process.control.run_until([&] { return process.log.has("geography read anew"); }));
    CHECK(process.log.has("watched files have changed: reloading"));
    CHECK(process.reloader->current().locator != locator);

    const auto good = process.state()->catalog;
    std::ofstream(directory / "damaged") << "not a database";
    replace_by(directory / "damaged");
    REQUIRE(process.control.run_until([&] { return process.log.has("not reloaded: 1 error"); }));
    CHECK(process.log.has(database.string()));
    CHECK(process.state()->catalog == good);

    replace_by(FAIRLEAD_CITY_MMDB);
    CHECK(process.control.run_until([&] { return process.state()->catalog != good; }));
}

TEST_CASE("with reload: signal nothing is watched, with watch the configuration is, too",
          "[backend][reloader]") {
    Reloadable silent(kOneName);
    write(silent.path, kTwoNames);
    silent.control.run_for(std::chrono::milliseconds(50));
    CHECK(silent.reloader->current().watched.empty());

    Reloadable watching("server: {reload: watch}\n" + kOneName);
    write(watching.path, "server: {reload: watch}\n" + kTwoNames);
    CHECK(watching.control.run_until([&] { return watching.log.has("(names: 1 added)"); }));
}

}  // namespace
}  // namespace fairlead::backend
