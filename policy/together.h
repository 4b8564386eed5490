// SPDX-License-Identifier: Apache-2.0
#pragma once

// A and AAAA of a name that may be a CNAME, decided together: a CNAME stands alone (RFC 1034
// section 3.6.2), so a name is one or has addresses at any moment, whatever is asked for.
//
// One family leads: IPv4, or IPv6 where there is no IPv4 address. What it chooses holds:
//
//     A chooses      AAAA chooses    answered is
//     a CNAME        (not asked)     the CNAME, for every type
//     addresses      addresses       both
//     addresses      a CNAME         the addresses, and for AAAA what there is without CNAMEs
//
// Pure, allocation-free, cannot fail; see decide.h.

#include <cstdint>

#include "policy/decide.h"

namespace fairlead::policy {

struct Answers {
    Answer v4;
    Answer v6;

    [[nodiscard]] Answer& of(Family family) { return family == Family::v4 ? v4 : v6; }
    [[nodiscard]] const Answer& of(Family family) const { return family == Family::v4 ? v4 : v6; }
    /// The one that is a CNAME, which is all that there is then; nullptr: neither is.
    [[nodiscard]] const Answer* cname() const;
    [[nodiscard]] bool has_address() const {
        return !v4.addresses.empty() || !v6.addresses.empty();
    }
    void clear() {
        v4.clear();
        v6.clear();
    }
};

/// The family whose choice says whether the name is a CNAME for this client.
[[nodiscard]] Family leading_family(const Forest& forest, const Conditions& conditions,
                                    NodeIndex root, const Client& client);

/// For what the answers are wanted. A CNAME is found for either.
struct Wanted {
    bool v4 = true;
    bool v6 = true;

    [[nodiscard]] bool of(Family family) const { return family == Family::v4 ? v4 : v6; }
};

/// Fills `answers` with what the name is for this client. The traces are of what decided: of the
/// leading family where it is a CNAME, else of the wanted ones.
void decide_together(const Forest& forest, const Conditions& conditions, const Steering& steering,
                     const Client& client, std::uint64_t seed, Wanted wanted, Answers& answers,
                     Traces* traces = nullptr);

}  // namespace fairlead::policy
