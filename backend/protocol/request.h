// SPDX-License-Identifier: Apache-2.0
#pragma once

// What PowerDNS's remote backend asks: one JSON object a line, {"method": ..., "parameters":
// {...}}.
//
// Source: PowerDNS modules/remotebackend/remotebackend.cc (4.7 to 5.1 send the same texts).
// Thread rule: values; parse_request() is pure.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/dns_name.h"
#include "policy/client.h"

namespace fairlead::backend {

/// The first request on each connection.
struct Initialize {};

struct Lookup {
    DnsName name;
    std::string type;           // "A", "ANY", "TYPE65534"
    std::int64_t zone_id = -1;  // -1: unknown

    /// From `real-remote` and `remote`. Nobody when PowerDNS asks for itself (`remote` is 0.0.0.0).
    policy::Client client;
};

struct GetAllDomains {};
struct GetDomainInfo {
    DnsName zone;
};

/// All records of a zone, for a transfer.
struct List {
    DnsName zone;
};

/// PowerDNS's interface for operators asks for what stands at a name, whoever the client
/// (5.0 and newer; before, it sends `lookup`).
struct ApiLookup {
    DnsName name;
    std::string type;
    std::int64_t zone_id = -1;
};

/// What administration.h answers.
struct Administrative {};

/// A method that this backend does not have; PowerDNS takes "false" for that.
struct Unsupported {
    std::string method;
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
};
[[nodiscard]] const char* to_string(Refused::Reason reason);

using Request = std::variant<Initialize, Lookup, ApiLookup, GetAllDomains, GetDomainInfo, List,
                             Administrative, Unsupported, Refused>;

/// Reads one line (with or without its end). Takes any bytes; what cannot be understood is a
/// Refused. Of two members with one name the last counts. Only what an answer cannot do without
/// makes a request Refused: a lookup with an unreadable client address has no client.
[[nodiscard]] Request parse_request(std::string_view line);

}  // namespace fairlead::backend
