// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/table.h"

#include <sstream>

#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

TEST_CASE("columns are as wide as they need to be, and nothing is at the end of a line",
          "[backend][table]") {
    std::ostringstream out;
    print_table({"NAME", "IS", "SET"}, {{"fra1", "healthy", ""}, {"zürich", "down", "by anna"}},
                false, out);
    CHECK(out.str() ==
          "NAME    IS       SET\n"
          "fra1    healthy\n"
          "zürich  down     by anna\n");
}

}  // namespace
}  // namespace fairlead::backend
