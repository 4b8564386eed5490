// SPDX-License-Identifier: Apache-2.0
#include "backend/state_file.h"

#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace fairlead::backend {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr const char* kStateFormat = "fairlead state";
constexpr int kStateVersion = 2;
constexpr int kStateVersionRead = 1;  // the oldest that is
constexpr std::size_t kReasonMax = 200;

// ---- times ----

std::int64_t unix_ms(std::chrono::system_clock::time_point time) {
    return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

std::int64_t unix_ms(TimePoint time, const Moment& now) {
    const auto age = std::chrono::duration_cast<milliseconds>(now.steady - time);
    return unix_ms(now.wall) - age.count();
}

/// Not in the future, whatever the clock was set to, and not before the machine can tell.
TimePoint steady(std::int64_t time, const Moment& now) {
    static constexpr std::int64_t kAgeMax = milliseconds(std::chrono::hours(24 * 365)).count();
    const std::int64_t current = unix_ms(now.wall);
    if (time >= current) return now.steady;
    return now.steady - milliseconds(time < current - kAgeMax ? kAgeMax : current - time);
}

// ---- writing ----

Json to_json(const checks::Remembered& subject, const Moment& now) {
    const auto& [state, last, since] = subject.evidence;
    const bool healthy = state.health == checks::Health::healthy;
    Json json{{"health", healthy ? "healthy" : "unhealthy"},
              {"since", unix_ms(since, now)},
              {"against", state.against},
              {"agreeing", state.agreeing}};
    const bool is_name = !subject.host.empty() && subject.address == IpAddress();
    if (!subject.host.empty()) json["host"] = subject.host;
    if (!is_name) json["address"] = subject.address.to_string();
    if (!healthy) json["reason"] = checks::describe(last).substr(0, kReasonMax);
    return json;
}

Json to_json(const NamedPosition& position, const Moment& now) {
    return {{"node", position.node},
            {"family", position.family == Family::v4 ? "ipv4" : "ipv6"},
            {"target", position.target},
            {"since", unix_ms(position.since, now)}};
}

Json checks_to_json(const checks::Memory& memory, const Moment& now) {
    // By name and definition; in a configuration a name has one.
    std::map<std::pair<std::string_view, std::uint64_t>, Json> checks;
    for (const auto& subject : memory.subjects) {
        if (subject.evidence.state.health == checks::Health::unknown) continue;
        checks[{subject.check, subject.definition}].push_back(to_json(subject, now));
    }
    Json all = Json::array();
    for (auto& [check, subjects] : checks) {
        all.push_back({{"name", check.first},
                       {"definition", check.second},
                       {"subjects", std::move(subjects)}});
    }
    return all;
}

Json to_json(const checks::FamilyAnswer& answer, const Moment& now) {
    Json addresses = Json::array();
    for (const auto& address : answer.addresses)
        addresses.push_back(address.to_string());
    return {{"addresses", std::move(addresses)}, {"answered", unix_ms(answer.answered, now)}};
}

/// Of names that have been resolved.
Json names_to_json(const checks::Memory& memory, const Moment& now) {
    Json names = Json::array();
    for (const auto& name : memory.names) {
        Json json{{"host", name.host}};
        if (name.v4.answered != TimePoint{}) json["ipv4"] = to_json(name.v4, now);
        if (name.v6.answered != TimePoint{}) json["ipv6"] = to_json(name.v6, now);
        if (json.size() > 1) names.push_back(std::move(json));
    }
    return names;
}

Json to_json(const policy::OverrideEntry& entry) {
    Json json{{"target", entry.target},
              {"state", to_string(entry.state)},
              {"reason", entry.reason},
              {"by", entry.by},
              {"since", unix_ms(entry.since)}};
    if (entry.until) json["until"] = unix_ms(*entry.until);
    if (entry.safe_at) json["safe_at"] = unix_ms(*entry.safe_at);
    return json;
}

// ---- reading ----

/// The number at `key`; nothing when it is none, or too large.
template <typename Number>
std::optional<Number> number(const Json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number_integer()) return std::nullopt;
    if constexpr (std::is_unsigned_v<Number>) {
        if (!found->is_number_unsigned()) return std::nullopt;
        const auto value = found->template get<std::uint64_t>();
        if (value > std::numeric_limits<Number>::max()) return std::nullopt;
        return static_cast<Number>(value);
    } else {
        return found->template get<Number>();
    }
}

