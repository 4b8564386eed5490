// SPDX-License-Identifier: Apache-2.0
#include "base/nearest.h"

#include <array>

#include "tests/support/catch.h"

namespace fairlead {
namespace {

TEST_CASE("edits are counted, swapped neighbours as one", "[base][nearest]") {
    CHECK(edit_distance("pool", "pool", 9) == 0);
    CHECK(edit_distance("pool", "POOL", 9) == 0);
    CHECK(edit_distance("pool", "pol", 9) == 1);
    CHECK(edit_distance("pool", "poool", 9) == 1);
    CHECK(edit_distance("pool", "pxol", 9) == 1);
    CHECK(edit_distance("pool", "polo", 9) == 1);
    CHECK(edit_distance("failover", "weighted", 9) == edit_distance("weighted", "failover", 9));
    CHECK(edit_distance("", "abc", 9) == 3);
    CHECK(edit_distance("abcdef", "uvwxyz", 3) == 3);  // the limit
}

TEST_CASE("only what is near enough is offered", "[base][nearest]") {
    static constexpr auto kKeys =
        std::to_array<std::string_view>({"policy", "targets", "default", "pool"});
    CHECK(nearest("polcy", kKeys) == "policy");
    CHECK(nearest("tragets", kKeys) == "targets");
    CHECK(nearest("poool", kKeys) == "pool");
    CHECK(nearest("zebra", kKeys).empty());
    CHECK(nearest("", kKeys).empty());
    CHECK(nearest(std::string(100000, 'p'), kKeys).empty());
    CHECK(did_you_mean("polcy", kKeys) == "; did you mean \"policy\"?");
}

}  // namespace
}  // namespace fairlead
