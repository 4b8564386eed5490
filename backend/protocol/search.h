// SPDX-License-Identifier: Apache-2.0
#pragma once

// PowerDNS's search-data: records whose name or content matches a pattern. Thread rule: pure.

#include <cstddef>
#include <string>
#include <string_view>

#include "policy/catalog.h"
#include "policy/conditions.h"

namespace fairlead::backend {

/// `*` stands for any text, `?` for one character; ASCII letters in any case. Time grows with the
/// product of both lengths at most.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text);

/// A whole reply: at most `most` records of the static view that match. Names are compared without
/// their final dot, as PowerDNS's own backends do.
[[nodiscard]] std::string search(const policy::Catalog& catalog,
                                 const policy::Conditions& conditions, std::string_view pattern,
                                 std::size_t most);

}  // namespace fairlead::backend