const std::string* text(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() ? nullptr : found->get_ptr<const std::string*>();
}

const Json* list(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() || !found->is_array() ? nullptr : &*found;
}

std::optional<checks::Health> health(const Json& json) {
    const std::string* word = text(json, "health");
    if (word == nullptr) return std::nullopt;
    if (*word == "healthy") return checks::Health::healthy;
    if (*word == "unhealthy") return checks::Health::unhealthy;
    return std::nullopt;
}

/// What a probe found before the restart.
checks::Outcome remembered_outcome(checks::Health health, const std::string* reason) {
    if (health == checks::Health::healthy) return {.detail = "last known"};
    return {.failure = checks::Failure::remembered,
            .detail = reason == nullptr ? std::string() : reason->substr(0, kReasonMax)};
}

std::optional<checks::Remembered> subject_of(const Json& json, const Moment& now) {
    if (!json.is_object()) return std::nullopt;
    const std::string* address = text(json, "address");
    const std::string* host = text(json, "host");
    const auto parsed = address == nullptr ? std::nullopt : IpAddress::parse(*address);
    const auto verdict = health(json);
    const auto since = number<std::int64_t>(json, "since");
    const auto against = number<std::uint16_t>(json, "against");
    const auto agreeing = number<std::uint16_t>(json, "agreeing");
    const bool has_target = address == nullptr ? host != nullptr : parsed.has_value();
    if (!has_target || !verdict || !since || !against || !agreeing) return std::nullopt;
    checks::Remembered subject;
    if (parsed) subject.address = *parsed;
    if (host != nullptr) subject.host = *host;
    subject.evidence = {.state = {.health = *verdict, .against = *against, .agreeing = *agreeing},
                        .last = remembered_outcome(*verdict, text(json, "reason")),
                        .since = steady(*since, now)};
    return subject;
}

/// False when something about it is not as it was written.
bool read_check(const Json& check, const Moment& now, checks::Memory& memory) {
    if (!check.is_object()) return false;
    const std::string* name = text(check, "name");
    const auto definition = number<std::uint64_t>(check, "definition");
    const Json* subjects = list(check, "subjects");
    if (name == nullptr || !definition || subjects == nullptr) return false;
    for (const auto& json : *subjects) {
        auto subject = subject_of(json, now);
        if (!subject) return false;
        subject->check = *name;
        subject->definition = *definition;
        memory.subjects.push_back(*std::move(subject));
    }
    return true;
}

/// False when something is not as it was written.
bool read_answer(const Json& name, const char* key, Family family, const Moment& now,
                 checks::FamilyAnswer& answer) {
    if (!name.contains(key)) return true;
    const Json& json = name[key];
    if (!json.is_object()) return false;
    const Json* addresses = list(json, "addresses");
    const auto answered = number<std::int64_t>(json, "answered");
    if (addresses == nullptr || addresses->size() > checks::NameState::kAddressesMax || !answered)
        return false;
    for (const auto& item : *addresses) {
        const auto* address_text = item.get_ptr<const std::string*>();
        const auto address =
            address_text == nullptr ? std::nullopt : IpAddress::parse(*address_text);
        if (!address || address->family() != family) return false;
        answer.addresses.push_back(*address);
    }
    answer.answered = steady(*answered, now);
    return true;
}

/// False when something is not as it was written. What is read is asked for again at once.
bool read_names(const Json& document, const Moment& now, checks::Memory& memory) {
    if (!document.contains("names")) return true;  // of version 1
    const Json* names = list(document, "names");
    if (names == nullptr) return false;
    for (const auto& json : *names) {
        const std::string* host = json.is_object() ? text(json, "host") : nullptr;
        if (host == nullptr) return false;
        checks::NameState& name = memory.names.emplace_back();
        name.host = *host;
        if (!read_answer(json, "ipv4", Family::v4, now, name.v4)) return false;
        if (!read_answer(json, "ipv6", Family::v6, now, name.v6)) return false;
        name.choose_address();
    }
    return true;
}

