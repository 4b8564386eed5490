// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the methods of administration.h have in common: a request taken apart, and what comes of it.
// Thread rule: made on the stack for one request.

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "backend/protocol/administration.h"

namespace fairlead::backend {

using Json = nlohmann::json;

/// As results: "no" is also "none", and "I do not have that".
inline constexpr bool kNo = false;
inline constexpr bool kYes = true;

/// What a method makes of a request: a result to be sent, or what is to be done first.
using Outcome = std::variant<Json, Refused, KeystoreChange, SlowReply, BackendCommand>;

/// A request, and what it can be answered from.
class Call {
  public:
    Call(std::string_view called, const Json& parameters, const AdministrationParts& from)
        : method(called), parts(from), parameters_(parameters) {}

    [[nodiscard]] const Json* find(const char* key) const {
        if (!parameters_.is_object()) return nullptr;
        const auto found = parameters_.find(key);
        return found == parameters_.end() ? nullptr : &*found;
    }
    [[nodiscard]] std::optional<std::string> text(const char* key) const {
        const Json* value = find(key);
        if (value == nullptr || !value->is_string()) return std::nullopt;
        return value->get<std::string>();
    }
    [[nodiscard]] std::optional<DnsName> name(const char* key) const {
        const auto value = text(key);
        return value ? DnsName::parse(*value) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::uint32_t> number(const char* key) const {
        const Json* value = find(key);
        if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
        const auto wide = value->get<std::uint64_t>();
        if (wide > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
        return static_cast<std::uint32_t>(wide);
    }
    /// The zone that the request is about; nullptr when it is not one of ours.
    [[nodiscard]] const policy::Zone* zone(const DnsName& name) const {
        return parts.state.catalog->find_own_zone(name);
    }
    /// The zone by its id on the wire.
    [[nodiscard]] const policy::Zone* zone(std::uint32_t id) const {
        return parts.state.catalog->find_own_zone(std::int64_t{id});
    }
    [[nodiscard]] const Keystore& keystore() const { return parts.kept.keystore; }

    const std::string method;
    const AdministrationParts& parts;

  private:
    const Json& parameters_;
};

[[nodiscard]] inline Outcome bad_parameters() {
    return Refused{Refused::Reason::bad_parameters};
}

/// A whole reply.
[[nodiscard]] inline std::string line_of(const Json& result) {
    return Json{{"result", result}}.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace fairlead::backend
