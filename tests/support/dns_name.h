// SPDX-License-Identifier: Apache-2.0
#pragma once

// DNS names in tests, written as text.

#include <string_view>

#include "base/dns_name.h"
#include "tests/support/catch.h"

namespace fairlead {

inline DnsName name(std::string_view text) {
    const auto parsed = DnsName::parse(text);
    REQUIRE(parsed);
    return *parsed;
}

}  // namespace fairlead
