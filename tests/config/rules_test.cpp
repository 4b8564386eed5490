// SPDX-License-Identifier: Apache-2.0

// Every rule, by the smallest configuration that breaks it and nothing else.

#include "config/rules.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "config/load.h"
#include "tests/config/folder.h"
#include "tests/support/catch.h"

namespace fairlead::config {
namespace {

/// A zone to hang records into; a case that ends in "records:" continues it.
const std::string kZone = "zones: {example.com: {ns: [ns.example.net.]}}\n";
const std::string kRecords = "zones:\n example.com:\n  ns: [ns.example.net.]\n  records:\n";
const std::string kSigned =
    "zones:\n example.com:\n  dnssec: true\n  ns: [ns.example.net.]\n  records:\n";
/// Behind kRecords: a zone within the other.
const std::string kChild = " sub.example.com: {ns: [ns.example.net.]}\n";
const std::string kWeb = "health_checks: {web: {type: http}}\n";
const std::string kGeo = "geoip: {databases: [" FAIRLEAD_CITY_MMDB "]}\n";

const std::string kTable = "latency: {table: " FAIRLEAD_LATENCY_CSV "}\n";

std::string deep_policies() {
    std::string text = "policies:\n p0: {policy: failover, targets: [192.0.2.1]}\n";
    for (int i = 1; i < 16; ++i) {
        text += " p" + std::to_string(i) + ": {policy: failover, targets: [{use: p" +
                std::to_string(i - 1) + "}]}\n";
    }
    return text + kRecords + "   www: @@{policy: failover, targets: [{use: p15}]}\n";
}

std::string many_targets() {
    std::string text = kRecords + "   www:\n    @@policy: multivalue\n    targets:\n";
    for (int i = 0; i < 1025; ++i)
        text += "    - 10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) + "\n";
    return text;
}

std::string labelled(const std::string& labels) {
    return kRecords + "   www: {policy: simple, targets: [{address: 192.0.2.1, labels:  " + labels +
           "}]}\n";
}

std::string many_labels() {
    std::string text = "{";
    for (int i = 0; i < 17; ++i)
        text += (i > 0 ? ", l" : "l") + std::to_string(i) + ": x";
    return text + "}";
}

std::string large_endpoint() {
    std::string text = kRecords + "   @@www: {policy: simple, targets: [{address: [";
    for (int i = 1; i <= 64; ++i)
        text += (i > 1 ? ", \"2001:db8::" : "\"2001:db8::") + std::to_string(i) + "\"";
    return text + "]}]}\n";
}

/// "LINE:COLUMN" of the mark in `yaml`, which is taken out; the file as a whole has 0:0.
std::string take_mark(std::string& yaml) {
    const auto at = yaml.find("@@");
    if (at == std::string::npos) return "0:0";
    yaml.erase(at, 2);
    const auto before = yaml.substr(0, at);
    const auto line_start = before.rfind('\n') + 1;  // npos + 1 = 0
    return std::to_string(1 + std::count(before.begin(), before.end(), '\n')) + ":" +
           std::to_string(at - line_start + 1);
}

const std::string kUsesWeb =
    kRecords + "   www: {policy: failover, health_check: web, targets: [192.0.2.1]}\n";

/// A configuration that uses this health check.
std::string with_check(const std::string& check) {
    return "health_checks: {web: " + check + "}\n" + kUsesWeb;
}

/// 17 calculated checks above a probed one.
std::string deep_checks() {
    std::string text = "health_checks:\n c0: {type: icmp}\n";
    for (int i = 1; i <= 17; ++i) {
        const std::string name = i == 17 ? "@@web" : "c" + std::to_string(i);
        text += " " + name + ": {type: calculated, children: [c" + std::to_string(i - 1) + "]}\n";
    }
    return text + kUsesWeb;
}

struct Case {
    std::string rule;
    std::string yaml;          // "@@" stands before the place of the finding, and is taken out
    std::string message_part;  // "" = any message
    std::string zone_file{};   // stands in the file that is called FILE in `yaml`
    std::uintmax_t bytes = 0;  // that file's length, if it is to be longer than its text
};

/// A zone whose records stand in a file, or some of them.
const std::string kFile = "zones:\n example.com: {file: FILE}\n";
const std::string kFileRecords = "zones:\n example.com:\n  file: FILE\n  records:\n";
const std::string kApex = "@ 60 SOA ns.example.net. dns 1 2 3 4 5\n@ 60 NS ns.example.net.\n";

// clang-format off
const std::vector<Case> kCases = {
    {"cannot-read", "# nothing\n", "empty"},
    {"yaml-syntax", "a:\n@@\t- 1\n", "tabs"},
    {"yaml-syntax", "a: \"@@\x01\"\n", "byte 1"},
    {"yaml-syntax", "a: @@\xff\n", "byte 255"},
    {"yaml-syntax", "a: 1\n@@---\nb: 2\n", "second YAML document"},
    {"yaml-syntax", "a: @@!x 1\n", "tags"},
    {"yaml-syntax", "a: &x [ @@*x ]\n", "contains the alias"},
    {"yaml-limit", std::string(64, '[') + "@@" + std::string(6, '[') + std::string(70, ']'), "64 deep"},
    {"duplicate-key", "server: {}\n" + kZone + "@@server: {}\n", "line 1, column 1"},
    {"duplicate-key", kRecords + "   www: {MX: ['1 a.b.'], @@TYPE15: ['2 a.b.']}\n", "MX"},
    {"unknown-key", "@@sever: {}\n" + kZone, "did you mean \"server\"?"},
    {"unknown-key", kRecords + "   www: {@@TXTT: a}\n", "did you mean \"TXT\"?"},
    {"unknown-key", kRecords + "   www: {@@pool: eu}\n", "it is a key of: Target"},
    {"bad-value", "alerts: {webhooks: [{url: @@'hooks.example.com'}]}\n" + kZone, "https://hooks.example.com/path"},
    {"bad-value", "alerts: {webhooks: [{url: @@'ftp://hooks.example.com/'}]}\n" + kZone, "no address to post to"},
    {"missing-key", "alerts: {webhooks: [ @@{timeout: 1s}]}\n" + kZone, "url"},
    {"unknown-word", "alerts: {events: [@@helth]}\n" + kZone, "health"},
    {"headers-file", "alerts: {webhooks: [{url: 'https://hooks.example.com/', headers_file: @@/nonexistent}]}\n" + kZone, "is not a file"},
    {"missing-key", "server: {pdns_api: [ @@{url: 'http://192.0.2.53:8081'}]}\n" + kZone, "key_file"},
    {"key-file", "server: {pdns_api: {url: 'http://192.0.2.53:8081', key_file: @@/nonexistent}}\n" + kZone, "is not a file"},
    {"ca-file", "alerts: {webhooks: [{url: 'https://hooks.example.com/', ca_file: @@/nonexistent}]}\n" + kZone, "cannot be read"},
    {"program", "alerts: {exec: [@@/nonexistent]}\n" + kZone, "no program that can be run"},
    {"out-of-range", "alerts: {query_spike: {factor: @@1}}\n" + kZone, "2"},
    {"admin-token", "admin: {listen: @@'0.0.0.0:8080'}\n" + kZone, "name a token_file"},
    {"token-file", "admin: {token_file: @@/nonexistent}\n" + kZone, "is not a file"},
    {"bad-value", "admin: {listen: @@'8080'}\n" + kZone, "127.0.0.1:8080"},
    {"bad-value", "admin: {listen: @@'::1:8080'}\n" + kZone, "[::1]:8080"},
    {"out-of-range", "admin: {listen: @@'unix:'}\n" + kZone, "1 to 103 bytes"},
    {"bad-value", kRecords + "   www: {policy: simple, targets: [{alias: @@'a b'}]}\n", "no host name"},
    {"bad-value", kRecords + "   www: {policy: simple, targets: [{alias: @@192.0.2.1}]}\n", "write address: for an address"},
    {"bad-value", kRecords + "   www: {policy: simple, targets: [@@lb.example.net]}\n", "{alias: lb.example.net}"},
    {"superfluous-key", "pools: {x: {endpoints: [{address: 192.0.2.1, @@alias: a.example.net}]}}\n" + kRecords + "   www: {policy: failover, targets: [{pool: x}]}\n", "two endpoints"},
    {"superfluous-key", kRecords + "   www: {policy: simple, targets: [{alias: a.example.net, @@check_target: 192.0.2.1}]}\n", "probed itself"},
    {"missing-key", "pools: {x: {endpoints: [@@{name: fra1}]}}\n" + kRecords + "   www: {policy: failover, targets: [{pool: x}]}\n", "\"address\" or \"alias\" or \"cname\""},
    {"target-form", kRecords + "   www: {policy: weighted, targets: [@@{address: 192.0.2.1, alias: a.example.net}]}\n", "not address and alias"},
    {"reference-loop", kRecords + "   www: {policy: simple, targets: [{alias: @@WWW.example.com}]}\n", "is steered to this alias again"},
    {"reference-loop", "pools: {x: {endpoints: [{alias: @@a.example.com}]}}\n" + kRecords + "   a: {policy: simple, targets: [{alias: b.example.com}]}\n   b: {policy: failover, targets: [{pool: x}]}\n", "a.example.com is a name of this configuration"},
    {"same-address", kRecords + "   www: {policy: weighted, targets: [{alias: a.example.net}, @@{alias: a.example.net.}]}\n", "alias of target 0"},
    {"endpoint-without-check", kRecords + "   www: {policy: failover, targets: [@@{alias: a.example.net}, 192.0.2.1]}\n", ""},
    {"cname-at-apex", kRecords + "   @@'@': {policy: simple, targets: [{cname: a.example.net.}]}\n", "write alias: in place of cname:"},
    {"cname-not-alone", kRecords + "   www: {policy: simple, targets: [{cname: a.example.net.}], @@TXT: a}\n", "no other data"},
    {"cname-not-alone", kFileRecords + "   @@www: {policy: simple, targets: [{cname: a.example.net.}]}\n", ":3", kApex + "www 60 TXT a\n"},
    {"cname-not-alone", kFileRecords + "   @@www: {policy: simple, targets: [{cname: a.example.net.}]}\n", ":3", kApex + "www 60 CNAME b.example.net.\n"},
    {"cname-not-alone", kRecords + "   www: {policy: multivalue, targets: [@@{cname: a.example.net.}]}\n", "policy multivalue answers several targets"},
    {"cname-not-alone", kRecords + "   www: {policy: weighted, max_answers: 2, targets: [192.0.2.1, @@{cname: a.example.net.}]}\n", "max_answers above 1"},
    {"cname-not-alone", kRecords + "   www: {policy: simple, targets: [192.0.2.1, @@{cname: a.example.net.}]}\n", "policy simple answers everything"},
    {"cname-not-alone", "pools: {x: {max_answers: 2, endpoints: [192.0.2.1, @@{cname: a.example.net.}]}}\n" + kRecords + "   www: {policy: failover, targets: [{pool: x}]}\n", "max_answers above 1"},
    {"cname-not-alone", "pools: {x: {endpoints: [192.0.2.1, {cname: a.example.net.}]}}\n" + kRecords + "   www: {policy: simple, targets: [@@{pool: x}]}\n", "policy simple answers everything"},
    {"cname-not-alone", "pools: {x: {endpoints: [{cname: a.example.net.}]}, z: {endpoints: [192.0.2.1]}}\npolicies: {p: {policy: failover, targets: [{pool: z}], on_all_unhealthy: {use: x}}}\n" + kRecords + "   www: {policy: multivalue, targets: [@@{use: p}]}\n", "several targets"},
    {"ambiguous-name", kRecords + "   www: {policy: simple, targets: [{cname: @@static}]}\n", "CNAME \"static\""},
    {"bad-rdata", kRecords + "   www: {policy: simple, targets: [{cname: @@'a b.'}]}\n", "CNAME \"a b.\""},
    {"superfluous-key", "pools: {x: {endpoints: [{address: 192.0.2.1, @@cname: a.example.net.}]}}\n" + kRecords + "   www: {policy: failover, targets: [{pool: x}]}\n", "two endpoints"},
    {"target-form", kRecords + "   www: {policy: weighted, targets: [@@{address: 192.0.2.1, cname: a.example.net.}]}\n", "not address and cname"},
    {"missing-key", kWeb + kRecords + "   www: {policy: failover, targets: [{cname: a.example.net., @@health_check: web}]}\n", "write check_target: for what stands for it, \"a.example.net\""},
    {"missing-key", "health_checks: {web: {type: http}, all: {type: calculated, children: [web]}}\n" + kRecords + "   www: {policy: failover, targets: [{cname: a.example.net., @@health_check: all}]}\n", "write check_target"},
    {"same-address", kRecords + "   www: {policy: weighted, targets: [{cname: a.example.net.}, @@{cname: A.example.net.}]}\n", "CNAME of target 0"},
    {"endpoint-without-check", kWeb + kRecords + "   www: {policy: failover, health_check: web, targets: [@@{cname: a.example.net.}, 192.0.2.1]}\n", ""},
    {"reference-loop", kRecords + "   @@www: {policy: simple, targets: [{cname: WWW.example.com.}]}\n", "leads to www.example.com. itself"},
    {"missing-key", "@@server: {workers: 2}\n", "zones"},
    {"missing-key", "zones: { example.com:  @@{}}\n", "ns"},
    {"missing-key", kRecords + "   www: @@{policy: failover}\n", "targets"},
    {"superfluous-key", kRecords + "   www: {policy: failover, targets: [192.0.2.1], @@max_answers: 2}\n", "weighted, multivalue"},
    {"wrong-type", "server: @@[1]\n" + kZone, "expected a mapping, not a list"},
    {"wrong-type", kRecords + "   www: {TXT: @@5}\n", "write \"5\" in quotes"},
    {"wrong-type", kRecords + "   www: {TXT: @@yes}\n", "a boolean"},
    {"wrong-type", "@@- 1\n", "mapping"},
    {"bad-value", kRecords + "   www: {policy: simple, ttl: 60, TXT: a, targets: [@@www.example.net]}\n", ""},
    {"bad-value", "server: {workers: @@\"2\"}\n" + kZone, "without quotes"},
    {"out-of-range", "server: {workers: @@0}\n" + kZone, "between 1 and 256"},
    {"out-of-range", "defaults: {ttl: @@-5s}\n" + kZone, "between 0 and 2147483647"},
    {"out-of-range", kRecords + "   www: {policy: weighted, targets: [{address: 192.0.2.1, weight: @@1000001}]}\n", ""},
    {"unknown-word", kRecords + "   www: {policy: @@failovr, targets: [192.0.2.1]}\n", "did you mean \"failover\"?"},
    {"yaml-boolean", kGeo + kRecords + "   www: {policy: geolocation, default: none, targets: [{geos: [@@NO], address: 192.0.2.1}]}\n", "EU-NO"},
    {"bad-name", kRecords + "   @@a..b: {TXT: a}\n", "a..b"},
    {"bad-name", labelled("{@@'a b': c}"), "is no label"},
    {"bad-name", labelled("{@@'site=fra': x}"), "is no label"},
    {"bad-value", labelled("{site: @@'fra 1'}"), "no label's value"},
    {"bad-value", labelled("{site: @@''}"), "no label's value"},
    {"wrong-type", labelled("{rack: @@4}"), "\"4\" in quotes"},
    {"wrong-type", labelled("@@[site]"), "expected a mapping"},
    {"duplicate-key", labelled("{site: fra, @@site: ash}"), "site"},
    {"out-of-range", labelled("@@" + many_labels()), "at most 16"},
    {"not-supported-yet", kRecords + "   www: {policy: simple, targets: [{address: 192.0.2.1, @@records: {}}]}\n", "records"},
    {"bad-name", "pools: {@@'a b': {endpoints: [192.0.2.1]}}\n" + kRecords + "   www: {policy: failover, targets: [{pool: 'a b'}]}\n", "a b"},
    {"undefined-health-check", kWeb + kRecords + "   www: {policy: failover, targets: [192.0.2.1], health_check: @@wbe}\n   w2: {policy: failover, targets: [192.0.2.1], health_check: web}\n", "did you mean \"web\"?"},
    {"undefined-pool", kRecords + "   www: {policy: failover, targets: [{pool: @@eu}]}\n", "eu"},
    {"undefined-policy", kRecords + "   www: {policy: failover, targets: [{use: @@eu}]}\n", "eu"},
    {"undefined-endpoint", kRecords + "   www: {policy: failover, targets: [{endpoint: @@fra1}]}\n", "fra1"},
    {"undefined-geo", kGeo + kRecords + "   www: {policy: geolocation, default: none, targets: [{geos: [@@NA-DE], address: 192.0.2.1}]}\n", "EU-DE"},
    {"ambiguous-use", "pools: {x: {endpoints: [192.0.2.1]}}\npolicies: {x: {policy: failover, targets: [{pool: x}]}}\n" + kRecords + "   www: {policy: failover, targets: [{use: x}], on_all_unhealthy: {use: @@x}}\n", ""},
    {"duplicate-endpoint", kRecords + "   www: {policy: weighted, targets: [{address: 192.0.2.1, name: fra1}, {address: 192.0.2.2, name: @@fra1}]}\n", "config.yaml:5:65"},
    {"region-is-geo-code", "regions: {@@EU: [AS]}\n" + kZone, ""},
    {"reference-loop", "policies:\n @@a: {policy: failover, targets: [{use: b}]}\n b: {policy: failover, targets: [{use: a}]}\n" + kRecords + "   www: {policy: failover, targets: [{use: a}]}\n", ""},
    {"target-form", kRecords + "   www: {policy: weighted, targets: [@@{weight: 5}]}\n", "none of them"},
    {"empty-list", kRecords + "   www: {policy: failover, targets: @@[]}\n", ""},
    {"missing-default", kGeo + kRecords + "   www: @@{policy: geolocation, targets: [{geos: [EU], address: 192.0.2.1}]}\n", "default: none"},
    {"missing-selector", kGeo + kRecords + "   www: {policy: geolocation, default: none, targets: [@@192.0.2.1]}\n", ""},
    {"missing-selector", kRecords + "   www: {policy: subnet, default: none, targets: [@@{address: 192.0.2.1}]}\n", "subnets"},
    {"missing-selector", kGeo + kRecords + "   www: {policy: geoproximity, targets: [@@{address: 192.0.2.1, bias: 5}]}\n", "lat"},
    {"missing-key", kGeo + kRecords + "   www: {policy: geoproximity, targets: [{address: 192.0.2.1, location: @@{lat: 5}}]}\n", "lon"},
    {"missing-default", kRecords + "   www: @@{policy: subnet, targets: [{subnets: [10.0.0.0/8], address: 192.0.2.1}]}\n", "default: none"},
    {"shadowed-target", kRecords + "   www: {policy: subnet, default: none, targets: [{subnets: [10.0.0.0/8, @@10.0.0.0/8], address: 192.0.2.1}]}\n", "10.0.0.0/8"},
    {"bad-value", kRecords + "   www: {policy: subnet, default: none, targets: [{subnets: [@@10.0.0.1/8], address: 192.0.2.1}]}\n", "10.0.0.0/8"},
    {"bad-value", kRecords + "   www: {policy: subnet, default: none, targets: [{subnets: [@@10.0.0.0/33], address: 192.0.2.1}]}\n", "no network"},
    {"bad-value", kGeo + kRecords + "   www: {policy: geoproximity, targets: [{address: 192.0.2.1, location: {lat: @@north, lon: 5}}]}\n", "degrees"},
    {"out-of-range", kGeo + kRecords + "   www: {policy: geoproximity, targets: [{address: 192.0.2.1, location: {lat: @@91, lon: 5}}]}\n", "-90 and 90"},
    {"out-of-range", kGeo + kRecords + "   www: {policy: geoproximity, targets: [{address: 192.0.2.1, location: {lat: 1, lon: 5}, bias: @@100}]}\n", "-99 and 99"},
    {"unknown-word", kRecords + "   www: {policy: weighted, targets: [192.0.2.1], affinity: @@clients}\n", "none"},
    {"unknown-word", kRecords + "   www: {policy: weighted, targets: [192.0.2.1], affinity: {by: @@resolver}}\n", "client"},
    {"superfluous-key", kRecords + "   www: {policy: failover, targets: [192.0.2.1], @@affinity: {by: client}}\n", "weighted"},
    {"geoip-missing", kRecords + "   www: {policy: @@geoproximity, targets: [{location: {lat: 1, lon: 2}, address: 192.0.2.1}]}\n", "geoip.databases"},
    {"bad-value", with_check("{type: tcp, port: 25, expect: @@'220 mail', max_body: 5}"), "longer than max_body"},
    {"wrong-type", with_check("{type: tcp, port: 25, expect: @@220}"), "\"220\" in quotes"},
    {"superfluous-key", "zones: {example.com: {overlay: true, @@ns: [ns.example.net.]}}\n", "another backend"},
    {"apex-record", "zones: {example.com: {overlay: true, records: {@@'@': {TXT: a}}}}\n", "one backend"},
    {"superfluous-key", "zones: {example.com: {overlay: true, @@dnssec: true}}\n", "another backend"},
    {"superfluous-key", with_check("{type: tls, @@host: www.example.com}"), "http, https"},
    {"superfluous-key", with_check("{type: tcp, port: 25, @@min_days_left: 5}"), "https, tls"},
    {"out-of-range", with_check("{type: tls, min_days_left: @@0}"), "between 1 and 3650"},
    {"bad-value", with_check("{type: http, body_regex: @@'ok|[a-'}"), "missing ]: [a-, at character 4"},
    {"bad-value", with_check("{type: http, method: HEAD, body_regex: @@ok}"), "no body"},
    {"superfluous-key", with_check("{type: tcp, port: 25, @@follow_redirects: true}"), "http, https"},
    {"missing-key", with_check("@@{type: exec}"), "command"},
    {"bad-value", with_check("{type: exec, command: [/bin/true, @@\"a\\0b\"]}"), "byte 0"},
    {"program", with_check("{type: exec, command: [@@/nonexistent/plugin]}"), "whole path"},
    {"program", with_check("{type: exec, command: [@@'/bin/echo hello']}"), "further items"},
    {"superfluous-key", with_check("{type: icmp, @@port: 7}"), "tcp"},
    {"missing-key", with_check("@@{type: calculated}"), "children"},
    {"empty-list", with_check("{type: calculated, children: @@[]}"), ""},
    {"undefined-health-check", with_check("{type: calculated, children: [@@wbe]}"), "wbe"},
    {"reference-loop", "health_checks: {@@web: {type: calculated, children: [db]}, db: {type: calculated, children: [web]}}\n" + kUsesWeb, "web -> db -> web"},
    {"reference-loop", "health_checks: {@@web: {type: calculated, children: [web]}}\n" + kUsesWeb, "web -> web"},
    {"too-deep", deep_checks(), "16 deep"},
    {"bad-value", "health_checks: {db: {type: icmp}, web: {type: calculated, children: [db, @@db]}}\n" + kUsesWeb, "twice"},
    {"superfluous-key", with_check("{type: http, @@children: [web]}"), "calculated"},
    {"superfluous-key", "health_checks: {db: {type: icmp}, web: {type: calculated, children: [db], @@interval: 5s}}\n" + kUsesWeb, "icmp"},
    {"out-of-range", "health_checks: {db: {type: icmp}, web: {type: calculated, children: [db], at_least: @@-1}}\n" + kUsesWeb, "0 and 1024"},
    {"unknown-word", with_check("{type: icmp, insufficient_data: @@down}"), "last_known, healthy, unhealthy"},
    {"bad-value", with_check("{type: icmp, check_target: @@192.0.2.300}"), "no host name"},
    {"bad-value", with_check("{type: icmp, check_target: @@'db example'}"), "no host name"},
    {"bad-value", with_check("{type: icmp, check_target: @@'*.example.net'}"), "no host name"},
    {"bad-value", with_check("{type: prometheus, url: @@'http://192.0.2.300', query: up, healthy_when: '> 0'}"), "no host name"},
    {"bad-value", "resolver: {servers: [@@localhost]}\n" + kZone, "192.0.2.53"},
    {"bad-value", "resolver: {servers: [@@'192.0.2.53:99999']}\n" + kZone, "192.0.2.53"},
    {"bad-value", "resolver: {servers: [@@'[192.0.2.53]:53']}\n" + kZone, "192.0.2.53"},
    {"out-of-range", "resolver: {servers: [192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, @@192.0.2.1]}\n" + kZone, "8 servers"},
    {"missing-key", "health_checks: {@@web: {type: heartbeat}}\n" + kUsesWeb, "admin: {}"},
    {"out-of-range", "admin: {}\n" + with_check("{type: heartbeat, ttl: @@500ms}"), "1s"},
    {"token-file", "admin: {}\n" + with_check("{type: heartbeat, token_file: @@/nonexistent}"), "is not a file"},
    {"superfluous-key", "admin: {}\n" + with_check("{type: heartbeat, @@interval: 5s}"), "prometheus"},
    {"superfluous-key", "admin: {}\n" + with_check("{type: heartbeat, @@check_target: 192.0.2.9}"), "calculated"},
    {"missing-key", with_check("@@{type: prometheus, query: up, healthy_when: '> 0'}"), "url"},
    {"missing-key", with_check("@@{type: prometheus, url: 'http://192.0.2.9', healthy_when: '> 0'}"), "query"},
    {"missing-key", with_check("@@{type: prometheus, url: 'http://192.0.2.9', query: up}"), "healthy_when"},
    {"bad-value", with_check("{type: prometheus, url: @@192.0.2.9:9090, query: up, healthy_when: '> 0'}"), "http://"},
    {"bad-value", with_check("{type: prometheus, url: @@'http://192.0.2.9/?a=b', query: up, healthy_when: '> 0'}"), "http://"},
    {"bad-value", with_check("{type: prometheus, url: @@'http://192.0.2.9:0', query: up, healthy_when: '> 0'}"), "http://"},
    {"bad-value", with_check("{type: prometheus, url: 'http://192.0.2.9', query: up, healthy_when: @@'above 0'}"), "comparison"},
    {"out-of-range", with_check("{type: prometheus, url: 'http://192.0.2.9', query: @@'', healthy_when: '> 0'}"), "4096"},
    {"superfluous-key", with_check("{type: prometheus, url: 'http://192.0.2.9', @@query: up, healthy_when: alert Slow not firing}"), "alert's name"},
    {"superfluous-key", with_check("{type: http, @@url: 'http://192.0.2.9'}"), "prometheus"},
    {"superfluous-selector", kRecords + "   www: {policy: failover, targets: [{address: 192.0.2.1, @@weight: 5}]}\n", "weighted"},
    {"shadowed-target", kGeo + kRecords + "   www: {policy: geolocation, default: none, targets: [{geos: [EU], address: 192.0.2.1}, {geos: [@@EU], address: 192.0.2.2}]}\n", "targets[0]"},
    {"fail-up-at-root", kRecords + "   www: {policy: failover, targets: [192.0.2.1], on_all_unhealthy: @@fail_up}\n", ""},
    {"dnssec-empty-answer", kGeo + kSigned + "   @@www: {policy: geolocation, default: none, targets: [{geos: [EU], address: 192.0.2.1}]}\n", "www.example.com. has no default with A" },
    {"dnssec-empty-answer", kGeo + kSigned + "   @@www: {policy: geolocation, default: 192.0.2.1, targets: [{geos: [EU], address: '2001:db8::1'}]}\n", "no default with AAAA" },
    {"dnssec-empty-answer", kGeo + kSigned + "   @@www: {policy: geolocation, strict: true, default: {pool: both}, targets: [{geos: [EU], pool: both}, {geos: [AS], address: 192.0.2.9}]}\npools: {both: {endpoints: [{address: [192.0.2.1, '2001:db8::1']}]}}\n", "is strict" },
    {"dnssec-empty-answer", kGeo + kSigned + "   @@www: {policy: geolocation, default: none, targets: [{geos: [EU], cname: a.example.net.}]}\n", "no default with A" },
    {"dnssec-empty-answer", kGeo + kSigned + "   @@www: {policy: geolocation, default: {cname: a.example.net.}, targets: [{geos: [EU], pool: both}, {geos: [AS], address: 192.0.2.9}]}\npools: {both: {endpoints: [{address: [192.0.2.1, '2001:db8::1']}]}}\n", "no default with AAAA" },
    {"strict-leaves", kGeo + "policies: {eu: {policy: geolocation, strict: true, default: none, targets: [{geos: [EU], use: de}]}, de: {policy: failover, health_check: web, targets: [192.0.2.2, {cname: a.example.net.}]}}\n" + kWeb + kRecords + "   www: {policy: geolocation, default: '2001:db8::1', targets: [@@{geos: [EU], use: eu}]}\n", "no IPv6 address"},
    {"strict-leaves", kGeo + kRecords + "   www: {policy: geolocation, strict: true, default: 192.0.2.1, targets: [{geos: [EU], address: 192.0.2.2}], on_all_unhealthy: @@{use: x}}\npools: {x: {endpoints: [192.0.2.3]}}\n", "uses pool x"},
    {"strict-leaves", kGeo + "policies: {eu: {policy: geolocation, strict: true, default: none, targets: [{geos: [EU], address: 192.0.2.2}], on_all_unhealthy: @@fail_up}}\n" + kRecords + "   www: {policy: geolocation, default: none, targets: [{geos: [EU], use: eu}]}\n", "fail_up"},
    {"strict-leaves", kGeo + "pools: {x: {endpoints: [192.0.2.3]}}\npolicies: {eu: {policy: failover, targets: [192.0.2.2], on_all_unhealthy: {use: x}}}\n" + kRecords + "   www: {policy: geolocation, strict: true, default: none, targets: [@@{geos: [EU], use: eu}]}\n", "192.0.2.3 from outside"},
    {"strict-leaves", kGeo + "policies: {eu: {policy: geolocation, strict: true, default: none, targets: [{geos: [EU], address: 192.0.2.2}]}}\n" + kRecords + "   www: {policy: failover, targets: [@@{use: eu}]}\n", "policy failover above policy eu does not"},
    {"strict-leaves", kGeo + "policies: {eu: {policy: geolocation, strict: true, default: none, targets: [{geos: [EU], address: 192.0.2.2}]}}\n" + kRecords + "   www: {policy: geolocation, default: '2001:db8::1', targets: [@@{geos: [EU], use: eu}]}\n", "no IPv6 address"},
    {"superfluous-key", kRecords + "   www: {policy: weighted, targets: [192.0.2.1], @@failback: manual}\n", "failover"},
    {"superfluous-key", kGeo + kRecords + "   www: {policy: geoproximity, targets: [{address: 192.0.2.1, location: {lat: 1, lon: 5}}], @@strict: true}\n", "geolocation"},
    {"unknown-word", kRecords + "   www: {policy: failover, targets: [192.0.2.1], failback: @@manuel}\n", "did you mean \"manual\"?"},
    {"missing-key", kRecords + "   www: {policy: failover, targets: [192.0.2.1], failback: @@{}}\n", "after"},
    {"out-of-range", kRecords + "   www: {policy: failover, targets: [192.0.2.1], failback: {after: @@500ms}}\n", "1s"},
    {"unknown-word", kRecords + "   www: {policy: subnet, default: none, targets: [{subnets: [10.0.0.0/8], address: 192.0.2.1}], ecs: @@off}\n", "ignore"},
    {"superfluous-key", kRecords + "   www: {ttl: @@{max: 60, min: 30}, TXT: a}\n", "one ttl"},
    {"out-of-range", kRecords + "   www: {ttl: @@{max: 60, min: 61}, policy: failover, targets: [192.0.2.1]}\n", "min is more than max"},
    {"missing-key", kRecords + "   www: {ttl: @@{max: 60}, policy: failover, targets: [192.0.2.1]}\n", "min"},
    {"low-ttl", kRecords + "   www: {ttl: @@{max: 60, min: 5}, policy: failover, targets: [192.0.2.1]}\n", "every 5 s"},
    {"too-deep", deep_policies(), "16 deep"},
    {"too-large", many_targets(), "1025"},
    {"timeout-above-interval", "health_checks: {web: {type: http, timeout: @@5s, interval: 2s}}\n" + kRecords + "   www: {policy: failover, health_check: web, targets: [192.0.2.1]}\n", ""},
    {"ca-file", "health_checks: {web: {type: https, ca_file: @@/nonexistent/ca.pem}}\n" + kRecords + "   www: {policy: failover, health_check: web, targets: [192.0.2.1]}\n", ""},
    {"geoip-missing", kRecords + "   www: {policy: @@geolocation, default: none, targets: [{geos: [EU], address: 192.0.2.1}]}\n", "geoip.databases"},
    {"geoip-open", "geoip: {databases: [@@/nonexistent/x.mmdb]}\n" + kZone, "/nonexistent/x.mmdb"},
    {"geoip-missing", kTable + kRecords + "   www: {policy: @@latency, targets: [{region: eu, location: {lat: 1, lon: 2}, address: 192.0.2.1}]}\n", "geoip.databases"},
    {"latency-missing", kRecords + "   www: {policy: @@latency, targets: [{region: eu, address: 192.0.2.1}]}\n", "latency.table"},
    {"latency-table", "latency: {table: @@/nonexistent/latency.csv}\n" + kZone, "/nonexistent/latency.csv cannot be read: No such file"},
    {"latency-table", "latency: {table:  @@FILE}\n" + kZone, "has no row", "network,region,ms\n"},
    {"latency-table", "latency: {table: FILE}\n" + kZone, "has bits beyond its length; write 192.0.2.0/24", "192.0.2.0/24,eu,5\n@@192.0.2.1/24,us,5\n"},
    {"missing-key", "latency: @@{hysteresis: 5%}\n" + kZone, "table"},
    {"out-of-range", "latency: {hysteresis: @@101%, table: " FAIRLEAD_LATENCY_CSV "}\n" + kZone, "between 0 and 100"},
    {"missing-selector", kTable + kRecords + "   www: {policy: latency, targets: [@@{address: 192.0.2.1}]}\n", "region: eu"},
    {"missing-selector", kTable + kRecords + "   www: {policy: latency, targets: [@@192.0.2.1]}\n", "{region: ..., address: 192.0.2.1}"},
    {"undefined-region", kTable + kRecords + "   www: {policy: latency, targets: [{region: @@uss, address: 192.0.2.1}]}\n", "did you mean \"us\"?"},
    {"undefined-region", kTable + kRecords + "   www: {policy: latency, targets: [{region: @@antarctica, address: 192.0.2.1}]}\n", "no row for region \"antarctica\"; its regions: eu, us, ap"},
    {"superfluous-selector", kRecords + "   www: {policy: failover, targets: [{@@region: eu, address: 192.0.2.1}]}\n", "only under latency"},
    {"superfluous-selector", kTable + kRecords + "   www: {policy: latency, targets: [{region: eu, @@bias: 5, address: 192.0.2.1}]}\n", "only under geoproximity"},
    {"in-child-zone", kRecords + "   www.sub: {@@TXT: a}\n" + kChild, "zone sub.example.com. at config.yaml:6:2"},
    {"in-child-zone", kRecords + "   sub: {NS: ns.example.net., @@TXT: a}\n" + kChild, ""},
    {"in-child-zone", kRecords + "   sub: {NS: ns.example.net.}\n   ns.sub: {@@A: 192.0.2.1}\n" + kChild, ""},
    {"in-child-zone", kRecords + "   @@'*.sub': {policy: simple, targets: [192.0.2.1]}\n" + kChild, ""},
    {"in-child-zone", kRecords + "   sub: {NS: a.sub.example.com.}\n   a.sub: {A: 192.0.2.1}\n   b.sub: {@@NS: a.sub.example.com.}\n" + kChild + " b.sub.example.com: {ns: [ns.example.net.]}\n", "zone sub.example.com."},
    {"in-child-zone", kFile + kChild, "zone sub.example.com. at config.yaml:3:2", kApex + "@@www.sub 60 TXT a\n"},
    {"outside-zone", kRecords + "   @@www.example.net.: {TXT: a}\n", ""},
    {"duplicate-name", kRecords + "   www: {TXT: a}\n   @@WWW: {TXT: a}\n", "5:4"},
    {"empty-record", kRecords + "   @@www: {ttl: 60}\n", ""},
    {"static-and-steered", kRecords + "   www: {policy: failover, targets: [192.0.2.1], @@A: 192.0.2.2}\n", ""},
    {"cname-not-alone", kRecords + "   www: {TXT: a, @@CNAME: www.example.net.}\n", ""},
    {"cname-at-apex", kRecords + "   '@': {@@CNAME: www.example.net.}\n", ""},
    {"apex-record", kRecords + "   '@': {@@NS: ns.example.net.}\n", "under ns"},
    {"bad-rdata", kRecords + "   www: {A: @@192.0.2.256}\n", "192.0.2.256"},
    {"ambiguous-name", kRecords + "   www: {MX: @@'10 mail.example.com'}\n", "final dot"},
    {"ambiguous-name", "zones: {example.com: { ns:  [@@ns.example.net]}}\n", "ns.example.net."},
    {"generated-type", kRecords + "   www: {@@NSEC: a}\n", ""},
    {"duplicate-record", kRecords + "   www: {A: [192.0.2.1, @@192.0.2.1]}\n", ""},
    {"unused-health-check", "health_checks: {@@web: {type: http}}\n" + kZone, ""},
    {"unused-pool", "pools: {@@eu: {endpoints: [192.0.2.1]}}\n" + kZone, ""},
    {"unused-policy", "policies: {@@eu: {policy: failover, targets: [192.0.2.1]}}\n" + kZone, ""},
    {"unused-region", "regions: {@@apac: [AS]}\n" + kZone, ""},
    {"low-ttl", kRecords + "   www: {ttl: @@0, policy: failover, targets: [192.0.2.1]}\n", "30 s"},
    {"high-ttl", kWeb + kRecords + "   www: {ttl: @@10m, policy: failover, health_check: web, targets: [192.0.2.1]}\n", "600 s"},
    {"high-ttl", kWeb + "defaults: {ttl: @@301}\n" + kRecords + "   a: &a {policy: failover, health_check: web, targets: [192.0.2.1]}\n   b: *a\n", "301 s"},
    {"endpoint-without-check", kRecords + "   www: {policy: failover, targets: [@@192.0.2.1, 192.0.2.2]}\n", ""},
    {"endpoint-without-check", kWeb + "policies: {eu: {policy: failover, health_check: web, targets: [192.0.2.1], on_all_unhealthy: serve_all}}\n" + kRecords + "   www: {policy: failover, health_check: web, targets: [@@{use: eu}, 192.0.2.2]}\n", "deals with its failure"},
    {"no-answer-reachable", kWeb + kRecords + "   www: {policy: failover, health_check: web, targets: [192.0.2.1], on_all_unhealthy: @@no_answer}\n", ""},
    {"answer-too-large", large_endpoint(), "1232"},
    {"same-address", kRecords + "   www: {policy: weighted, targets: [192.0.2.1, @@192.0.2.1]}\n", ""},
    {"min-healthy-above-size", kRecords + "   www: {policy: weighted, targets: [192.0.2.1], min_healthy: @@2}\n", ""},
    {"cannot-read", "zones: {example.com: {file:  @@/nonexistent/zone}}\n", "No such file"},
    {"cannot-read", "zones: {example.com: {ns: [ns.example.net.], file:  @@FILE}}\n", "no record", "; nothing\n"},
    {"missing-key", "zones: {example.com:  @@{file: FILE}}\n", "name servers", "www 60 A 192.0.2.1\n"},
    {"zone-file-syntax", kFile, "not closed", kApex + "@@www TXT (\n \"a\"\n"},
    {"zone-file-directive", kFile, "$INCLUDE", kApex + "@@$INCLUDE other.zone\n"},
    {"zone-file-limit", "zones: {example.com: {file:  @@FILE}}\n", "64 MiB", kApex, (1U << 26U) + 1},
    {"zone-file-conflict", kFileRecords + "   www: {@@MX: '10 a.example.net.'}\n", ":3 too", kApex + "www 60 MX 10 b.example.net.\n"},
    {"zone-file-conflict", "zones:\n example.com:\n  file: FILE\n  @@ns: [ns.example.net.]\n", ":2;", kApex},
    {"zone-file-conflict", "zones:\n example.com:\n  file: FILE\n  @@soa: {minimum: 5}\n", ":1;", kApex},
    {"static-and-steered", kFileRecords + "   @@www: {policy: failover, targets: [192.0.2.1]}\n", ":3; put", kApex + "www 60 AAAA 2001:db8::1\n"},
    {"cname-not-alone", kFileRecords + "   @@www: {policy: failover, targets: [192.0.2.1]}\n", ":3", kApex + "www 60 CNAME www.example.net.\n"},
    {"cname-not-alone", kFileRecords + "   @@www: {TXT: a}\n", ":3", kApex + "www 60 CNAME www.example.net.\n"},
    {"cname-not-alone", kFileRecords + "   www: {@@CNAME: www.example.net.}\n", ":3", kApex + "www 60 TXT a\n"},
    {"signed-zone-file", kFile, "2 records", kApex + "@@@ 60 DNSKEY 257 3 8 AQID\nwww 60 NSEC example.com. A\n"},
    {"mixed-ttls", kFile, "lowest", kApex + "www 60 A 192.0.2.1\n@@www 30 A 192.0.2.2\n"},
    {"ns-without-address", kFile, "ns.example.com.", kApex + "@@@ 60 NS ns\n"},
    {"ns-without-address", "zones: {example.com: { ns:  [@@ns.example.com.]}}\n", ""},
};
// clang-format on

TEST_CASE("each rule is found where it is broken, and nothing else is", "[config][rules]") {
    auto c = GENERATE(from_range(kCases));
    const bool is_in_zone_file = c.zone_file.find("@@") != std::string::npos;
    const auto position = take_mark(is_in_zone_file ? c.zone_file : c.yaml);
    CAPTURE(c.rule, c.yaml, c.zone_file);
    const Folder folder;
    const auto zone_file = folder.write("zone", c.zone_file).string();
    if (c.bytes > 0) std::filesystem::resize_file(zone_file, c.bytes);
    if (const auto at = c.yaml.find("FILE"); at != std::string::npos) {
        c.yaml.replace(at, 4, zone_file);
    }
    const auto result = load_text(c.yaml);
    std::string found;
    for (const auto& finding : result.diagnostics)
        found += finding.to_string() + "\n";
    CAPTURE(found);
    REQUIRE(result.diagnostics.size() == 1);
    const auto& finding = result.diagnostics.front();
    CHECK(finding.rule == c.rule);
    CHECK(finding.file == (is_in_zone_file ? zone_file : "config.yaml"));
    CHECK(std::to_string(finding.line) + ":" + std::to_string(finding.column) == position);
    CHECK(finding.message.find(c.message_part) != std::string::npos);
    CHECK(result.loaded.has_value() == (finding.severity == Severity::warning));
}

TEST_CASE("every rule has a case and stands in the manual", "[config][rules]") {
    std::set<std::string> in_cases;
    for (const auto& c : kCases)
        in_cases.insert(c.rule);
    std::ostringstream manual;
    manual << std::ifstream(FAIRLEAD_SOURCE_DIR "/docs/configuration.md").rdbuf();
    int number = 0;
    for (const auto& rule : rules()) {
        CAPTURE(rule.id);
        CHECK(static_cast<int>(rule.rule) == number++);
        CHECK(in_cases.contains(std::string(rule.id)));
        CHECK(manual.str().find("| `" + std::string(rule.id) + "` |") != std::string::npos);
    }
}

}  // namespace
}  // namespace fairlead::config
