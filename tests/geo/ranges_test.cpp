// SPDX-License-Identifier: Apache-2.0
#include "geo/ranges.h"

#include <random>

#include "tests/support/catch.h"

namespace fairlead::geo {
namespace {

/// A small address space in which every address can be tried.
using Ranges8 = Ranges<std::uint8_t>;

Ranges8 random_ranges(std::mt19937& random, std::uint32_t values) {
    Ranges8 ranges;
    for (std::size_t first = 0; first < 256; first += 1 + random() % 40) {
        ranges.append(static_cast<std::uint8_t>(first),
                      static_cast<std::uint32_t>(random() % values));
    }
    return ranges;
}

/// True when every address that shares `length` leading bits with `key` has `value`.
bool holds(const Ranges8& ranges, std::uint8_t key, int length, std::uint32_t value) {
    const unsigned size = 1U << (8 - length);
    const unsigned start = key / size * size;
    for (unsigned address = start; address < start + size; ++address) {
        if (ranges.find(static_cast<std::uint8_t>(address)).value != value) return false;
    }
    return true;
}

TEST_CASE("the prefix is true and the next shorter one is not", "[geo][ranges][property]") {
    std::mt19937 random(GENERATE(range(0U, 50U)));
    const auto ranges = random_ranges(random, 3);
    for (unsigned address = 0; address < 256; ++address) {
        const auto key = static_cast<std::uint8_t>(address);
        const auto [value, length] = ranges.find(key);
        CAPTURE(address, value, int{length});
        CHECK(holds(ranges, key, length, value));
        if (length > 0) CHECK_FALSE(holds(ranges, key, length - 1, value));
    }
}

TEST_CASE("neighbours of one value are one range", "[geo][ranges]") {
    Ranges8 ranges;
    ranges.append(0, 7);
    ranges.append(10, 7);
    ranges.append(20, 8);
    ranges.append(20, 7);  // taken back
    CHECK(ranges.size() == 1);
    CHECK(ranges.find(200).value == 7);
    CHECK(ranges.find(200).length == 0);
}

TEST_CASE("two partitions combine along both their bounds", "[geo][ranges][property]") {
    std::mt19937 random(GENERATE(range(0U, 50U)));
    const auto a = random_ranges(random, 3);
    const auto b = random_ranges(random, 3);
    const auto both = a.combined(b, [](std::uint32_t x, std::uint32_t y) { return x * 10 + y; });
    const auto left = both.mapped([](std::uint32_t value) { return value / 10; });
    for (unsigned address = 0; address < 256; ++address) {
        const auto key = static_cast<std::uint8_t>(address);
        CHECK(both.find(key).value == a.find(key).value * 10 + b.find(key).value);
        CHECK(both.find(key).length >= std::max(a.find(key).length, b.find(key).length));
        CHECK(left.find(key).length == a.find(key).length);
    }
}

TEST_CASE("of many ranges each address finds its own", "[geo][ranges][property]") {
    std::mt19937 random(GENERATE(range(0U, 20U)));
    Ranges8 ranges;
    std::vector<std::uint32_t> values(256);
    for (unsigned first = 0; first < 256; ++first) {  // long ranges first, or last: uneven slices
        const bool dense = (first < 128) == (random() % 8 != 0);
        values[first] = first > 0 && !dense ? values[first - 1] : static_cast<std::uint32_t>(first);
        ranges.append(static_cast<std::uint8_t>(first), values[first]);
    }
    REQUIRE(ranges.size() > 100);
    const auto finished = ranges.mapped([](std::uint32_t value) { return value; });
    for (unsigned address = 0; address < 256; ++address) {
        const auto key = static_cast<std::uint8_t>(address);
        CHECK(finished.find(key).value == values[address]);
        CHECK(finished.find(key).length == ranges.find(key).length);
    }
}

TEST_CASE("there may be more values than are numbered", "[geo][ranges][property]") {
    std::mt19937 random(GENERATE(range(0U, 5U)));
    Ranges4 ranges;
    for (std::uint64_t first = 0; first < 1ULL << 32U; first += 1 + random() % (1U << 23U)) {
        ranges.append(static_cast<std::uint32_t>(first),
                      static_cast<std::uint32_t>(random() % 600));
    }
    const auto finished = ranges.mapped([](std::uint32_t value) { return value; });
    for (int n = 0; n < 20'000; ++n) {
        const auto key = static_cast<std::uint32_t>(random());
        REQUIRE(finished.find(key) == ranges.find(key));
    }
}

TEST_CASE("addresses of both families become keys in their own width", "[geo][ranges]") {
    Ranges4 v4;
    v4.append(key_of<std::uint32_t>(*IpAddress::parse("192.0.2.0")), 1);
    v4.append(key_of<std::uint32_t>(*IpAddress::parse("192.0.3.0")), 0);
    const auto find4 = [&](const char* text) {
        return v4.find(key_of<std::uint32_t>(*IpAddress::parse(text)));
    };
    CHECK(find4("192.0.2.77").value == 1);
    CHECK(find4("192.0.2.77").length == 24);
    CHECK(find4("192.0.3.1").length == 24);
    CHECK(find4("10.0.0.1").length == 1);

    Ranges6 v6;
    v6.append(key_of<Uint128>(*IpAddress::parse("2001:db8::")), 1);
    v6.append(key_of<Uint128>(*IpAddress::parse("2001:db9::")), 0);
    const auto find6 = [&](const char* text) {
        return v6.find(key_of<Uint128>(*IpAddress::parse(text)));
    };
    CHECK(find6("2001:db8::1").value == 1);
    CHECK(find6("2001:db8::1").length == 32);
    CHECK(find6("ffff::").length == 1);
    CHECK(find6("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff").length == 32);
}

}  // namespace
}  // namespace fairlead::geo
