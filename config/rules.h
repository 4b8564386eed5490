// SPDX-License-Identifier: Apache-2.0
#pragma once

// The rules a configuration is held against. Every finding names one of them by its id, so that
// people can look it up and scripts can tell findings apart. The ids are part of the interface.
// Thread rule: constants.

#include <cstdint>
#include <span>
#include <string_view>

#include "config/diagnostics.h"

namespace fairlead::config {

enum class Rule : std::uint8_t {
    // the text
    cannot_read,
    yaml_syntax,
    yaml_limit,
    duplicate_key,
    // the shape
    unknown_key,
    not_supported_yet,
    missing_key,
    superfluous_key,
    wrong_type,
    bad_value,
    out_of_range,
    unknown_word,
    yaml_boolean,
    bad_name,
    // names
    undefined_health_check,
    undefined_pool,
    undefined_policy,
    undefined_endpoint,
    undefined_geo,
    undefined_region,
    ambiguous_use,
    duplicate_endpoint,
    region_is_geo_code,
    reference_loop,
    // trees
    target_form,
    empty_list,
    missing_default,
    missing_selector,
    superfluous_selector,
    shadowed_target,
    fail_up_at_root,
    dnssec_empty_answer,
    strict_leaves,
    too_deep,
    too_large,
    // operators
    admin_token,
    token_file,
    headers_file,
    key_file,
    // checks and databases
    timeout_above_interval,
    ca_file,
    program,
    geoip_missing,
    geoip_open,
    latency_missing,
    latency_table,
    // zones
    outside_zone,
    in_child_zone,
    duplicate_name,
    empty_record,
    static_and_steered,
    cname_not_alone,
    cname_at_apex,
    apex_record,
    bad_rdata,
    ambiguous_name,
    generated_type,
    duplicate_record,
    // zone files
    zone_file_syntax,
    zone_file_directive,
    zone_file_limit,
    zone_file_conflict,
    // warnings
    unused_health_check,
    unused_pool,
    unused_policy,
    unused_region,
    low_ttl,
    high_ttl,
    endpoint_without_check,
    no_answer_reachable,
    answer_too_large,
    same_address,
    min_healthy_above_size,
    ns_without_address,
    signed_zone_file,
    mixed_ttls,
};

struct RuleInfo {
    Rule rule;
    Severity severity;
    std::string_view id;       // "unknown-key"
    std::string_view meaning;  // one line for the reference
};

[[nodiscard]] const RuleInfo& info(Rule rule);

/// All rules, errors first, in the order of the enumeration.
[[nodiscard]] std::span<const RuleInfo> rules();

}  // namespace fairlead::config
