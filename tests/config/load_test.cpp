// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <unistd.h>

#include <algorithm>
#include <random>

#include "tests/config/folder.h"
#include "tests/support/catch.h"

namespace fairlead::config {
namespace {

namespace fs = std::filesystem;

std::string all_of(const Diagnostics& findings) {
    std::string text;
    for (const auto& finding : findings)
        text += finding.to_string() + "\n";
    return text;
}

/// What `yaml` loads to; without any finding.
Loaded loaded(const std::string& yaml) {
    auto result = load_text(yaml, "config.yaml", 42);
    INFO(all_of(result.diagnostics));
    REQUIRE(result.diagnostics.empty());
    REQUIRE(result.loaded);
    return *result.loaded;
}

const policy::RecordSet& at(const Loaded& config, std::string_view name) {
    const auto* set = config.catalog->find(*DnsName::parse(name), -1);
    REQUIRE(set != nullptr);
    return *set;
}

const policy::Node& root_of(const Loaded& config, std::string_view name) {
    const auto& set = at(config, name);
    REQUIRE(set.steering);
    return config.catalog->forest().node(set.steering->root);
}

const policy::Endpoint& endpoint_of(const Loaded& config, const policy::Target& target) {
    REQUIRE(target.kind == policy::Target::Kind::endpoint);
    return config.catalog->forest().endpoint(target.index);
}

const checks::HealthCheck& check_of(const Loaded& config, const policy::EndpointAddress& entry) {
    REQUIRE(entry.subject != checks::kUnchecked);
    return config.catalog->checks()[config.catalog->subjects()[entry.subject].check];
}

std::vector<std::string> statics(const policy::RecordSet& set) {
    std::vector<std::string> texts;
    for (const auto& r : set.statics)
        texts.push_back(r.type + " " + std::to_string(r.ttl) + " " + r.content);
    return texts;
}

const std::string kRecords = "zones:\n example.com:\n  ns: [ns.example.net.]\n  records:\n";
const std::string kWeb = "health_checks: {web: {type: http}, other: {type: tcp, port: 25}}\n";

TEST_CASE("a zone gets its SOA, its NS and its static records", "[config][load]") {
    const auto config = loaded("defaults: {ttl: 90}\n" + kRecords +
                               "   '@': {MX: '10 mail.example.com.'}\n   ns: {ttl: 2h, A: "
                               "192.0.2.53, AAAA: '2001:db8::53'}\n");
    CHECK(statics(at(config, "example.com.")) ==
          std::vector<std::string>{
              "NS 3600 ns.example.net.",
              "SOA 3600 ns.example.net. hostmaster.example.com. 42 3600 600 1209600 60",
              "MX 90 10 mail.example.com."});
    CHECK(statics(at(config, "ns.example.com.")) ==
          std::vector<std::string>{"A 7200 192.0.2.53", "AAAA 7200 2001:db8::53"});
    CHECK(config.catalog->find_zone(*DnsName::parse("example.com"))->serial == 42);
}

TEST_CASE("a zone delegates to another one of the configuration", "[config][load]") {
    const auto config =
        loaded(kRecords +
               "   sub: {NS: [ns.sub.example.com., ns.example.net.],\n"
               "         DS: '1 8 2 "
               "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'}\n"
               "   ns.sub: {A: 192.0.2.53, AAAA: '2001:db8::53'}\n"
               " sub.example.com:\n"
               "  ns: [ns.sub.example.com., ns.example.net.]\n"
               "  records: {ns: {A: 192.0.2.53, AAAA: '2001:db8::53'}}\n");
    const auto& parent = *config.catalog->find_zone(*DnsName::parse("example.com"));
    CHECK(parent.contents.size() == 3);
}

TEST_CASE("the SOA is what soa says", "[config][load]") {
    const auto config = loaded(
        "zones:\n example.com:\n  ns: [a.example.net., b.example.net.]\n"
        "  soa: {mname: b.example.net., rname: dns.example.net., refresh: 1h, retry: 5m,"
        " expire: 7d, minimum: 30}\n");
    CHECK(statics(at(config, "example.com."))[2] ==
          "SOA 3600 b.example.net. dns.example.net. 42 3600 300 604800 30");
}

TEST_CASE("bare addresses take the nearest health check around them", "[config][load]") {
    const auto config = loaded("defaults: {health_check: other}\n" + kWeb + kRecords + R"(
   www:
    policy: failover
    targets:
     - policy: weighted
       health_check: web
       targets: [192.0.2.1, {address: 192.0.2.2, health_check: none}, {address: 192.0.2.3, health_check: other}]
     - 192.0.2.4
)");
    const auto& root = root_of(config, "www.example.com.");
    const auto& inner = config.catalog->forest().node(root.targets[0].index);
    CHECK(check_of(config, endpoint_of(config, inner.targets[0]).v4[0]).name == "web");
    CHECK(endpoint_of(config, inner.targets[1]).v4[0].subject == checks::kUnchecked);
    CHECK(check_of(config, endpoint_of(config, inner.targets[2]).v4[0]).name == "other");
    CHECK(check_of(config, endpoint_of(config, root.targets[1]).v4[0]).name == "other");
}

TEST_CASE("the log is for people unless the configuration says otherwise", "[config][load]") {
    const std::string zone = "zones: {example.com: {ns: [ns.example.net.]}}\n";
    CHECK(loaded(zone).log == LogSettings{});
    CHECK(loaded("log: {format: json, level: warning}\n" + zone).log ==
          LogSettings{.format = LogFormat::json, .lowest = LogLevel::warning});
}

TEST_CASE("an endpoint has its pool's labels and its own before them", "[config][load]") {
    const auto config = loaded(R"(
pools:
  eu:
    labels: {site: fra, power: a}
    endpoints: [192.0.2.1, {address: 192.0.2.2, labels: {rack: b4, power: b}}]
)" + kRecords + R"(
   eu: {policy: failover, targets: [{pool: eu}]}
   www:
    policy: weighted
    targets: [{address: 192.0.2.3, labels: {site: ash}}, {alias: lb.example.net, labels: {site: ash}}, 192.0.2.4]
)");
    const auto& eu =
        config.catalog->forest().node(root_of(config, "eu.example.com.").targets[0].index);
    const auto& first = endpoint_of(config, eu.targets[0]);
    REQUIRE(first.labels);
    CHECK(*first.labels == policy::Labels{{"site", "fra"}, {"power", "a"}});
    CHECK(*endpoint_of(config, eu.targets[1]).labels ==
          policy::Labels{{"site", "fra"}, {"power", "b"}, {"rack", "b4"}});
    const auto& www = root_of(config, "www.example.com.");
    for (const std::size_t target : {std::size_t{0}, std::size_t{1}})
        CHECK(*endpoint_of(config, www.targets[target]).labels == policy::Labels{{"site", "ash"}});
    CHECK_FALSE(endpoint_of(config, www.targets[2]).labels);
}

TEST_CASE("simple asks for no health", "[config][load]") {
    const auto config =
        loaded("defaults: {health_check: web}\nhealth_checks: {web: {type: http}}\n" + kRecords +
               "   www: {policy: simple, targets: [192.0.2.1, 192.0.2.2]}\n");
    CHECK(config.catalog->subjects().empty());
}

TEST_CASE("each address is probed for itself unless check_target says where", "[config][load]") {
    const auto config = loaded(kWeb + kRecords + R"(
   a: {policy: failover, health_check: web, targets: [{address: [192.0.2.1, "2001:db8::1"]}]}
   b: {policy: failover, health_check: web, targets: [{address: [192.0.2.2, "2001:db8::2"], check_target: 192.0.2.9}]}
   c: {policy: failover, health_check: other, targets: [192.0.2.1]}
   d: {policy: failover, health_check: web, targets: [192.0.2.1]}
)");
    const auto subject = [&](const char* name, bool v6) {
        const auto& endpoint = endpoint_of(config, root_of(config, name).targets[0]);
        return (v6 ? endpoint.v6 : endpoint.v4)[0].subject;
    };
    CHECK(subject("a.example.com.", false) != subject("a.example.com.", true));
    CHECK(subject("b.example.com.", false) == subject("b.example.com.", true));
    CHECK(config.catalog->subjects()[subject("b.example.com.", false)].address.to_string() ==
          "192.0.2.9");
    CHECK(subject("c.example.com.", false) != subject("a.example.com.", false));
    CHECK(subject("d.example.com.", false) == subject("a.example.com.", false));  // shared
}

TEST_CASE("pools and policies become one node each", "[config][load]") {
    const auto config = loaded(kWeb + R"(
pools: {eu: {health_check: web, min_healthy: 50%, endpoints: [{name: fra1, address: 192.0.2.1, weight: 5}, 192.0.2.2]}}
policies: {p: {policy: failover, targets: [{pool: eu}, 192.0.2.3], health_check: other}}
)" + kRecords + R"(
   a: {policy: weighted, targets: [{use: p, weight: 3}, {pool: eu, weight: 0}]}
   b: {policy: failover, targets: [{use: p}, {endpoint: fra1}], on_all_unhealthy: {use: eu}}
)");
    const auto& forest = config.catalog->forest();
    const auto& a = root_of(config, "a.example.com.");
    const auto& b = root_of(config, "b.example.com.");
    CHECK(a.label == "a.example.com.");
    CHECK(a.targets[0].index == b.targets[0].index);
    CHECK(a.targets[0].label == "policy p");
    CHECK(a.targets[0].weight == 3);
    CHECK(a.targets[1].weight == 0);
    const auto& pool = forest.node(a.targets[1].index);
    CHECK(pool.label == "pool eu");
    CHECK(pool.policy == policy::Policy::weighted);
    CHECK(pool.min_healthy.percent == 50);
    CHECK(pool.targets[0].weight == 5);
    CHECK(pool.targets[0].index == b.targets[1].index);
    CHECK(pool.on_all_unhealthy == policy::OnAllUnhealthy::fail_up);
    CHECK(a.on_all_unhealthy == policy::OnAllUnhealthy::serve_all);
    CHECK(b.on_all_unhealthy == policy::OnAllUnhealthy::use);
    CHECK(b.fallback == a.targets[1].index);
    CHECK(forest.find_endpoints("fra1").size() == 1);
}

TEST_CASE("max_answers and on_all_unhealthy have their defaults", "[config][load]") {
    const auto config = loaded(
        "defaults: {max_answers: 3, on_all_unhealthy: {use: eu}}\n"
        "pools: {eu: {endpoints: [192.0.2.9]}}\n" +
        kRecords + R"(
   m: {policy: multivalue, targets: [192.0.2.1, 192.0.2.2]}
   w: {policy: weighted, targets: [192.0.2.1, 192.0.2.2]}
   x: {policy: multivalue, max_answers: 2, targets: [192.0.2.1], on_all_unhealthy: serve_all}
)");
    CHECK(root_of(config, "m.example.com.").max_answers == 3);
    CHECK(root_of(config, "m.example.com.").on_all_unhealthy == policy::OnAllUnhealthy::use);
    CHECK(root_of(config, "w.example.com.").max_answers == 1);
    CHECK(root_of(config, "x.example.com.").max_answers == 2);
    CHECK(root_of(config, "x.example.com.").on_all_unhealthy == policy::OnAllUnhealthy::serve_all);
}

TEST_CASE("places have the precedence of what they are", "[config][load]") {
    const auto config = loaded("geoip: {databases: [" FAIRLEAD_CITY_MMDB
                               "]}\n"
                               "regions: {dach: [EU-DE, EU-AT], wide: [dach, AS]}\n" +
                               kRecords + R"(
   www:
    policy: geolocation
    targets:
     - {geos: [EU, NA-US, NA-US-CA], asns: [64496], address: 192.0.2.1}
     - {european_union: true, address: 192.0.2.2}
     - {geos: [AF], address: 192.0.2.3}
    default: {address: 192.0.2.4}
   region:
    policy: geolocation
    targets: [{geos: [wide], address: 192.0.2.1}]
    default: none
)");
    const auto& root = root_of(config, "www.example.com.");
    const auto& areas = root.targets[0].selector().areas;
    REQUIRE(areas.size() == 3);
    CHECK(areas[0].specificity == policy::Specificity::continent);
    CHECK(areas[1].specificity == policy::Specificity::country);
    CHECK(areas[2].specificity == policy::Specificity::subdivision);
    CHECK(root.targets[0].selector().asns == std::vector<std::uint32_t>{64496});
    CHECK(root.targets[0].label == "[EU, NA-US, NA-US-CA, AS 64496] 192.0.2.1");
    CHECK(root.targets[1].selector().european_union);
    REQUIRE(root.default_target);
    CHECK(root.default_target->label == "192.0.2.4");
    const auto& region = root_of(config, "region.example.com.");
    CHECK_FALSE(region.default_target);
    REQUIRE(region.targets[0].selector().areas.size() == 3);
    for (const auto& place : region.targets[0].selector().areas)
        CHECK(place.specificity == policy::Specificity::continent);
}

TEST_CASE("targets say where they are, or which networks they are for", "[config][load]") {
    const auto config = loaded("geoip: {databases: [" FAIRLEAD_CITY_MMDB "]}\n" + kRecords + R"(
   near:
    policy: geoproximity
    targets:
     - {location: {lat: 50.11, lon: 8.68}, bias: 10, address: 192.0.2.1}
     - {location: {lat: 38.95, lon: -77.45}, address: 192.0.2.2}
   office:
    policy: subnet
    targets:
     - {subnets: [10.0.0.0/8, "2001:db8::/32"], address: 192.0.2.1}
     - {subnets: [192.0.2.7], address: 192.0.2.2}
    default: 192.0.2.3
)");
    const auto& near = root_of(config, "near.example.com.");
    CHECK(near.policy == policy::Policy::geoproximity);
    CHECK_FALSE(near.default_target);
    CHECK(near.targets[0].selector().location == geo::Coordinates{50.11, 8.68});
    CHECK(near.targets[0].selector().bias == 10);
    CHECK(near.targets[1].selector().location == geo::Coordinates{38.95, -77.45});
    const auto& office = root_of(config, "office.example.com.");
    CHECK(office.policy == policy::Policy::subnet);
    CHECK(office.targets[0].selector().subnets ==
          std::vector{*Prefix::parse("10.0.0.0/8"), *Prefix::parse("2001:db8::/32")});
    CHECK(office.targets[0].label == "[10.0.0.0/8, 2001:db8::/32] 192.0.2.1");
    CHECK(office.targets[1].selector().subnets == std::vector{*Prefix::parse("192.0.2.7/32")});
    CHECK(office.default_target.has_value());
}

TEST_CASE("affinity is none, or by client with lengths of its own", "[config][load]") {
    const auto config = loaded(
        "pools: {eu: {endpoints: [192.0.2.1], affinity: {by: client, v4: 16}}}\n" + kRecords + R"(
   plain: {policy: weighted, targets: [192.0.2.1], affinity: none}
   sticky: {policy: weighted, targets: [{pool: eu}], affinity: {by: client, v6: 48}}
)");
    CHECK_FALSE(root_of(config, "plain.example.com.").affinity);
    const auto& sticky = root_of(config, "sticky.example.com.");
    REQUIRE(sticky.affinity);
    CHECK(int{sticky.affinity->v4} == 24);
    CHECK(int{sticky.affinity->v6} == 48);
    const auto& pool = config.catalog->forest().node(sticky.targets[0].index);
    REQUIRE(pool.affinity);
    CHECK(int{pool.affinity->v4} == 16);
    CHECK(int{pool.affinity->v6} == 56);
}

TEST_CASE("a health check is what is written, and defaults", "[config][load]") {
    const auto config = loaded(R"(
health_checks:
  a: {type: https}
  b:
    type: https
    port: 8443
    interval: 5s
    timeout: 1500ms
    fall: 1
    rise: 2
    fast_interval: 500ms
    jitter: 0%
    counting: cumulative
    invert: true
    enabled: false
    method: HEAD
    path: /up?x=1
    host: www.example.com
    headers: {X-Probe: "1"}
    status: [200, 301-302]
    max_body: 100
    sni: sni.example.com
    verify: false
    min_days_left: 14
  c: {type: tcp, port: 5432, interval: 500ms, timeout: 400ms}
)" + kRecords + R"(
   www: {policy: weighted, targets: [{address: 192.0.2.1, health_check: a}, {address: 192.0.2.2, health_check: b}, {address: 192.0.2.3, health_check: c}]}
)");
    const auto& checks = config.catalog->checks();
    REQUIRE(checks.size() == 3);
    checks::HealthCheck a{
        .name = "a", .probe = checks::HttpProbe{.tls = checks::TlsSettings{}}, .port = 443};
    CHECK(checks[0] == a);
    const auto& b = checks[1];
    CHECK(b.port == 8443);
    CHECK(b.interval.count() == 5000);
    CHECK(b.timeout.count() == 1500);
    CHECK(b.fast_interval.count() == 500);
    CHECK(b.thresholds ==
          checks::Thresholds{.fall = 1, .rise = 2, .counting = checks::Counting::cumulative});
    CHECK(b.jitter == 0);
    CHECK(b.invert);
    CHECK_FALSE(b.enabled);
    const auto& http = std::get<checks::HttpProbe>(b.probe);
    CHECK(http.method == "HEAD");
    CHECK(http.path == "/up?x=1");
    CHECK(http.host == "www.example.com");
    CHECK(http.headers == std::vector<std::pair<std::string, std::string>>{{"X-Probe", "1"}});
    CHECK(http.status == std::vector<checks::StatusRange>{{200, 200}, {301, 302}});
    CHECK(http.max_body == 100);
    REQUIRE(http.tls);
    CHECK(http.tls->sni == "sni.example.com");
    CHECK_FALSE(http.tls->verify);
    CHECK(http.tls->min_days_left == 14);
    CHECK(std::get<checks::TcpProbe>(checks[2].probe) == checks::TcpProbe{});
    CHECK(checks[2].fast_interval.count() == 500);  // the default would be above the interval
}

/// The only check of a configuration with this check in it.
checks::HealthCheck check_of(const std::string& yaml) {
    return loaded("health_checks: {x: " + yaml + "}\n" + kRecords +
                  "   www: {policy: failover, health_check: x, targets: [192.0.2.1]}\n")
        .catalog->checks()[0];
}

TEST_CASE("what a tcp check sends and expects has the bytes that YAML's escapes stand for",
          "[config][load]") {
    const auto check = check_of(
        R"({type: tcp, port: 6379, send: "PING\r\n\0\x01", expect: '+PONG\r', max_body: 64})");
    const auto& tcp = std::get<checks::TcpProbe>(check.probe);
    CHECK(tcp.send == std::string("PING\r\n\0\x01", 8));
    CHECK(tcp.expect == "+PONG\\r");  // no escapes in single quotes
    CHECK(tcp.max_body == 64);
}

TEST_CASE("a tls check takes what concerns the certificate", "[config][load]") {
    const auto check = check_of("{type: tls, sni: mail.example.com, min_days_left: 7}");
    CHECK(check.port == 443);
    CHECK(std::get<checks::TlsProbe>(check.probe).settings ==
          checks::TlsSettings{.sni = "mail.example.com", .min_days_left = 7});
}

TEST_CASE("exec and icmp checks are read, and what http follows and matches", "[config][load]") {
    const auto exec = check_of("{type: exec, command: [/bin/echo, a b, '$x'], port: 8080}");
    CHECK(exec.port == 8080);
    CHECK(std::get<checks::ExecProbe>(exec.probe).command ==
          std::vector<std::string>{"/bin/echo", "a b", "$x"});
    CHECK(check_of("{type: exec, command: [/bin/true]}").port == 0);
    const auto icmp = check_of("{type: icmp}");
    CHECK(std::holds_alternative<checks::IcmpProbe>(icmp.probe));
    CHECK(icmp.port == 0);
    const auto http = check_of("{type: http, body_regex: '^ok', follow_redirects: true}");
    CHECK(std::get<checks::HttpProbe>(http.probe).body_regex == "^ok");
    CHECK(std::get<checks::HttpProbe>(http.probe).follow_redirects);
}

TEST_CASE("a prometheus check asks at its url, whatever the endpoint", "[config][load]") {
    const auto plain = check_of(
        "{type: prometheus, url: 'http://192.0.2.9:9090/', query: 'min(up)', healthy_when: '== "
        "1'}");
    CHECK(plain.port == 9090);
    CHECK(plain.check_target == IpAddress::parse("192.0.2.9"));
    const auto& probe = std::get<checks::PrometheusProbe>(plain.probe);
    CHECK_FALSE(probe.tls);
    CHECK(probe.host == "192.0.2.9:9090");
    CHECK(probe.path == "/api/v1/query");
    CHECK(probe.query == "min(up)");
    CHECK(probe.healthy_when.to_string() == "== 1");

    const auto secure = check_of(
        "{type: prometheus, url: 'https://[2001:db8::9]/prom/', verify: false, headers: {X-A: b}, "
        "healthy_when: alert Slow not firing}");
    CHECK(secure.port == 443);
    CHECK(secure.check_target == IpAddress::parse("2001:db8::9"));
    const auto& tls_probe = std::get<checks::PrometheusProbe>(secure.probe);
    CHECK(tls_probe.tls == checks::TlsSettings{.verify = false});
    CHECK(tls_probe.path == "/prom/api/v1/query");
    CHECK(tls_probe.headers.size() == 1);
    CHECK(tls_probe.query == checks::firing_query("Slow"));
}

TEST_CASE("a check may be made at a host name, which is then its host", "[config][load]") {
    const auto http = check_of("{type: http, port: 8080, check_target: DB.example.net.}");
    CHECK_FALSE(http.check_target);
    CHECK(http.check_host == "db.example.net");
    CHECK(std::get<checks::HttpProbe>(http.probe).host == "db.example.net:8080");
    const auto other = check_of("{type: https, check_target: db.example.net, host: a.example.com}");
    CHECK(std::get<checks::HttpProbe>(other.probe).host == "a.example.com");
    const auto tls = check_of("{type: tls, check_target: db.example.net}");
    CHECK(std::get<checks::TlsProbe>(tls.probe).settings.sni == "db.example.net");
    const auto prometheus = check_of(
        "{type: prometheus, url: 'http://prom.example.net:9090', query: up, healthy_when: '> 0'}");
    CHECK(prometheus.check_host == "prom.example.net");

    const auto config = loaded(R"(
resolver: {servers: [192.0.2.53, "192.0.2.54:5353", "2001:db8::53", "[2001:db8::54]:5353"]}
health_checks:
  site: {type: calculated, children: [web]}
  web: {type: http}
)" + kRecords + R"(
   www: {policy: failover, health_check: site, targets: [
     {address: 192.0.2.1, check_target: a.example.net}, {address: 192.0.2.2, check_target: a.example.net}, 192.0.2.3]}
)");
    CHECK(config.catalog->name_servers() ==
          "192.0.2.53:53,192.0.2.54:5353,[2001:db8::53]:53,[2001:db8::54]:5353");
    std::vector<std::string> subjects;
    for (const auto& subject : config.catalog->subjects())
        subjects.push_back(config.catalog->checks()[subject.check].name + " " + subject.target());
    CHECK(subjects == std::vector<std::string>{"site a.example.net", "web a.example.net",
                                               "site 192.0.2.3", "web 192.0.2.3"});
}

TEST_CASE("a calculated check has its children's subjects, each with its own target",
          "[config][load]") {
    const auto config = loaded(R"(
health_checks:
  site: {type: calculated, children: [web, backing], at_least: 1}
  backing: {type: calculated, children: [db]}
  db: {type: tcp, port: 5432, check_target: 192.0.2.9, insufficient_data: unhealthy}
  web: {type: http}
)" + kRecords + R"(
   www: {policy: failover, health_check: site, targets: [192.0.2.1, 192.0.2.2]}
)");
    const auto& checks = config.catalog->checks();
    CHECK(checks[0].probe == checks::ProbeKind{checks::Calculation{{3, 1}, 1}});
    CHECK(checks[0].port == 0);
    CHECK(checks[1].probe == checks::ProbeKind{checks::Calculation{{2}, 1}});  // all
    CHECK(checks[2].insufficient_data == checks::InsufficientData::unhealthy);
    std::vector<std::string> subjects;
    for (const auto& subject : config.catalog->subjects())
        subjects.push_back(checks[subject.check].name + " " + subject.address.to_string());
    CHECK(subjects == std::vector<std::string>{
                          "site 192.0.2.1", "web 192.0.2.1", "backing 192.0.2.1", "db 192.0.2.9",
                          "site 192.0.2.2", "web 192.0.2.2", "backing 192.0.2.2"});
}

TEST_CASE("the server's settings are read", "[config][load]") {
    const auto defaults = loaded("zones: {example.com: {ns: [ns.example.net.]}}\n").server;
    CHECK(defaults.socket == "/run/fairlead/pdns.sock");
    CHECK(defaults.socket_mode == 0660);
    CHECK(defaults.workers == 1);
    CHECK(defaults.max_probes == 0);
    const auto server = loaded(
                            "server: {socket: /tmp/x.sock, workers: 2, socket_group: pdns, "
                            "socket_mode: \"0600\", max_probes: 4000}\n"
                            "zones: {example.com: {ns: [ns.example.net.]}}\n")
                            .server;
    CHECK(server.socket == "/tmp/x.sock");
    CHECK(server.socket_group == "pdns");
    CHECK(server.socket_mode == 0600);
    CHECK(server.workers == 2);
    CHECK(server.max_probes == 4000);
}

TEST_CASE("all findings come at once, in the order of the text", "[config][load]") {
    const auto result = load_text("sever: {}\npools: {eu: {endpoints: [x]}}\n" + kRecords +
                                  "   www: {policy: fail}\n   a..b: {TXT: a}\n");
    CHECK_FALSE(result.loaded);
    REQUIRE(result.diagnostics.size() >= 4);
    CHECK(std::is_sorted(result.diagnostics.begin(), result.diagnostics.end(),
                         [](const auto& a, const auto& b) { return a.line < b.line; }));
}

TEST_CASE("a directory is one configuration, with paths of its own", "[config][load]") {
    const Folder folder;
    folder.write("10-checks.yaml", "health_checks: {web: {type: https, ca_file: ca.pem}}\n");
    folder.write("ca.pem", "");
    folder.write("20-zone.yml", kRecords +
                                    "   www: {policy: failover, health_check: web, "
                                    "targets: [192.0.2.1]}\n");
    folder.write("30-more.yaml", "zones: {example.org: {ns: [ns.example.net.]}}\n");
    folder.write("40-server.yaml", "server: {socket: run/../pdns.sock}\n");
    folder.write(".hidden.yaml", "nonsense: 1\n");
    folder.write("notes.txt", "nonsense");
    const auto result = load(folder.path());
    INFO(all_of(result.diagnostics));
    REQUIRE(result.loaded);
    CHECK(result.loaded->catalog->zones().size() == 2);
    const auto& http = std::get<checks::HttpProbe>(result.loaded->catalog->checks()[0].probe);
    CHECK(http.tls->ca_file == (folder.path() / "ca.pem").string());
    CHECK(result.loaded->server.socket == folder.path() / "pdns.sock");
}

TEST_CASE("the serial is the time of the newest file", "[config][load]") {
    const Folder folder;
    folder.write("a.yaml", kRecords + "   www: {TXT: a}\n");
    folder.write("b.yaml", "server: {workers: 1}\n");
    folder.set_time("a.yaml", 1700000000);
    folder.set_time("b.yaml", 1700000005);
    const auto result = load(folder.path());
    REQUIRE(result.loaded);
    CHECK(result.loaded->catalog->zones()[0].serial == 1700000005);
}

TEST_CASE("a serial grows with every change of the texts, and never goes back", "[config][load]") {
    const Folder folder;
    const auto serial_after = [&](const std::string& text, int modified, const Loaded* previous) {
        folder.write("a.yaml", kRecords + "   www: {TXT: " + text + "}\n");
        folder.set_time("a.yaml", modified);
        auto result = load(folder.path(), previous);
        REQUIRE(result.loaded);
        return *std::move(result.loaded);
    };
    const auto serial_of = [](const Loaded& loaded) { return loaded.catalog->zones()[0].serial; };
    const auto first = serial_after("a", 1700000000, nullptr);
    CHECK(serial_of(first) == 1700000000);
    CHECK(serial_of(serial_after("a", 1700000009, &first)) == 1700000000);  // touched only
    const auto second = serial_after("b", 1700000000, &first);              // in the same second
    CHECK(serial_of(second) == 1700000001);
    const auto third = serial_after("a", 1600000000, &second);  // an old file is put back
    CHECK(serial_of(third) == 1700000002);
    const auto fourth = serial_after("c", 1800000000, &third);
    CHECK(serial_of(fourth) == 1800000000);

    // The same over a restart.
    folder.write("a.yaml", kRecords + "   www: {TXT: d}\n");
    folder.set_time("a.yaml", 1700000000);
    const auto restarted =
        load(folder.path(), nullptr, [&](const auto&) { return *fourth.serials; });
    REQUIRE(restarted.loaded);
    CHECK(serial_of(*restarted.loaded) == 1800000001);
}

TEST_CASE("what cannot be read is said", "[config][load]") {
    const Folder folder;
    const auto only_finding = [](const fs::path& path) {
        const auto result = load(path);
        CHECK_FALSE(result.loaded);
        REQUIRE(result.diagnostics.size() == 1);
        CHECK(result.diagnostics[0].rule == "cannot-read");
        return result.diagnostics[0].message;
    };
    CHECK(only_finding(folder.path() / "missing.yaml") ==
          "cannot read the file: No such file or directory");
    CHECK(only_finding(folder.path()) == "the directory has no *.yaml or *.yml file");
    CHECK(only_finding(folder.write("empty.yaml", "")) == "the file is empty");
    const auto secret = folder.write("secret.yaml", "zones: {}\n");
    fs::permissions(secret, fs::perms::none);
    if (geteuid() != 0) {
        CHECK(only_finding(secret) == "cannot read the file: Permission denied");
    }
}

/// A configuration in which everything occurs.
const std::string kEverything = R"(
server: {socket: /run/fairlead/pdns.sock, workers: 2}
geoip: {databases: [)" FAIRLEAD_CITY_MMDB R"(]}
regions: {apac: [AS, OC]}
defaults: {ttl: 60, max_answers: 4, health_check: web, on_all_unhealthy: serve_all}
health_checks:
  web: {type: https, path: /health, host: www.example.com, status: [200-299, 301]}
  db: {type: tcp, port: 5432, interval: 5s, timeout: 1s}
pools:
  eu: {endpoints: [{name: fra1, address: [192.0.2.61, "2001:db8::61"]}, 192.0.2.62], min_healthy: 50%}
policies:
  p: {policy: failover, targets: [{pool: eu}, {address: 192.0.2.63, state: up}]}
zones:
  example.com:
    ns: [ns1.example.com., ns.example.net.]
    soa: {minimum: 30}
    records:
      ns1: {A: [192.0.2.53], AAAA: "2001:db8::53"}
      '@': {MX: ["10 mail.example.com."], TXT: ["\"v=spf1 -all\""]}
      '*.dyn': {policy: multivalue, targets: [192.0.2.1, {endpoint: fra1}]}
      www: {policy: weighted, ttl: 30, targets: [{address: 192.0.2.1, weight: 9}, {use: p, weight: 1}]}
      geo: {policy: geolocation, targets: [{geos: [apac, EU-DE], pool: eu}, {asns: [64496], use: p}], default: {use: p}}
      tcp: {policy: failover, health_check: db, targets: [192.0.2.1, 192.0.2.2], on_all_unhealthy: {use: eu}}
)";

TEST_CASE("a configuration in which everything occurs is good", "[config][load]") {
    CHECK(loaded(kEverything).catalog->record_set_count() == 7);  // dyn is an empty non-terminal
}

TEST_CASE("no damage to a configuration breaks the loader", "[config][load]") {
    std::mt19937 random(20240229);  // NOLINT: the same damage every time
    static constexpr std::string_view kBytes = "{}[]:,-'\"&*!|>%@ \n\t0a.\\#";
    const auto pick = [&](std::size_t count) { return random() % count; };
    for (int round = 0; round < 2000; ++round) {
        std::string text = kEverything;
        for (auto damages = 1 + pick(4); damages > 0; --damages) {
            const auto place = pick(text.size());
            switch (pick(4)) {
                case 0:
                    text.erase(place, 1 + pick(8));
                    break;
                case 1:
                    text[place] = kBytes[pick(kBytes.size())];
                    break;
                case 2:
                    text[place] = static_cast<char>(pick(256));
                    break;
                default:
                    text.insert(place, text.substr(pick(text.size()), pick(20)));
            }
        }
        CAPTURE(round, text);
        const auto result = load_text(text);
        REQUIRE(result.loaded.has_value() == !has_errors(result.diagnostics));
    }
}

}  // namespace
}  // namespace fairlead::config
