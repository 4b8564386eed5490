// SPDX-License-Identifier: Apache-2.0

// What is said of PowerDNS's settings: nothing of those we ship, one thing of each that is wrong.

#include "backend/powerdns/advice.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

PowerDnsSettings shipped() {
    std::ifstream file(FAIRLEAD_SOURCE_DIR "/pdns-conf/pdns.conf");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return parse_settings(text);
}

/// Without a purge channel, which more is asked of.
std::vector<Advice> of(const PowerDnsSettings& settings, std::string_view version = "4.7.3") {
    return advice(settings, version, {});
}

TEST_CASE("settings are told with a mark where they are as by default", "[backend][doctor]") {
    CHECK(parse_settings("# a=1\nlaunch=remote\n\nremote-connection-string=unix:path=/x,timeout=1\n"
                         "# queue-limit\tmost ms=s\n# so with primary=yes it exits\n####\n"
                         "empty=\nno setting\nlast=1") ==
          PowerDnsSettings{{"a", "1"},
                           {"launch", "remote"},
                           {"remote-connection-string", "unix:path=/x,timeout=1"},
                           {"empty", ""},
                           {"last", "1"}});
}

TEST_CASE("nothing is wrong with the configuration that is shipped", "[backend][doctor]") {
    REQUIRE(shipped().at("launch") == "remote");
    CHECK(of(shipped()).empty());
    CHECK(of({}).empty());
    for (const auto* version : {"4.7.0", "4.9.7", "5.1.4", "10.0", "git-master"})
        CHECK(of(shipped(), version).empty());
}

/// As an operator does it, who knows the socket's path.
void write(std::string line, PowerDnsSettings& settings) {
    if (line.starts_with("#")) return;
    if (const auto gap = line.find("..."); gap != std::string::npos)
        line.replace(gap, 3, "/run/fairlead/pdns.sock");
    const auto equals = line.find('=');
    settings[line.substr(0, equals)] = line.substr(equals + 1);
}

struct Wrong {
    const char* name;
    const char* value;
    const char* line;
};

TEST_CASE("each setting that steering suffers from is one finding with its remedy",
          "[backend][doctor]") {
    const auto wrong = GENERATE(values<Wrong>({
        {"launch", "bind", "launch=remote"},
        {"launch", "remote,gsqlite3", "# name remote last in launch"},
        {"launch", "remote, bind", "# name remote last in launch"},
        {"consistent-backends", "yes", "consistent-backends=no"},
        {"edns-subnet-processing", "no", "edns-subnet-processing=yes"},
        {"views", "yes", "views=no"},
        {"primary", "yes", "primary=no"},
        {"secondary", "yes", "secondary=no"},
        {"remote-connection-string", "unix:path=/run/fairlead/pdns.sock",
         "remote-connection-string=unix:path=...,timeout=1000"},
        {"remote-connection-string", "unix:path=/run/fairlead/pdns.sock,timeout=1500",
         "remote-connection-string=unix:path=...,timeout=1000"},
        {"queue-limit", "1000", "queue-limit=1500"},
        {"queue-limit", "900", "queue-limit=1500"},
        {"overload-queue-length", "0", "overload-queue-length=2500"},
        {"zone-cache-refresh-interval", "0", "zone-cache-refresh-interval=60"},
        {"zone-cache-refresh-interval", "300", "zone-cache-refresh-interval=60"},
        {"distributor-threads", "1", "distributor-threads=16"},
        {"distributor-threads", "3", "distributor-threads=16"},
        {"negquery-cache-ttl", "60", "negquery-cache-ttl=10"},
        {"cache-ttl", "3600", "cache-ttl=20"},
        {"query-cache-ttl", "3600", "query-cache-ttl=20"},
    }));
    CAPTURE(wrong.name, wrong.value);
    auto settings = shipped();
    settings[wrong.name] = wrong.value;
    const auto found = of(settings);
    REQUIRE(found.size() == 1);
    CHECK(found[0].line == wrong.line);
    CHECK(found[0].problem.size() > 20);
    const bool concerns = found[0].found == std::string(wrong.name) + "=" + wrong.value ||
                          found[0].found.starts_with("remote-connection-string with timeout=");
    CHECK(concerns);
    write(found[0].line, settings);
    CHECK(of(settings).size() == (found[0].line[0] == '#' ? 1 : 0));
}

