// SPDX-License-Identifier: Apache-2.0
#pragma once

// A running PowerDNS's settings, held against what steering needs: what goes wrong, and the line to
// write. pdns-conf/pdns.conf is what this finds nothing in.
//
// Sources: PowerDNS pdns/auth-main.cc for names and defaults (4.7 to 5.1), and what
// docs/operations.md says of each. Pure. Thread rule: values.

#include <string>
#include <string_view>
#include <vector>

#include "backend/powerdns/settings.h"

namespace fairlead::backend {

struct Advice {
    std::string found;    // "consistent-backends=yes"
    std::string problem;  // what goes wrong with it
    std::string line;     // for pdns.conf
    friend bool operator==(const Advice&, const Advice&) = default;
};

/// "consistent-backends=yes: every steered name is ...; write: consistent-backends=no".
[[nodiscard]] inline std::string to_string(const Advice& advice) {
    return advice.found + ": " + advice.problem + "; write: " + advice.line;
}

struct Needs {
    bool client_subnets = true;  // some name asks where the client is
    bool purges = false;         // PowerDNS is told what to forget and which zones are new
    bool signatures = false;     // some zone says `dnssec: true`
    friend bool operator==(const Needs&, const Needs&) = default;
};

/// The worst first. `version`: what PowerDNS says it is, "4.7.3". A setting that this
/// PowerDNS does not have is none to be wrong.
[[nodiscard]] std::vector<Advice> advice(const PowerDnsSettings& settings, std::string_view version,
                                         const Needs& needs);

}  // namespace fairlead::backend
