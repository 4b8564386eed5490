// SPDX-License-Identifier: Apache-2.0
#include "checks/text_search.h"

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

/// Whether `wanted` is found in `text` when that comes in pieces of this size.
bool finds(const std::string& text, const std::string& wanted, std::size_t piece,
           std::size_t limit = 1000) {
    TextSearch search(wanted, limit);
    for (std::size_t at = 0; at < text.size(); at += piece) {
        if (search.append(std::string_view(text).substr(at, piece))) return true;
    }
    return false;
}

TEST_CASE("a text is found however what is sent is cut", "[checks][text_search]") {
    const std::string text = "aabaabaaab all is well";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        CAPTURE(piece);
        CHECK(finds(text, "well", piece));
        CHECK(finds(text, "aabaaa", piece));
        CHECK(finds(text, text, piece));
        CHECK_FALSE(finds(text, "Well", piece));
        CHECK_FALSE(finds(text, text + "!", piece));
    }
}

TEST_CASE("only the first bytes count", "[checks][text_search]") {
    for (std::size_t piece = 1; piece <= 11; ++piece) {
        CAPTURE(piece);
        CHECK(finds("all is well", "is", piece, 6));
        CHECK_FALSE(finds("all is well", "is", piece, 5));
        CHECK_FALSE(finds("all is well", "is", piece, 0));
    }
    TextSearch search("well", 6);
    CHECK_FALSE(search.append("all is well"));
    CHECK(search.text() == "all is");
    CHECK(search.room() == 0);
}

TEST_CASE("any byte may be looked for", "[checks][text_search]") {
    const std::string wanted("\0\xff\r\n", 4);
    CHECK(finds("x" + wanted, wanted, 1));
}

}  // namespace
}  // namespace fairlead::checks
