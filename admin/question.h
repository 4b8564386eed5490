// SPDX-License-Identifier: Apache-2.0
#pragma once

// What somebody wants explained, as text: from a command line or a URL. Thread rule: pure.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "policy/lookup.h"

namespace fairlead::admin {

struct QuestionText {
    std::string name;    // with or without the final dot
    std::string type;    // in any case
    std::string client;  // an address; empty: PowerDNS asking for itself
    std::string ecs;     // EDNS client subnet, or empty
    std::uint64_t seed = 0;
};

/// The same, understood. Stays where it is: `query` has a view of `type`.
struct Question {
    std::string type;
    policy::Query query;
};

/// The error says which part is wrong.
[[nodiscard]] Result<std::unique_ptr<Question>> read_question(const QuestionText& text);

/// The wildcard that PowerDNS finds for a name that does not exist: that of the closest ancestor
/// that does (RFC 4592).
[[nodiscard]] std::optional<DnsName> wildcard_for(const policy::Catalog& catalog, DnsName name);

}  // namespace fairlead::admin
