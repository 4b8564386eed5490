// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/plain_text.h"

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

}  // namespace
}  // namespace fairlead::backend
