// SPDX-License-Identifier: Apache-2.0
#include "base/ascii.h"

#include <cctype>

#include "tests/support/catch.h"

namespace fairlead {

// As the functions of C in its own locale, which this program has never left.
TEST_CASE("letters and digits are those of ASCII, other bytes stay as they are") {
    for (int byte = 0; byte < 256; ++byte) {
        CAPTURE(byte);
        const auto c = static_cast<char>(byte);
        CHECK(ascii::is_digit(c) == (std::isdigit(byte) != 0));
        CHECK(ascii::is_letter(c) == (std::isalpha(byte) != 0));
        CHECK(ascii::is_capital(c) == (std::isupper(byte) != 0));
        CHECK(ascii::is_small(c) == (std::islower(byte) != 0));
        CHECK(ascii::lower(c) == static_cast<char>(std::tolower(byte)));
        CHECK(ascii::upper(c) == static_cast<char>(std::toupper(byte)));
    }
}

TEST_CASE("texts change as each of their letters does") {
    CHECK(ascii::lower("Bearer \xc3\x9c-09 z") == "bearer \xc3\x9c-09 z");
    CHECK(ascii::upper("in ch\xc3\xbc TYPE1") == "IN CH\xc3\xbc TYPE1");
    CHECK(ascii::lower("").empty());
}

}  // namespace fairlead
