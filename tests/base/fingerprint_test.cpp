// SPDX-License-Identifier: Apache-2.0
#include "base/fingerprint.h"

#include "tests/support/catch.h"

namespace fairlead {
namespace {

TEST_CASE("a fingerprint is FNV-1a of the bytes", "[base][fingerprint]") {
    CHECK(Fingerprint().value() == 0xcbf29ce484222325);  // the published offset basis
    // The number 1 as eight bytes, the lowest first.
    std::uint64_t expected = 0xcbf29ce484222325;
    for (const std::uint64_t byte : {1U, 0U, 0U, 0U, 0U, 0U, 0U, 0U})
        expected = (expected ^ byte) * 0x100000001b3;
    CHECK(Fingerprint().add(1).value() == expected);
}

TEST_CASE("order and bounds of the values matter", "[base][fingerprint]") {
    const auto of = [](auto... values) {
        Fingerprint print;
        (print.add(values), ...);
        return print.value();
    };
    CHECK(of("ab", "c") == of("ab", "c"));
    CHECK(of("ab", "c") != of("a", "bc"));
    CHECK(of("ab") != of("ab", ""));
    CHECK(of(1, 2) != of(2, 1));
    CHECK(of(0.1) != of(0.2));
    CHECK(of(true) != of(false));
    CHECK(of(-1) != of(1));
}

}  // namespace
}  // namespace fairlead
