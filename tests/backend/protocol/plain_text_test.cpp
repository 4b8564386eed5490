// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/plain_text.h"

#include <random>
#include <string>

#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

TEST_CASE("every byte stops a text or does not, wherever it stands", "[backend][plain_text]") {
    for (std::size_t length = 1; length < 20; ++length) {
        for (std::size_t at = 0; at < length; ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string text(length, 'a');
                text[at] = static_cast<char>(byte);
                const bool plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
                REQUIRE(plain_length(text) == (plain ? length : at));
            }
        }
    }
}

TEST_CASE("of several bytes that stop a text the first one counts",
          "[backend][plain_text][property]") {
    std::mt19937 random(GENERATE(range(0U, 20U)));
    for (int n = 0; n < 2'000; ++n) {
        std::string text(random() % 40, ' ');
        for (char& c : text)
            c = static_cast<char>(random() % 3 == 0 ? random() : 'a' + random() % 26);
        std::size_t first = 0;
        while (first < text.size() && kStandsForItself[static_cast<unsigned char>(text[first])])
            ++first;
        REQUIRE(plain_length(text) == first);
    }
}

}  // namespace
}  // namespace fairlead::backend
