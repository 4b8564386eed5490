// SPDX-License-Identifier: Apache-2.0
#include "base/duration.h"

#include "tests/support/catch.h"

namespace fairlead {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a length of time is said in the unit that tells enough", "[base][duration]") {
    CHECK(rough_duration(-5s) == "0 s");
    CHECK(rough_duration(1999ms) == "1 s");
    CHECK(rough_duration(119s) == "119 s");
    CHECK(rough_duration(120s) == "2 min");
    CHECK(rough_duration(7199s) == "119 min");
    CHECK(rough_duration(2h) == "2 h");
    CHECK(rough_duration(47h) == "47 h");
    CHECK(rough_duration(48h) == "2 d");
}

}  // namespace
}  // namespace fairlead