TEST_CASE("a timeout and a queue that are both wrong are two findings", "[backend][doctor]") {
    auto settings = shipped();
    settings["remote-connection-string"] = "unix:path=/run/fairlead/pdns.sock,timeout=2000";
    settings["queue-limit"] = "900";
    const auto found = of(settings);
    REQUIRE(found.size() == 2);
    for (const auto& [problem, why, line] : found) {
        CHECK_FALSE(of(settings).empty());
        write(line, settings);
    }
    CHECK(of(settings).empty());
}

TEST_CASE("how long a cache keeps what fairlead empties is no matter", "[backend][doctor]") {
    auto settings = shipped();
    for (const auto* cache : {"negquery-cache-ttl", "cache-ttl", "query-cache-ttl"})
        settings[cache] = "3600";
    CHECK(advice(settings, "4.7.3", {.purges = false}).size() == 3);
    CHECK(advice(settings, "4.7.3", {.purges = true}).empty());
}

TEST_CASE("remote is last in launch however the list is written", "[backend][doctor]") {
    auto settings = shipped();
    for (const auto* launch :
         {"bind,remote", "bind, remote", "bind remote", "bind, remote:second"}) {
        CAPTURE(launch);
        settings["launch"] = launch;
        CHECK(of(settings).empty());
    }
}

TEST_CASE("a role is one finding, by whichever of its names PowerDNS tells it",
          "[backend][doctor]") {
    auto settings = shipped();
    settings["primary"] = settings["master"] = "yes";
    REQUIRE(of(settings).size() == 1);
    CHECK(of(settings)[0].line == "primary=no");
    settings["primary"] = "no";
    REQUIRE(of(settings).size() == 1);
    CHECK(of(settings)[0].line == "master=no");
}

TEST_CASE("what a configuration does not need is not asked for", "[backend][doctor]") {
    auto settings = shipped();
    settings["edns-subnet-processing"] = "no";
    settings["views"] = "yes";
    settings["cache-ttl"] = "3600";
    settings["zone-cache-refresh-interval"] = "300";
    CHECK(advice(settings, "4.7.3", {.client_subnets = true, .purges = false}).size() == 4);
    CHECK(advice(settings, "4.7.3", {.client_subnets = false, .purges = true}).empty());
}

TEST_CASE("a zone that is to be signed needs a PowerDNS that asks for keys", "[backend][doctor]") {
    auto settings = shipped();
    CHECK(advice(settings, "4.7.3", {.signatures = true}).empty());
    settings["remote-dnssec"] = "no";
    const auto found = advice(settings, "4.7.3", {.signatures = true});
    REQUIRE(found.size() == 1);
    CHECK(found[0].line == "remote-dnssec=yes");
    CHECK(of(settings).empty());
}

TEST_CASE("a long timeout is a finding where answers are cached", "[backend][doctor]") {
    auto settings = shipped();
    settings["queue-limit"] = "100000";
    settings["remote-connection-string"] = "unix:path=/run/fairlead/pdns.sock,timeout=60000";
    CHECK(of(settings).empty());
    const auto found = advice(settings, "4.7.3", {.purges = true});
    REQUIRE(found.size() == 1);
    CHECK(found[0].found == "remote-connection-string with timeout=60000");
}

TEST_CASE("a PowerDNS that is too old is said so", "[backend][doctor]") {
    for (const auto* version : {"4.6.4", "4.1.0", "3.4.1"}) {
        const auto found = of(shipped(), version);
        REQUIRE(found.size() == 1);
        CHECK(found[0].found == "version " + std::string(version));
    }
}

}  // namespace
}  // namespace fairlead::backend
