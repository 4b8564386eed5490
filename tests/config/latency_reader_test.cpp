// SPDX-License-Identifier: Apache-2.0
#include "config/latency_reader.h"

#include "config/load.h"
#include "tests/config/folder.h"
#include "tests/support/catch.h"

namespace fairlead::config {
namespace {

const std::string kRecords =
    "zones:\n example.com:\n  ns: [ns.example.net.]\n  records:\n"
    "   www: {policy: latency, targets: [{region: eu, address: 192.0.2.1}, {region: us, address: "
    "192.0.2.2}]}\n";

std::string texts(const Diagnostics& findings) {
    std::string text;
    for (const auto& finding : findings)
        text += finding.to_string() + "\n";
    return text;
}

/// A configuration with a table beside it, loaded again and again as a running process does.
class Site {
  public:
    explicit Site(const std::string& hysteresis) {
        folder_.write("fairlead.yaml",
                      "latency: {table: latency.csv" + hysteresis + "}\n" + kRecords);
    }

    /// Loads the table; what it finds when that fails, and then the old state stays.
    std::string measure(const std::string& csv) {
        folder_.write("latency.csv", csv);
        auto result = load(folder_.path() / "fairlead.yaml", used_ ? &*used_ : nullptr);
        if (result.loaded) used_ = std::move(result.loaded);
        return texts(result.diagnostics);
    }

    /// Milliseconds to "eu" and "us", and the number of the preferred target.
    [[nodiscard]] std::string state() const {
        const auto client = *IpAddress::parse("198.51.100.1");
        std::string text;
        for (const auto* region : {"eu", "us"}) {
            const auto index = used_->latencies->find_region(region);
            REQUIRE(index);
            text += geo::milliseconds_text(*used_->latencies->find(client, *index)) + " ";
        }
        const auto* set = used_->catalog->find(*DnsName::parse("www.example.com."), -1);
        REQUIRE(set != nullptr);
        const auto order = used_->catalog->forest().clients(set->steering->root).find(client).order;
        return text + std::to_string(order.front().place + 1);
    }

    [[nodiscard]] std::string file(const std::string& name) const {
        return (folder_.path() / name).string();
    }

  private:
    Folder folder_;
    std::optional<Loaded> used_;
};

TEST_CASE("a table stands beside its configuration", "[config][latency]") {
    Site site("");
    CHECK(site.measure("198.51.100.0/24,eu,50\n198.51.100.0/24,us,51\n").empty());
    CHECK(site.state() == "50 51 1");
}

TEST_CASE("near ties do not flap over loads, and a real change does take effect",
          "[config][latency]") {
    Site site("");
    site.measure("198.51.100.0/24,eu,50\n198.51.100.0/24,us,51\n");
    site.measure("198.51.100.0/24,us,49\n198.51.100.0/24,eu,52\n");
    CHECK(site.state() == "50 51 1");
    site.measure("198.51.100.0/24,us,47\n198.51.100.0/24,eu,54\n");
    CHECK(site.state() == "50 51 1");
    site.measure("198.51.100.0/24,us,40\n198.51.100.0/24,eu,54\n");
    CHECK(site.state() == "50 40 2");
}

TEST_CASE("the margin is configured", "[config][latency]") {
    Site none(", hysteresis: 0%");
    none.measure("198.51.100.0/24,eu,50\n198.51.100.0/24,us,51\n");
    none.measure("198.51.100.0/24,us,49.999\n198.51.100.0/24,eu,50\n");
    CHECK(none.state() == "50 49.999 2");
    Site wide(", hysteresis: 50%");
    wide.measure("198.51.100.0/24,eu,50\n198.51.100.0/24,us,51\n");
    wide.measure("198.51.100.0/24,us,26\n198.51.100.0/24,eu,50\n");
    CHECK(wide.state() == "50 51 1");
}

TEST_CASE("bad rows are findings at their own lines, and nothing is loaded", "[config][latency]") {
    Site site("");
    site.measure("198.51.100.0/24,eu,50\n198.51.100.0/24,us,51\n");
    CHECK(site.measure("198.51.100.0/24,eu,slow\n# comment\n198.51.100.0/24,us\n") ==
          site.file("latency.csv") +
              ":1:1: error [latency-table] latency.table: \"slow\" is no number of milliseconds; "
              "write 23.4, without a unit\n" +
              site.file("latency.csv") +
              ":3:1: error [latency-table] latency.table: this row has 2 columns, not three: "
              "network,region,ms\n");
    CHECK(site.state() == "50 51 1");
}

TEST_CASE("a region that is no longer measured is an error", "[config][latency]") {
    Site site("");
    site.measure("198.51.100.0/24,eu,50\n198.51.100.0/24,us,51\n");
    CHECK(site.measure("198.51.100.0/24,eu,50\n").find("no row for region \"us\"") !=
          std::string::npos);
}

TEST_CASE("a table is watched, unless it is left to the signal", "[config][latency]") {
    const auto watched = [](const std::string& reload) {
        const auto result =
            load_text("latency: {table: " FAIRLEAD_LATENCY_CSV + reload + "}\n" + kRecords);
        REQUIRE(result.loaded);
        return result.loaded->watched;
    };
    REQUIRE(watched("").size() == 1);
    CHECK(watched("").front() == version_of(FAIRLEAD_LATENCY_CSV));
    CHECK(watched(", reload: signal").empty());
}

TEST_CASE("nodes with equal selectors share a map", "[config][latency]") {
    const auto result = load_text(
        "latency: {table: " FAIRLEAD_LATENCY_CSV "}\n" + kRecords +
        "   w2: {policy: latency, targets: [{region: eu, address: 192.0.2.3}, {region: us, "
        "address: 192.0.2.4}]}\n"
        "   w3: {policy: latency, targets: [{region: us, address: 192.0.2.5}, {region: eu, "
        "address: 192.0.2.6}]}\n");
    INFO(texts(result.diagnostics));
    REQUIRE(result.loaded);
    const auto map_of = [&](const char* name) {
        const auto* set = result.loaded->catalog->find(*DnsName::parse(name), -1);
        return &result.loaded->catalog->forest().clients(set->steering->root);
    };
    CHECK(map_of("www.example.com.") == map_of("w2.example.com."));
    CHECK(map_of("www.example.com.") != map_of("w3.example.com."));
}

}  // namespace
}  // namespace fairlead::config
