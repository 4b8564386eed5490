// SPDX-License-Identifier: Apache-2.0
#pragma once

// What PowerDNS's remote backend asks: one JSON object a line, {"method": ..., "parameters":
// {...}}.
//
// Source: PowerDNS modules/remotebackend/remotebackend.cc (4.7 to 5.1 send the same texts).
// Thread rule: values; the functions are pure.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/dns_name.h"
#include "policy/client.h"

namespace fairlead::backend {

/// The first request on each connection.
struct Initialize {
    static constexpr std::string_view kMethod = "initialize";
    bool operator==(const Initialize&) const = default;
};

struct Lookup {
    static constexpr std::string_view kMethod = "lookup";
    DnsName name;
    std::string asked;          // the name as it came, which is how it is answered
    std::string type;           // "A", "ANY", "TYPE65534"
    std::int64_t zone_id = -1;  // -1: unknown

    /// From `real-remote` and `remote`. Nobody when PowerDNS asks for itself (`remote` is 0.0.0.0).
    policy::Client client;

    bool operator==(const Lookup&) const = default;
};

struct GetAllDomains {
    static constexpr std::string_view kMethod = "getAllDomains";
    bool operator==(const GetAllDomains&) const = default;
};
struct GetDomainInfo {
    static constexpr std::string_view kMethod = "getDomainInfo";
    DnsName zone;
    bool operator==(const GetDomainInfo&) const = default;
};

/// All records of a zone, for a transfer.
struct List {
    static constexpr std::string_view kMethod = "list";
    DnsName zone;
    bool operator==(const List&) const = default;
};

/// PowerDNS's interface for operators asks for what stands at a name, whoever the client
/// (5.0 and newer; before, it sends `lookup`).
struct ApiLookup {
    static constexpr std::string_view kMethod = "APILookup";
    DnsName name;
    std::string type;
    std::int64_t zone_id = -1;
    bool operator==(const ApiLookup&) const = default;
};

/// What administration.h answers.
struct Administrative {
    std::size_t method = 0;  // as administrative_method() has it
    bool operator==(const Administrative&) const = default;
};

/// A method that this backend does not have; PowerDNS takes "false" for that.
struct Unsupported {
    std::string method;
    bool operator==(const Unsupported&) const = default;
};

/// Not a request at all.
struct Refused {
    enum class Reason : std::uint8_t {
        not_json,        // not one JSON value
        no_method,       // not an object, or one without a text as `method`
        bad_parameters,  // a name or a type is missing, not a text, or not a domain name
        too_long,        // no end of line within the limit
    };
    Reason reason = Reason::not_json;
    bool operator==(const Refused&) const = default;
};
[[nodiscard]] const char* to_string(Refused::Reason reason);

using Request = std::variant<Initialize, Lookup, ApiLookup, GetAllDomains, GetDomainInfo, List,
                             Administrative, Unsupported, Refused>;

/// Whom an answer is for, by these members of a lookup. Unreadable addresses are nobody's.
[[nodiscard]] policy::Client client_of(std::string_view remote, std::string_view real_remote);

/// Reads one line (with or without its end). Takes any bytes; what cannot be understood is a
/// Refused. Of two members with one name the last counts. Only what an answer cannot do without
/// makes a request Refused: a lookup with an unreadable client address has no client.
[[nodiscard]] Request parse_request(std::string_view line);

/// The same into `request`, whose memory is used again: a worker that reads one usual lookup after
/// the other (usual_lookup.h) allocates nothing.
void parse_request(std::string_view line, Request& request);

/// The same by the JSON parser alone, which the shorter way is held against.
[[nodiscard]] Request parse_json_request(std::string_view line);

}  // namespace fairlead::backend
