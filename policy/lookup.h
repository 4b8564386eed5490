// SPDX-License-Identifier: Apache-2.0
#pragma once

// From a question to all that is answered: static records, decided addresses, or a placeholder.
// What PowerDNS asks over the socket and what `explain` shows go through this one function.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/dns_name.h"
#include "policy/catalog.h"
#include "policy/together.h"

namespace fairlead::policy {

struct Query {
    DnsName name;
    std::string_view type;  // "A", "ANY", "TYPE65534": honoured strictly, except that ANY is all
    std::int64_t zone_id = -1;
    Client client;
    std::uint64_t seed = 0;
};

/// What came of a question, for who counts them.
enum class Outcome : std::uint8_t {
    no_name,     // there is no such name
    no_data,     // the name has nothing of the type, for nobody at no time
    fixed,       // static records
    steered,     // addresses or a CNAME, from targets that are healthy
    degraded,    // the same, though some node had not enough healthy targets
    unanswered,  // the name can have addresses, but this client gets none at this moment
};
inline constexpr std::size_t kOutcomes = 6;

[[nodiscard]] const char* to_string(Outcome outcome);

/// Reuse one per thread: its vectors keep their capacity. A CNAME among the answers is one to all
/// questions for the name but those for its zone: it is found for A, AAAA, CNAME and ANY.
struct Reply : Answers {
    const RecordSet* records = nullptr;  // nullptr: the name does not exist

    /// The name has no record at all now but exists, and that must be said: an empty non-terminal,
    /// or a steered name without an address at the moment. PowerDNS takes a record without type and
    /// content for "exists, no data".
    bool placeholder = false;

    /// Not 0: no address is answered here now, but the next client, or the next second, may get
    /// one. Everything that says so, placeholder and static records, carries this scopeMask,
    /// because PowerDNS would otherwise remember for everybody that there is no address.
    std::uint8_t absence_scope = 0;

    Outcome outcome = Outcome::no_name;
};

/// Fills `reply`. The conditions must be those of `catalog`. Never fails, never throws.
void lookup(const Catalog& catalog, const Conditions& conditions, const Query& query, Reply& reply,
            Traces* traces = nullptr);

/// True when a record of `record_type` answers a question for `asked`.
[[nodiscard]] bool type_matches(std::string_view asked, std::string_view record_type);

/// Whether the family's decision belongs to the reply to a question for `asked`: it was asked for,
/// or has come to a CNAME; and nothing stands beside one.
[[nodiscard]] bool shows_decision(std::string_view asked, const Answers& reply, Family family);

}  // namespace fairlead::policy
