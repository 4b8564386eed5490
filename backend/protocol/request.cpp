// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/request.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "backend/protocol/administration.h"
#include "backend/protocol/usual_lookup.h"

namespace fairlead::backend {
namespace {

/// A member as far as requests need it.
struct Value {
    enum class Kind : std::uint8_t { absent, text, integer, other };
    Kind kind = Kind::absent;
    std::string text;
    std::int64_t integer = 0;
};

/// Picks the members that some method reads and lets all others pass by: no document is built, so
/// neither depth nor size of what is sent costs memory.
class MemberPicker {
  public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    Value method;
    Value qname, qtype, zone_id, remote, real_remote;  // of lookup
    Value name;                                        // of getDomainInfo
    Value zonename;                                    // of list

    // What nlohmann's SAX parser calls; returning true means "go on".
    bool null() { return take({.kind = Value::Kind::other, .text = {}}); }
    bool boolean(bool) { return take({.kind = Value::Kind::other, .text = {}}); }
    bool number_integer(number_integer_t number) {
        return take({.kind = Value::Kind::integer, .text = {}, .integer = number});
    }
    bool number_unsigned(number_unsigned_t number) {
        constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
        if (number > static_cast<number_unsigned_t>(kMax)) {
            return take({.kind = Value::Kind::other, .text = {}});
        }
        return number_integer(static_cast<number_integer_t>(number));
    }
    bool number_float(number_float_t, const string_t&) {
        return take({.kind = Value::Kind::other, .text = {}});
    }
    bool string(string_t& text) {
        return take({.kind = Value::Kind::text, .text = std::move(text)});
    }
    bool binary(binary_t&) { return take({.kind = Value::Kind::other, .text = {}}); }

    bool start_object(std::size_t) {
        if (depth_ == 1) in_parameters_ = at_parameters_;
        return enter();
    }
    bool end_object() { return leave(); }
    bool start_array(std::size_t) { return enter(); }
    bool end_array() { return leave(); }
    bool key(string_t& key) {
        if (depth_ == 1) {
            at_parameters_ = key == "parameters";
            if (at_parameters_) forget_parameters();  // a second one replaces the first
            slot_ = key == "method" ? &method : nullptr;
        } else if (depth_ == 2) {
            slot_ = in_parameters_ ? parameter(key) : nullptr;
        }
        return true;
    }
    template <typename Exception>
    bool parse_error(std::size_t, const std::string&, const Exception&) {
        return false;
    }

  private:
    bool take(Value value) {
        if (slot_ != nullptr) *slot_ = std::move(value);
        slot_ = nullptr;
        return true;
    }
    bool enter() {
        ++depth_;
        return take({.kind = Value::Kind::other, .text = {}});
    }
    bool leave() {
        --depth_;
        if (depth_ == 1) in_parameters_ = false;
        slot_ = nullptr;
        return true;
    }
    Value* parameter(std::string_view key) {
        if (key == "qname") return &qname;
        if (key == "qtype") return &qtype;
        if (key == "zone-id") return &zone_id;
        if (key == "remote") return &remote;
        if (key == "real-remote") return &real_remote;
        if (key == "name") return &name;
        if (key == "zonename") return &zonename;
        return nullptr;
    }
    void forget_parameters() {
        for (Value* value : {&qname, &qtype, &zone_id, &remote, &real_remote, &name, &zonename}) {
            *value = Value{};
        }
    }

    std::size_t depth_ = 0;  // of objects and arrays that are open
    bool at_parameters_ = false;
    bool in_parameters_ = false;
    Value* slot_ = nullptr;  // where the next value goes
};

std::optional<DnsName> name_in(const Value& value) {
    if (value.kind != Value::Kind::text) return std::nullopt;
    return DnsName::parse(value.text);
}

Request lookup_in(MemberPicker& members) {
    auto name = name_in(members.qname);
    if (!name || members.qtype.kind != Value::Kind::text || members.qtype.text.empty()) {
        return Refused{Refused::Reason::bad_parameters};
    }
    const bool has_id = members.zone_id.kind == Value::Kind::integer;
    if (members.method.text == ApiLookup::kMethod) {
        return ApiLookup{.name = std::move(*name),
                         .type = std::move(members.qtype.text),
                         .zone_id = has_id ? members.zone_id.integer : -1};
    }
    return Lookup{.name = std::move(*name),
                  .asked = std::move(members.qname.text),
                  .type = std::move(members.qtype.text),
                  .zone_id = has_id ? members.zone_id.integer : -1,
                  .client = client_of(members.remote.text, members.real_remote.text)};
}

template <typename Method>
Request about_zone(const Value& zone) {
    auto name = name_in(zone);
    if (!name) return Refused{Refused::Reason::bad_parameters};
    return Method{std::move(*name)};
}

Request request_in(MemberPicker& members) {
    const std::string& method = members.method.text;
    if (method == Lookup::kMethod) return lookup_in(members);
    if (method == Initialize::kMethod) return Initialize{};
    if (method == GetAllDomains::kMethod) return GetAllDomains{};
    if (method == GetDomainInfo::kMethod) return about_zone<GetDomainInfo>(members.name);
    if (method == List::kMethod) return about_zone<List>(members.zonename);
    if (method == ApiLookup::kMethod) return lookup_in(members);
    if (const auto other = find_administrative(method)) return Administrative{*other};
    return Unsupported{std::move(members.method.text)};
}

}  // namespace

const char* to_string(Refused::Reason reason) {
    switch (reason) {
        case Refused::Reason::not_json:
            return "not JSON";
        case Refused::Reason::no_method:
            return "no method";
        case Refused::Reason::bad_parameters:
            return "bad parameters";
        case Refused::Reason::too_long:
            return "line too long";
    }
    return "";
}

policy::Client client_of(std::string_view remote, std::string_view real_remote) {
    const auto resolver = IpAddress::parse(remote);
    if (!resolver || resolver->is_unspecified()) return {};
    // A source length of 0 asks for an answer that does not depend on the client's network
    // (RFC 7871 section 7.1.2): what is left is where the resolver is.
    const auto network = Prefix::parse(real_remote);
    return {network && network->length > 0 ? network->address : *resolver, *resolver};
}

Request parse_request(std::string_view line) {
    Request request;
    parse_request(line, request);
    return request;
}

void parse_request(std::string_view line, Request& request) {
    auto* lookup = std::get_if<Lookup>(&request);
    if (lookup == nullptr) lookup = &request.emplace<Lookup>();
    if (!read_usual_lookup(line, *lookup)) request = parse_json_request(line);
}

Request parse_json_request(std::string_view line) {
    MemberPicker members;
    if (!nlohmann::json::sax_parse(line, &members)) return Refused{Refused::Reason::not_json};
    if (members.method.kind != Value::Kind::text) return Refused{Refused::Reason::no_method};
    return request_in(members);
}

}  // namespace fairlead::backend
