// SPDX-License-Identifier: Apache-2.0
#pragma once

// The configuration language as one table: every key of every level, the values it takes, its
// default, and whether this version executes it. The reader, the JSON Schema and the reference page
// all come from here, so none of them can know a key that the others do not.
// Thread rule: constants.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fairlead::config {

/// A kind of mapping.
enum class Level : std::uint8_t {
    top,
    server,
    admin,
    geoip,
    latency,
    resolver,
    defaults,
    health_check,
    pool,
    endpoint,
    node,
    target,
    record,
    zone,
    soa,
    fallback,  // on_all_unhealthy: {use: ...}
    location,
    affinity,
    failback,  // failback: {after: ...}
    ttl,       // ttl: {max: ..., min: ...}
    alerts,
    webhook,
    query_spike,
    log,
    pdns_api,
};

enum class Type : std::uint8_t {
    text,
    path,      // of a file or socket
    duration,  // "10s"; `min` and `max` in milliseconds
    seconds,   // a duration in whole seconds, for DNS; `min` and `max` in seconds
    integer,
    percent,  // "10%"
    share,    // a count, or "50%" of all
    boolean,
    word,  // one of `words`
    mode,  // "0660"
    address,
    address_or_host,
    dns_name,  // with its final dot
    geo,       // "EU", "EU-DE", "NA-US-CA", or a region
    asn,
    network,       // "192.0.2.0/24"
    degrees,       // -77.45; `min` and `max` in whole degrees
    status,        // 200 or "200-399"
    health_check,  // the name of one; likewise below
    pool,
    policy,
    pool_or_policy,
    endpoint,
    mapping,             // of `level`
    address_or_mapping,  // a bare address, or a mapping of `level`
    seconds_or_mapping,  // seconds, or a mapping of `level`
};

/// How many values.
enum class Arity : std::uint8_t {
    one,
    list,
    one_or_list,
    named,        // NAME: value
    named_lists,  // NAME: [value, ...]
};

/// Words are separated by spaces.
struct Key {
    std::string_view name;
    Type type = Type::text;
    Arity arity = Arity::one;
    std::string_view words{};        // allowed besides the type's own values
    std::string_view later_words{};  // part of the language, refused by this version
    std::string_view fallback{};     // the default as it would be written; empty = none
    std::string_view only_for{};     // health check types or policies; empty = all
    std::string_view meaning{};      // one line for people
    Level level = Level::top;        // of the types with a mapping
    std::int64_t min = 0;
    std::int64_t max = 0;  // 0 = no range
    bool required = false;
    bool supported = true;
};

struct LevelInfo {
    Level level;
    std::string_view name;      // in the schema: "health_check"
    std::string_view title;     // in the reference: "health_checks.NAME"
    std::string_view kind_key;  // the key whose word decides which other keys apply: "type"
    std::span<const Key> keys;
};

[[nodiscard]] const LevelInfo& info(Level level);
[[nodiscard]] std::span<const LevelInfo> levels();

/// nullptr when the level has no such key.
[[nodiscard]] const Key* find_key(Level level, std::string_view name);

/// "a b c" as three views into it.
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view words);
[[nodiscard]] bool has_word(std::string_view words, std::string_view word);

}  // namespace fairlead::config