std::optional<NamedPosition> position_of(const Json& json, const Moment& now) {
    if (!json.is_object()) return std::nullopt;
    const std::string* node = text(json, "node");
    const std::string* family = text(json, "family");
    const std::string* target = text(json, "target");
    const auto since = number<std::int64_t>(json, "since");
    if (node == nullptr || family == nullptr || target == nullptr || !since) return std::nullopt;
    if (*family != "ipv4" && *family != "ipv6") return std::nullopt;
    return NamedPosition{.node = *node,
                         .family = *family == "ipv4" ? Family::v4 : Family::v6,
                         .target = *target,
                         .since = steady(*since, now)};
}

/// Nothing when there is none, or one in another millennium.
std::optional<policy::WallTime> wall_time(const Json& json, const char* key) {
    static constexpr std::int64_t kFar = std::int64_t{1} << 45U;
    const auto time = number<std::int64_t>(json, key);
    if (!time || *time < 0 || *time > kFar) return std::nullopt;
    return policy::WallTime(milliseconds(*time));
}

std::optional<policy::OverrideEntry> override_of(const Json& json) {
    if (!json.is_object()) return std::nullopt;
    const std::string* target = text(json, "target");
    const std::string* state_word = text(json, "state");
    const auto state = state_word == nullptr ? std::nullopt : policy::state_named(*state_word);
    const std::string* reason = text(json, "reason");
    const std::string* by = text(json, "by");
    const auto since = wall_time(json, "since");
    const auto until = wall_time(json, "until");
    const bool bad_end = !until && json.contains("until");
    if (target == nullptr || !state || reason == nullptr || by == nullptr || !since || bad_end) {
        return std::nullopt;
    }
    return policy::OverrideEntry{.target = *target,
                                 .state = *state,
                                 .reason = *reason,
                                 .by = *by,
                                 .since = *since,
                                 .until = until,
                                 .safe_at = wall_time(json, "safe_at")};
}

/// False when something is not as it was written.
bool read_overrides(const Json& document, policy::OverrideList& overrides) {
    if (!document.contains("overrides")) return true;  // by a version before there were any
    const Json* entries = list(document, "overrides");
    if (entries == nullptr) return false;
    for (const auto& json : *entries) {
        auto entry = override_of(json);
        if (!entry || !overrides.set(*std::move(entry))) return false;
    }
    return true;
}

/// False when something is not as it was written.
bool read_known(const Json& document, const Moment& now, LastKnown& known) {
    const Json* checks = list(document, "checks");
    const Json* positions = list(document, "positions");
    if (checks == nullptr || positions == nullptr) return false;
    for (const auto& check : *checks) {
        if (!read_check(check, now, known.health)) return false;
    }
    if (!read_names(document, now, known.health)) return false;
    for (const auto& json : *positions) {
        auto position = position_of(json, now);
        if (!position) return false;
        known.positions.push_back(*std::move(position));
    }
    return read_overrides(document, known.overrides);
}

}  // namespace

std::string encode_state(const LastKnown& known, const Moment& now) {
    Json positions = Json::array();
    for (const auto& position : known.positions)
        positions.push_back(to_json(position, now));
    Json overrides = Json::array();
    for (const auto& entry : known.overrides.all())
        overrides.push_back(to_json(entry));
    const Json document{{"format", kStateFormat},
                        {"version", kStateVersion},
                        {"saved", unix_ms(now.wall)},
                        {"checks", checks_to_json(known.health, now)},
                        {"names", names_to_json(known.health, now)},
                        {"positions", std::move(positions)},
                        {"overrides", std::move(overrides)}};
    return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<SavedState> decode_state(std::string_view text_of_file, const Moment& now) {
    const auto document = Json::parse(text_of_file, nullptr, false);
    if (!document.is_object()) return Error{"it is damaged"};
    const std::string* format = text(document, "format");
    if (format == nullptr || *format != kStateFormat) return Error{"it is something else"};
    const auto version = number<std::uint32_t>(document, "version");
    if (!version || *version < kStateVersionRead || *version > kStateVersion) {
        return Error{"another version of fairlead wrote it"};
    }

    static constexpr std::int64_t kFar = std::int64_t{1} << 60U;  // no overflow below
    const auto saved = number<std::int64_t>(document, "saved");
    if (!saved || *saved < 0 || *saved > kFar) return Error{"it is damaged"};
    SavedState state{.known = {}, .age = milliseconds(unix_ms(now.wall) - *saved)};
    if (!read_known(document, now, state.known)) return Error{"it is damaged"};
    return state;
}

}  // namespace fairlead::backend
