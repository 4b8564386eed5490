// SPDX-License-Identifier: Apache-2.0
#include "config/rules.h"

#include <array>

namespace fairlead::config {
namespace {

constexpr auto kError = Severity::error;
constexpr auto kWarning = Severity::warning;

constexpr auto kRules = std::to_array<RuleInfo>({
    {Rule::cannot_read, kError, "cannot-read", "a file or directory cannot be read, or is empty"},
    {Rule::yaml_syntax, kError, "yaml-syntax", "the text is not YAML"},
    {Rule::yaml_limit, kError, "yaml-limit",
     "the file is too large, nested too deeply, or its aliases expand to too much"},
    {Rule::duplicate_key, kError, "duplicate-key", "a key stands twice in one mapping"},
    {Rule::unknown_key, kError, "unknown-key", "no such key at this place"},
    {Rule::not_supported_yet, kError, "not-supported-yet",
     "the key or word belongs to the language, but this version does not execute it"},
    {Rule::missing_key, kError, "missing-key", "a required key is absent"},
    {Rule::superfluous_key, kError, "superfluous-key",
     "the key exists, but not for this type or policy"},
    {Rule::wrong_type, kError, "wrong-type",
     "a list, mapping or text stands where something else belongs"},
    {Rule::bad_value, kError, "bad-value", "the value cannot be understood"},
    {Rule::out_of_range, kError, "out-of-range", "the value is too small or too large"},
    {Rule::unknown_word, kError, "unknown-word", "the value is none of the words allowed here"},
    {Rule::yaml_boolean, kError, "yaml-boolean",
     "YAML reads an unquoted geo code as a boolean, a number or nothing"},
    {Rule::bad_name, kError, "bad-name",
     "a DNS name, or the name of a pool and so on, is malformed"},
    {Rule::undefined_health_check, kError, "undefined-health-check", "no such health check"},
    {Rule::undefined_pool, kError, "undefined-pool", "no such pool"},
    {Rule::undefined_policy, kError, "undefined-policy", "no such policy"},
    {Rule::undefined_endpoint, kError, "undefined-endpoint", "no endpoint of this name"},
    {Rule::undefined_geo, kError, "undefined-geo", "no such geo code or region"},
    {Rule::ambiguous_use, kError, "ambiguous-use", "a pool and a policy both have this name"},
    {Rule::duplicate_endpoint, kError, "duplicate-endpoint", "two endpoints have one name"},
    {Rule::region_is_geo_code, kError, "region-is-geo-code",
     "a region is called like a continent or country"},
    {Rule::reference_loop, kError, "reference-loop",
     "a policy, region or health check leads back to itself"},
    {Rule::target_form, kError, "target-form",
     "a target is not exactly one of an address, endpoint, pool, use or policy"},
    {Rule::empty_list, kError, "empty-list", "a list is empty that must not be"},
    {Rule::missing_default, kError, "missing-default",
     "policies geolocation and subnet need a default, if only the word none"},
    {Rule::missing_selector, kError, "missing-selector",
     "a target does not say which clients it is for"},
    {Rule::superfluous_selector, kError, "superfluous-selector",
     "a target has a selector that its parent's policy does not look at"},
    {Rule::shadowed_target, kError, "shadowed-target",
     "a place or ASN is taken by an earlier target already"},
    {Rule::fail_up_at_root, kError, "fail-up-at-root",
     "on_all_unhealthy: fail_up where no parent can choose again"},
    {Rule::strict_leaves, kError, "strict-leaves",
     "a path leads out of a policy with strict: true"},
    {Rule::too_deep, kError, "too-deep", "policies or health checks are nested more than 16 deep"},
    {Rule::too_large, kError, "too-large",
     "a node has too many targets, or a decision would take too many steps"},
    {Rule::timeout_above_interval, kError, "timeout-above-interval",
     "a probe could last longer than the time between two"},
    {Rule::ca_file, kError, "ca-file", "the file of trusted certificates cannot be read"},
    {Rule::program, kError, "program", "the program of an exec check cannot be run"},
    {Rule::geoip_missing, kError, "geoip-missing",
     "policy geolocation or geoproximity without geoip.databases"},
    {Rule::geoip_open, kError, "geoip-open", "a geography database does not open"},
    {Rule::outside_zone, kError, "outside-zone", "a record's name does not lie in its zone"},
    {Rule::in_child_zone, kError, "in-child-zone",
     "a record lies in another zone of the configuration, and is no part of its delegation"},
    {Rule::duplicate_name, kError, "duplicate-name", "two keys mean the same DNS name"},
    {Rule::empty_record, kError, "empty-record", "a name has neither a policy nor a record"},
    {Rule::static_and_steered, kError, "static-and-steered",
     "A or AAAA records beside a policy, which owns both types"},
    {Rule::cname_not_alone, kError, "cname-not-alone", "a CNAME beside other data"},
    {Rule::cname_at_apex, kError, "cname-at-apex", "a CNAME at the top of a zone"},
    {Rule::apex_record, kError, "apex-record",
     "SOA or NS records that belong under soa or ns, or an SOA below the top of its zone"},
    {Rule::bad_rdata, kError, "bad-rdata", "the record's content does not parse for its type"},
    {Rule::ambiguous_name, kError, "ambiguous-name",
     "a name inside a record's content has no final dot"},
    {Rule::generated_type, kError, "generated-type",
     "a record type that PowerDNS makes itself or acts on, or that exists only in messages"},
    {Rule::duplicate_record, kError, "duplicate-record", "a record stands twice at one name"},
    {Rule::zone_file_syntax, kError, "zone-file-syntax", "an entry of a zone file is malformed"},
    {Rule::zone_file_directive, kError, "zone-file-directive",
     "a zone file has $INCLUDE, or another directive besides $ORIGIN and $TTL"},
    {Rule::zone_file_limit, kError, "zone-file-limit",
     "a zone file is larger than 64 MiB or has more than 100 mistakes"},
    {Rule::zone_file_conflict, kError, "zone-file-conflict",
     "a record type stands at one name both in the configuration and in the zone file"},
    {Rule::unused_health_check, kWarning, "unused-health-check", "nothing refers to the check"},
    {Rule::unused_pool, kWarning, "unused-pool", "nothing refers to the pool"},
    {Rule::unused_policy, kWarning, "unused-policy", "nothing refers to the policy"},
    {Rule::unused_region, kWarning, "unused-region", "nothing refers to the region"},
    {Rule::low_ttl, kWarning, "low-ttl", "a steered TTL below 30 s: much query load"},
    {Rule::high_ttl, kWarning, "high-ttl",
     "a steered TTL above 300 s with a health check: slow failover"},
    {Rule::endpoint_without_check, kWarning, "endpoint-without-check",
     "no health check under policy failover: the target never fails"},
    {Rule::no_answer_reachable, kWarning, "no-answer-reachable",
     "clients can get no answer at all, and resolvers remember it"},
    {Rule::answer_too_large, kWarning, "answer-too-large",
     "an answer may not fit into 1,232 bytes of UDP"},
    {Rule::same_address, kWarning, "same-address", "two targets of a node have one address"},
    {Rule::min_healthy_above_size, kWarning, "min-healthy-above-size",
     "min_healthy is more than there are targets"},
    {Rule::ns_without_address, kWarning, "ns-without-address",
     "a name server inside the zone has no address record"},
    {Rule::signed_zone_file, kWarning, "signed-zone-file",
     "a zone file has RRSIG, NSEC, DNSKEY and such, which are left out: PowerDNS signs"},
    {Rule::mixed_ttls, kWarning, "mixed-ttls",
     "records of one name and type have several TTLs in a zone file; all get the lowest"},
});

}  // namespace

const RuleInfo& info(Rule rule) {
    return kRules[static_cast<std::size_t>(rule)];
}

std::span<const RuleInfo> rules() {
    return kRules;
}

}  // namespace fairlead::config
