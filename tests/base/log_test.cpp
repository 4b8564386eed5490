// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include "tests/support/catch.h"

namespace fairlead {
namespace {

TEST_CASE("a limit lets one line through in each interval", "[base][log]") {
    LogLimit limit(std::chrono::seconds(10));
    const TimePoint start{std::chrono::hours(1)};
    CHECK(limit.allows(start));
    CHECK_FALSE(limit.allows(start + std::chrono::seconds(9)));
    CHECK(limit.allows(start + std::chrono::seconds(10)));
    CHECK_FALSE(limit.allows(start + std::chrono::seconds(19)));
}

}  // namespace
}  // namespace fairlead
