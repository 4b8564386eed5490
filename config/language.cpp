// SPDX-License-Identifier: Apache-2.0
#include "config/language.h"

#include <algorithm>
#include <array>

#include "config/values.h"
#include "policy/tree.h"

namespace fairlead::config {
namespace {

constexpr std::int64_t kDay = 86'400'000;  // milliseconds
constexpr std::int64_t kAnswersMax = policy::kAnswersMax;

// Listed once: the words of several keys.
constexpr std::string_view kUnhealthyWords = "serve_all fail_up no_answer";
constexpr std::string_view kUnhealthyMeaning =
    "what a node answers when too few of its targets are healthy: `serve_all` = as if all were "
    "healthy, `fail_up` = the parent chooses again, `no_answer` = nothing, `{use: NAME}` = that "
    "pool or policy";
constexpr std::string_view kHttp = "http https";
constexpr std::string_view kHeaders = "http https prometheus";
constexpr std::string_view kTls = "https tls";
constexpr std::string_view kVerified = "https tls prometheus";
constexpr std::string_view kProbed = "http https tcp tls icmp exec prometheus";
constexpr std::string_view kTargeted = "http https tcp tls icmp exec calculated";
constexpr std::string_view kHealthPolicies = "failover weighted multivalue";
constexpr std::string_view kClientPolicies = "geolocation geoproximity latency subnet";
constexpr std::string_view kHealthyPolicies =
    "failover weighted multivalue geolocation geoproximity latency subnet";
constexpr std::string_view kAffinityMeaning =
    "a client keeps its target as long as that is healthy, and neighbours share it: {by: client}; "
    "`none` = a draw for each query";

constexpr auto kTop = std::to_array<Key>({
    {.name = "server", .type = Type::mapping, .meaning = "the process", .level = Level::server},
    {.name = "admin",
     .type = Type::mapping,
     .meaning = "the HTTP interface for operators; without this section there is none, and "
                "`admin: {}` is enough for one",
     .level = Level::admin},
    {.name = "geoip", .type = Type::mapping, .meaning = "where clients are", .level = Level::geoip},
    {.name = "latency",
     .type = Type::mapping,
     .meaning = "how far clients are from regions, as measured",
     .level = Level::latency},
    {.name = "resolver",
     .type = Type::mapping,
     .meaning = "who is asked what host names resolve to",
     .level = Level::resolver},
    {.name = "regions",
     .type = Type::geo,
     .arity = Arity::named_lists,
     .meaning = "lists of places, usable wherever a geo code is: `apac: [AS, OC]`"},
    {.name = "defaults",
     .type = Type::mapping,
     .meaning = "what holds where nothing else is said",
     .level = Level::defaults},
    {.name = "health_checks",
     .type = Type::mapping,
     .arity = Arity::named,
     .meaning = "how endpoints are probed",
     .level = Level::health_check},
    {.name = "pools",
     .type = Type::mapping,
     .arity = Arity::named,
     .meaning = "named groups of endpoints",
     .level = Level::pool},
    {.name = "policies",
     .type = Type::mapping,
     .arity = Arity::named,
     .meaning = "named nodes, for `use`",
     .level = Level::node},
    {.name = "zones",
     .type = Type::mapping,
     .arity = Arity::named,
     .meaning = "what is answered",
     .level = Level::zone,
     .required = true},
    {.name = "alerts",
     .type = Type::mapping,
     .meaning = "who is told about what",
     .level = Level::alerts},
    {.name = "log",
     .type = Type::mapping,
     .meaning = "what is written to standard error, and how",
     .level = Level::log},
});

constexpr auto kServer = std::to_array<Key>({
    {.name = "socket",
     .type = Type::path,
     .fallback = "/run/fairlead/pdns.sock",
     .meaning =
         "the unix socket that PowerDNS's remote backend connects to. A relative path starts "
         "at the configuration's directory, here as everywhere"},
    {.name = "socket_group", .meaning = "the group that owns the socket, PowerDNS's"},
    {.name = "socket_mode",
     .type = Type::mode,
     .fallback = "0660",
     .meaning = "permission bits of the socket, octal"},
    {.name = "workers",
     .type = Type::integer,
     .fallback = "1",
     .meaning = "threads that answer queries",
     .min = 1,
     .max = 256},
    {.name = "max_probes",
     .type = Type::integer,
     .meaning =
         "health check probes in flight at once; each is an open file. Without it 16384, and "
         "in any case no more than half of the files that may be open",
     .min = 1,
     .max = 1'000'000},
    {.name = "reload",
     .type = Type::word,
     .words = "signal watch",
     .fallback = "signal",
     .meaning = "when a changed configuration is taken up: on SIGHUP, or `watch` = also as soon as "
                "its files have changed"},
    {.name = "state_dir",
     .type = Type::path,
     .words = "none",
     .fallback = "/var/lib/fairlead",
     .meaning = "directory for verdicts, events, serials, and the keys of DNSSEC and TSIG; `none` "
                "= nothing is kept"},
    {.name = "pdns_control",
     .type = Type::path,
     .arity = Arity::one_or_list,
     .meaning =
         "the control socket of each PowerDNS that asks here: its caches may then keep what is "
         "the same for everybody, and are purged when that changes"},
    {.name = "pdns_api",
     .type = Type::mapping,
     .arity = Arity::one_or_list,
     .meaning = "the HTTP API of each PowerDNS whose control socket is out of reach, for the same",
     .level = Level::pdns_api},
});

constexpr auto kAdmin = std::to_array<Key>({
    {.name = "listen",
     .fallback = "127.0.0.1:8080",
     .meaning = "ADDRESS:PORT, or `unix:PATH`. Everything but health and metrics is decided here, "
                "so an address that others can reach needs a `token_file`"},
    {.name = "socket_group",
     .meaning = "of `unix:PATH`: the group that may connect; without it only fairlead's own user"},
    {.name = "token_file",
     .type = Type::path,
     .meaning =
         "a line each: NAME TOKEN. Each request but `/livez` and `/readyz` then needs one of "
         "them; NAME is who did it, in logs. Others must not be able to read the file"},
});

constexpr auto kGeoip = std::to_array<Key>({
    {.name = "databases",
     .type = Type::path,
     .arity = Arity::list,
     .meaning = "MMDB files (country, city, ASN in any combination); the first that knows a field "
                "wins"},
    {.name = "reload",
     .type = Type::word,
     .words = "signal watch",
     .fallback = "watch",
     .meaning =
         "when replaced databases are taken up: on SIGHUP, or `watch` = also as soon as they "
         "have been replaced"},
});

constexpr auto kLatency = std::to_array<Key>({
    {.name = "table",
     .type = Type::path,
     .meaning =
         "CSV file of rows `network,region,ms`, such as `198.51.100.0/24,eu,23.4`; `#` starts "
         "a comment. For a client the row of a region is that of the smallest network "
         "around it that has one",
     .required = true},
    {.name = "hysteresis",
     .type = Type::percent,
     .fallback = "10%",
     .meaning =
         "when a new table is loaded, a row keeps its value in use unless the new one differs "
         "by more than this share of it, so that near ties do not flap",
     .max = 100},
    {.name = "reload",
     .type = Type::word,
     .words = "signal watch",
     .fallback = "watch",
     .meaning = "when a replaced table is taken up: on SIGHUP, or `watch` = also as soon as it has "
                "been replaced"},
});

constexpr auto kResolver = std::to_array<Key>({
    {.name = "servers",
     .arity = Arity::list,
     .meaning = "addresses of resolvers, with a port where it is not 53: `192.0.2.53`, "
                "`\"[2001:db8::53]:5353\"`; without it those of /etc/resolv.conf"},
});

constexpr auto kDefaults = std::to_array<Key>({
    {.name = "ttl",
     .type = Type::seconds,
     .fallback = "60",
     .meaning = "TTL of the records that have none of their own",
     .max = kTtlMax},
    {.name = "max_answers",
     .type = Type::integer,
     .fallback = "8",
     .meaning = "`max_answers` of policy multivalue",
     .min = 1,
     .max = kAnswersMax},
    {.name = "health_check",
     .type = Type::health_check,
     .words = "none",
     .fallback = "none",
     .meaning = "check of the endpoints that no node or pool gives one"},
    {.name = "on_all_unhealthy",
     .type = Type::mapping,
     .words = "serve_all no_answer",
     .fallback = "serve_all",
     .meaning = "`on_all_unhealthy` of the records' own nodes; nodes below them fail up",
     .level = Level::fallback},
});

constexpr auto kHealthCheck = std::to_array<Key>({
    {.name = "type",
     .type = Type::word,
     .words = "http https tcp tls icmp exec prometheus heartbeat calculated",
     .meaning = "what a probe does",
     .required = true},
    {.name = "port",
     .type = Type::integer,
     .only_for = "http https tcp tls exec",
     .meaning = "80 for http, 443 for https and tls, required for tcp; exec passes it on",
     .min = 1,
     .max = 65535},
    {.name = "interval",
     .type = Type::duration,
     .fallback = "10s",
     .only_for = kProbed,
     .meaning = "from the start of one probe to the start of the next",
     .min = 100,
     .max = kDay},
    {.name = "timeout",
     .type = Type::duration,
     .fallback = "4s",
     .only_for = kProbed,
     .meaning = "for the whole probe: connect, TLS, request, reply; at most `interval`",
     .min = 10,
     .max = kDay},
    {.name = "fall",
     .type = Type::integer,
     .fallback = "3",
     .only_for = kProbed,
     .meaning = "failures that make a healthy target unhealthy",
     .min = 1,
     .max = 1000},
    {.name = "rise",
     .type = Type::integer,
     .fallback = "3",
     .only_for = kProbed,
     .meaning = "successes that make an unhealthy target healthy",
     .min = 1,
     .max = 1000},
    {.name = "fast_interval",
     .type = Type::duration,
     .fallback = "1s",
     .only_for = kProbed,
     .meaning = "replaces `interval` while the results disagree with the verdict",
     .min = 100,
     .max = kDay},
    {.name = "jitter",
     .type = Type::percent,
     .fallback = "10%",
     .only_for = kProbed,
     .meaning = "each wait differs at random by up to this share",
     .max = 50},
    {.name = "counting",
     .type = Type::word,
     .words = "consecutive cumulative",
     .fallback = "consecutive",
     .only_for = kProbed,
     .meaning =
         "`consecutive` = one result of the other kind starts the count anew; `cumulative` = "
         "while up, failures add up until `rise` successes in a row"},
    {.name = "invert",
     .type = Type::boolean,
     .fallback = "false",
     .meaning = "healthy means unhealthy and the reverse"},
    {.name = "enabled",
     .type = Type::boolean,
     .fallback = "true",
     .meaning = "false = no probes, always healthy (then `invert` applies)"},
    {.name = "insufficient_data",
     .type = Type::word,
     .words = "last_known healthy unhealthy",
     .fallback = "last_known",
     .only_for = kProbed,
     .meaning =
         "what counts when this machine could not probe `fall` times in a row, or never yet"},
    {.name = "check_target",
     .type = Type::address_or_host,
     .only_for = kTargeted,
     .meaning = "probe this address, or what this name resolves to, whatever the endpoint's is"},
    {.name = "children",
     .type = Type::health_check,
     .arity = Arity::list,
     .only_for = "calculated",
     .meaning = "the checks that count, each of the endpoint's address or its own `check_target`"},
    {.name = "at_least",
     .type = Type::integer,
     .only_for = "calculated",
     .meaning = "how many of them must be healthy; without it all. 0 = always healthy, more than "
                "there are = always unhealthy",
     .max = 1024},
    {.name = "method",
     .type = Type::word,
     .words = "GET HEAD POST PUT OPTIONS",
     .fallback = "GET",
     .only_for = kHttp,
     .meaning = "of the request"},
    {.name = "path",
     .fallback = "/",
     .only_for = kHttp,
     .meaning = "of the request, query included"},
    {.name = "host",
     .only_for = kHttp,
     .meaning = "the Host header; without it the target's address"},
    {.name = "headers",
     .arity = Arity::named,
     .only_for = kHeaders,
     .meaning = "more headers of the request"},
    {.name = "body_contains",
     .only_for = kHttp,
     .meaning = "text that must stand in the first `max_body` bytes of the reply; case matters"},
    {.name = "body_regex",
     .only_for = kHttp,
     .meaning = "pattern (RE2) that must match in the first `max_body` bytes, in single quotes: "
                "`'\"status\": *\"(ok|degraded)\"'`"},
    {.name = "follow_redirects",
     .type = Type::boolean,
     .fallback = "false",
     .only_for = kHttp,
     .meaning = "go where 301, 302, 303, 307 and 308 point, up to 5 times, on the same target"},
    {.name = "keep_alive",
     .type = Type::boolean,
     .fallback = "false",
     .only_for = kHttp,
     .meaning = "let one connection serve the probes of 10 minutes"},
    {.name = "status",
     .type = Type::status,
     .arity = Arity::one_or_list,
     .fallback = "200-399",
     .only_for = kHttp,
     .meaning = "statuses that are healthy, single ones or ranges"},
    {.name = "max_body",
     .type = Type::integer,
     .fallback = "5120",
     .only_for = "http https tcp",
     .meaning = "bytes of the reply (of http: its body) that are read",
     .min = 0,
     .max = 1'048'576},
    {.name = "send",
     .only_for = "tcp",
     .meaning = "text to send after the connect, escapes in double quotes: `\"PING\\r\\n\"`"},
    {.name = "expect",
     .only_for = "tcp",
     .meaning = "text that must stand in the first `max_body` bytes of the reply; case matters"},
    {.name = "command",
     .arity = Arity::list,
     .only_for = "exec",
     .meaning = "a program and its arguments; status 0 and 1 are healthy, 2, 3 and others not"},
    {.name = "sni",
     .only_for = kTls,
     .meaning = "the server name in TLS, against which the certificate is verified; without it "
                "`host` (https), else the target's address"},
    {.name = "verify",
     .type = Type::boolean,
     .fallback = "true",
     .only_for = kVerified,
     .meaning = "whether a wrong certificate is unhealthy (prometheus: no data)"},
    {.name = "ca_file",
     .type = Type::path,
     .only_for = kVerified,
     .meaning = "PEM file of trusted certificates, in place of the system's"},
    {.name = "min_days_left",
     .type = Type::integer,
     .only_for = kTls,
     .meaning = "a certificate that expires in fewer days is unhealthy, verified or not",
     .min = 1,
     .max = 3650},
    {.name = "url",
     .only_for = "prometheus",
     .meaning = "where Prometheus is, such as `http://192.0.2.9:9090`; https and a path may be"},
    {.name = "query",
     .only_for = "prometheus",
     .meaning = "PromQL, evaluated at each probe; every series of its result counts, an empty one "
                "is no data"},
    {.name = "healthy_when",
     .only_for = "prometheus",
     .meaning = "what each value must be, with `>`, `>=`, `<`, `<=`, `==` or `!=`: `\"> 0.9\"`; or "
                "`alert NAME not firing`, without a query"},
    {.name = "ttl",
     .type = Type::duration,
     .fallback = "30s",
     .only_for = "heartbeat",
     .meaning = "a target that has not reported in for so long is unhealthy",
     .min = 1000,
     .max = kDay},
    {.name = "token_file",
     .type = Type::path,
     .only_for = "heartbeat",
     .meaning =
         "as `admin.token_file`: tokens that are good for reporting in here, and for nothing "
         "else"},
});

constexpr auto kPool = std::to_array<Key>({
    {.name = "endpoints",
     .type = Type::address_or_mapping,
     .arity = Arity::list,
     .meaning = "what the pool answers with",
     .level = Level::endpoint,
     .required = true},
    {.name = "health_check",
     .type = Type::health_check,
     .words = "none",
     .meaning = "of its endpoints"},
    {.name = "policy",
     .type = Type::word,
     .words = "simple failover weighted multivalue",
     .later_words = "geoproximity latency subnet",
     .fallback = "weighted",
     .meaning = "how it chooses among its endpoints"},
    {.name = "max_answers",
     .type = Type::integer,
     .only_for = "weighted multivalue",
     .meaning = "endpoints in one answer: 1 for weighted, `defaults.max_answers` for multivalue",
     .min = 1,
     .max = kAnswersMax},
    {.name = "min_healthy",
     .type = Type::share,
     .fallback = "1",
     .only_for = kHealthPolicies,
     .meaning = "endpoints, or the share of them, that must be healthy for the pool to be",
     .min = 1,
     .max = 1024},
    {.name = "affinity",
     .type = Type::mapping,
     .words = "none",
     .fallback = "none",
     .only_for = "weighted",
     .meaning = kAffinityMeaning,
     .level = Level::affinity},
    {.name = "state",
     .type = Type::word,
     .words = "obey up down drain",
     .fallback = "obey",
     .meaning = "of all its endpoints that have none of their own"},
    {.name = "labels", .arity = Arity::named, .meaning = "of all its endpoints"},
});

constexpr auto kEndpoint = std::to_array<Key>({
    {.name = "name",
     .meaning = "unique in the configuration; without it the first address, the alias or the "
                "CNAME's target"},
    {.name = "address",
     .type = Type::address,
     .arity = Arity::one_or_list,
     .meaning =
         "IPv4 and IPv6 addresses of one thing, checked one by one; this, `alias` or `cname`"},
    {.name = "alias",
     .meaning = "a host name: what it resolves to is answered, up to eight addresses of each "
                "type, checked one by one"},
    {.name = "cname",
     .meaning = "a domain name with its final dot: the answer is a CNAME to it, alone"},
    {.name = "weight",
     .type = Type::integer,
     .fallback = "1",
     .only_for = "weighted",
     .meaning = "share of the answers; 0 = standby, chosen when no other is healthy",
     .max = 1'000'000},
    {.name = "health_check",
     .type = Type::health_check,
     .words = "none",
     .meaning = "without it that of the nearest node or pool around it; of a `cname` only with a "
                "`check_target`"},
    {.name = "check_target",
     .type = Type::address_or_host,
     .meaning = "probe this address, or what this name resolves to, answer with the others"},
    {.name = "state",
     .type = Type::word,
     .words = "obey up down drain",
     .meaning = "`obey` its check; `up` and `down` whatever the check says; `drain` = no new "
                "answers, but not a fault; without it the pool's"},
    {.name = "labels",
     .arity = Arity::named,
     .meaning =
         "what operators tell endpoints by: `{site: fra}` for `fairlead set site=fra drain`; "
         "added to the pool's, and before them where both have one"},
    {.name = "records", .meaning = "other record types", .supported = false},
});

constexpr auto kNode = std::to_array<Key>({
    {.name = "policy",
     .type = Type::word,
     .words = "simple failover weighted multivalue geolocation geoproximity latency subnet",
     .meaning = "how it chooses among its targets",
     .required = true},
    {.name = "targets",
     .type = Type::address_or_mapping,
     .arity = Arity::list,
     .meaning = "what it chooses from; for failover in order of preference",
     .level = Level::target,
     .required = true},
    {.name = "default",
     .type = Type::address_or_mapping,
     .words = "none",
     .only_for = kClientPolicies,
     .meaning = "the target of clients that no other is for; `none` = no answer. Required, but for "
                "geoproximity and latency, which without one take the first target",
     .level = Level::target},
    {.name = "health_check",
     .type = Type::health_check,
     .words = "none",
     .only_for = kHealthyPolicies,
     .meaning = "of the endpoints written below it that have none of their own"},
    {.name = "min_healthy",
     .type = Type::share,
     .fallback = "1",
     .only_for = kHealthPolicies,
     .meaning = "targets, or the share of them, that must be healthy for the node to be",
     .min = 1,
     .max = 1024},
    {.name = "on_all_unhealthy",
     .type = Type::mapping,
     .words = kUnhealthyWords,
     .only_for = kHealthyPolicies,
     .meaning = kUnhealthyMeaning,
     .level = Level::fallback},
    {.name = "max_answers",
     .type = Type::integer,
     .only_for = "weighted multivalue",
     .meaning = "targets in one answer: 1 for weighted, `defaults.max_answers` for multivalue",
     .min = 1,
     .max = kAnswersMax},
    {.name = "failback",
     .type = Type::mapping,
     .words = "auto manual",
     .fallback = "auto",
     .only_for = "failover",
     .meaning = "when a better target takes over again: `auto` = as soon as it is healthy, "
                "`{after: 5m}` = when it has been for so long, `manual` = when an operator says so",
     .level = Level::failback},
    {.name = "strict",
     .type = Type::boolean,
     .fallback = "false",
     .only_for = "geolocation subnet",
     .meaning = "clients that a target is for never get another target's answer, not even when "
                "theirs is unhealthy: then `on_all_unhealthy`, `serve_all` or `no_answer`, holds "
                "for them"},
    {.name = "affinity",
     .type = Type::mapping,
     .words = "none",
     .fallback = "none",
     .only_for = "weighted",
     .meaning = kAffinityMeaning,
     .level = Level::affinity},
    {.name = "ecs",
     .type = Type::word,
     .words = "use ignore",
     .fallback = "use",
     .only_for = "weighted geolocation geoproximity latency subnet",
     .meaning = "`ignore` = where the resolver is counts, not the client subnet it sends along"},
});

constexpr auto kTarget = std::to_array<Key>({
    {.name = "endpoint", .type = Type::endpoint, .meaning = "an endpoint with a name, of any pool"},
    {.name = "pool", .type = Type::pool, .meaning = "a pool"},
    {.name = "use", .type = Type::policy, .meaning = "a named policy"},
    {.name = "weight",
     .type = Type::integer,
     .fallback = "1",
     .only_for = "weighted",
     .meaning = "share of the answers; 0 = standby, chosen when no other is healthy",
     .max = 1'000'000},
    {.name = "geos",
     .type = Type::geo,
     .arity = Arity::list,
     .only_for = "geolocation",
     .meaning = "continents, countries, subdivisions and regions: `[EU, NA-US, NA-CA-QC, apac]`"},
    {.name = "asns",
     .type = Type::asn,
     .arity = Arity::list,
     .only_for = "geolocation",
     .meaning = "autonomous systems: `[64496]`",
     .min = 1,
     .max = 4294967295},
    {.name = "european_union",
     .type = Type::boolean,
     .fallback = "false",
     .only_for = "geolocation",
     .meaning = "member states of the European Union"},
    {.name = "subnets",
     .type = Type::network,
     .arity = Arity::list,
     .only_for = "geolocation subnet",
     .meaning = "networks of clients, the longest match wins: `[10.0.0.0/8, \"2001:db8::/32\"]`"},
    {.name = "location",
     .type = Type::mapping,
     .only_for = "geoproximity latency",
     .meaning = "where the target is: `{lat: 50.11, lon: 8.68}`; for latency what counts for "
                "clients without a measurement",
     .level = Level::location},
    {.name = "bias",
     .type = Type::integer,
     .fallback = "0",
     .only_for = "geoproximity",
     .meaning = "makes the target nearer (50 halves the distance) or farther (-50 doubles it)",
     .min = -99,
     .max = 99},
    {.name = "region", .only_for = "latency", .meaning = "the target's region in `latency.table`"},
});

constexpr auto kRecord = std::to_array<Key>({
    {.name = "ttl",
     .type = Type::seconds_or_mapping,
     .meaning =
         "of everything at this name; without it `defaults.ttl`. `{max: 300, min: 30}` = for "
         "addresses the shorter, the less it takes to turn a verdict",
     .level = Level::ttl,
     .max = kTtlMax},
});

constexpr auto kZone = std::to_array<Key>({
    {.name = "ns",
     .type = Type::dns_name,
     .arity = Arity::list,
     .meaning = "its name servers, TTL 3600; required unless `file` has them, or for an `overlay`"},
    {.name = "soa",
     .type = Type::mapping,
     .meaning = "its SOA record, unless `file` has it",
     .level = Level::soa},
    {.name = "records",
     .type = Type::mapping,
     .arity = Arity::named,
     .meaning = "by name; `@` is the zone itself",
     .level = Level::record},
    {.name = "file",
     .type = Type::path,
     .meaning = "an RFC 1035 zone file of static records, to which `records` are added"},
    {.name = "dnssec",
     .type = Type::boolean,
     .fallback = "false",
     .meaning = "the zone is signed, or about to be: `pdnsutil secure-zone ZONE` gives it its key. "
                "See docs/powerdns.md"},
    {.name = "overlay",
     .type = Type::boolean,
     .fallback = "false",
     .meaning =
         "another backend of the same PowerDNS has this zone, with its SOA and name servers; "
         "only `records` are added to it. See docs/powerdns.md"},
});

constexpr auto kSoa = std::to_array<Key>({
    {.name = "mname", .type = Type::dns_name, .meaning = "without it the first name server"},
    {.name = "rname",
     .type = Type::dns_name,
     .meaning = "mail address as a name; without it hostmaster.ZONE"},
    {.name = "refresh",
     .type = Type::seconds,
     .fallback = "3600",
     .meaning = "how often secondaries ask",
     .min = 1,
     .max = kTtlMax},
    {.name = "retry",
     .type = Type::seconds,
     .fallback = "600",
     .meaning = "how soon they ask again after a failure",
     .min = 1,
     .max = kTtlMax},
    {.name = "expire",
     .type = Type::seconds,
     .fallback = "1209600",
     .meaning = "how long they answer without news",
     .min = 1,
     .max = kTtlMax},
    {.name = "minimum",
     .type = Type::seconds,
     .fallback = "60",
     .meaning = "how long resolvers remember that a name or type does not exist",
     .max = kTtlMax},
});

constexpr auto kFallback = std::to_array<Key>({
    {.name = "use",
     .type = Type::pool_or_policy,
     .meaning = "the pool or policy that answers instead, its health ignored",
     .required = true},
});

constexpr auto kLocation = std::to_array<Key>({
    {.name = "lat",
     .type = Type::degrees,
     .meaning = "latitude in degrees, north positive",
     .min = -90,
     .max = 90,
     .required = true},
    {.name = "lon",
     .type = Type::degrees,
     .meaning = "longitude in degrees, east positive",
     .min = -180,
     .max = 180,
     .required = true},
});

constexpr auto kAffinity = std::to_array<Key>({
    {.name = "by",
     .type = Type::word,
     .words = "client",
     .meaning = "what keeps its target",
     .required = true},
    {.name = "v4",
     .type = Type::integer,
     .fallback = "24",
     .meaning = "IPv4 clients that share this many leading bits are one",
     .min = 1,
     .max = 32},
    {.name = "v6",
     .type = Type::integer,
     .fallback = "56",
     .meaning = "IPv6 clients that share this many leading bits are one",
     .min = 1,
     .max = 128},
});

constexpr auto kFailback = std::to_array<Key>({
    {.name = "after",
     .type = Type::duration,
     .fallback = "5m",
     .meaning = "how long the better target must have been healthy without a break",
     .min = 1000,
     .max = kDay,
     .required = true},
});

constexpr auto kTtl = std::to_array<Key>({
    {.name = "max",
     .type = Type::seconds,
     .meaning = "of everything else at this name, and the most an address gets",
     .max = kTtlMax,
     .required = true},
    {.name = "min",
     .type = Type::seconds,
     .meaning = "the least an address gets: between the two, `interval` times the results that "
                "would turn the verdict, of the check nearest to it",
     .max = kTtlMax,
     .required = true},
});

constexpr std::string_view kEventWords =
    "health failover failback all_unhealthy checker reload caches override certificate "
    "query_spike";

constexpr auto kAlerts = std::to_array<Key>({
    {.name = "webhooks",
     .type = Type::mapping,
     .arity = Arity::list,
     .meaning = "addresses that messages are posted to, as JSON",
     .level = Level::webhook},
    {.name = "exec",
     .arity = Arity::list,
     .meaning = "a program and its arguments, which gets each message, as JSON, to read; no shell"},
    {.name = "events",
     .type = Type::word,
     .arity = Arity::list,
     .words = kEventWords,
     .meaning =
         "kinds of events that are told, where a webhook has none of its own; without it all"},
    {.name = "group_window",
     .type = Type::duration,
     .fallback = "30s",
     .meaning = "what happens within this time is one message",
     .min = 1000,
     .max = 600'000},
    {.name = "query_spike",
     .type = Type::mapping,
     .meaning = "when a zone is asked unusually often",
     .level = Level::query_spike},
});

constexpr auto kWebhook = std::to_array<Key>({
    {.name = "url",
     .meaning = "`https://hooks.example.com/path`; https is verified",
     .required = true},
    {.name = "headers_file",
     .type = Type::path,
     .meaning = "a line each: NAME: VALUE. Only its owner may be able to read it"},
    {.name = "ca_file",
     .type = Type::path,
     .meaning = "PEM file of trusted certificates, in place of the system's"},
    {.name = "timeout",
     .type = Type::duration,
     .fallback = "10s",
     .meaning = "of one attempt",
     .min = 100,
     .max = 60'000},
    {.name = "events",
     .type = Type::word,
     .arity = Arity::list,
     .words = kEventWords,
     .meaning = "kinds of events that are told; without it `alerts.events`"},
});

constexpr auto kQuerySpike = std::to_array<Key>({
    {.name = "factor",
     .type = Type::integer,
     .fallback = "5",
     .meaning = "how many times the usual rate is a spike",
     .min = 2,
     .max = 1000},
    {.name = "window",
     .type = Type::duration,
     .fallback = "1m",
     .meaning = "over which the rate is taken; the usual rate is that of the last 60 of them",
     .min = 10'000,
     .max = 3'600'000},
});

constexpr auto kLog = std::to_array<Key>({
    {.name = "format",
     .type = Type::word,
     .words = "text json",
     .fallback = "text",
     .meaning = "`json` = an object a line"},
    {.name = "level",
     .type = Type::word,
     .words = "debug info warning error",
     .fallback = "info",
     .meaning = "lines of this level and above; `fairlead log-level` changes it until the next "
                "reload"},
});

constexpr auto kPdnsApi = std::to_array<Key>({
    {.name = "url",
     .meaning = "`http://192.0.2.53:8081`: PowerDNS's `webserver-address` and `webserver-port`, or "
                "a proxy before them; https is verified",
     .required = true},
    {.name = "key_file",
     .type = Type::path,
     .meaning = "a line with PowerDNS's `api-key`. Others must not be able to read the file",
     .required = true},
    {.name = "ca_file",
     .type = Type::path,
     .meaning = "PEM file of trusted certificates, in place of the system's"},
});

constexpr auto kLevels = std::to_array<LevelInfo>({
    {Level::top, "configuration", "Top level", "", kTop},
    {Level::server, "server", "server", "", kServer},
    {Level::admin, "admin", "admin", "", kAdmin},
    {Level::geoip, "geoip", "geoip", "", kGeoip},
    {Level::latency, "latency", "latency", "", kLatency},
    {Level::resolver, "resolver", "resolver", "", kResolver},
    {Level::defaults, "defaults", "defaults", "", kDefaults},
    {Level::health_check, "health_check", "health_checks.NAME", "type", kHealthCheck},
    {Level::pool, "pool", "pools.NAME", "policy", kPool},
    {Level::endpoint, "endpoint", "Endpoint", "", kEndpoint},
    {Level::node, "node", "Node (policies.NAME, a record, a target)", "policy", kNode},
    {Level::target, "target", "Target", "", kTarget},
    {Level::record, "record", "Record (zones.ZONE.records.NAME)", "", kRecord},
    {Level::zone, "zone", "zones.ZONE", "", kZone},
    {Level::soa, "soa", "zones.ZONE.soa", "", kSoa},
    {Level::fallback, "fallback", "on_all_unhealthy", "", kFallback},
    {Level::location, "location", "location", "", kLocation},
    {Level::affinity, "affinity", "affinity", "", kAffinity},
    {Level::failback, "failback", "failback", "", kFailback},
    {Level::ttl, "ttl", "ttl", "", kTtl},
    {Level::alerts, "alerts", "alerts", "", kAlerts},
    {Level::webhook, "webhook", "alerts.webhooks", "", kWebhook},
    {Level::query_spike, "query_spike", "alerts.query_spike", "", kQuerySpike},
    {Level::log, "log", "log", "", kLog},
    {Level::pdns_api, "pdns_api", "server.pdns_api", "", kPdnsApi},
});

}  // namespace

const LevelInfo& info(Level level) {
    return kLevels[static_cast<std::size_t>(level)];
}

std::span<const LevelInfo> levels() {
    return kLevels;
}

const Key* find_key(Level level, std::string_view name) {
    const auto keys = info(level).keys;
    const auto found =
        std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
    return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string_view> split_words(std::string_view words) {
    std::vector<std::string_view> list;
    while (!words.empty()) {
        const auto space = std::min(words.find(' '), words.size());
        if (space > 0) list.push_back(words.substr(0, space));
        words.remove_prefix(std::min(space + 1, words.size()));
    }
    return list;
}

bool has_word(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const auto space = std::min(words.find(' '), words.size());
        if (words.substr(0, space) == word) return !word.empty();
        words.remove_prefix(std::min(space + 1, words.size()));
    }
    return false;
}

}  // namespace fairlead::config
