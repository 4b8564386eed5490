// SPDX-License-Identifier: Apache-2.0
#include "config/document.h"

#include <chrono>

#include "tests/support/catch.h"

namespace fairlead::config {
namespace {

struct Read {
    Document document;
    Diagnostics findings;

    explicit Read(const std::vector<Source>& sources) { document.read(sources, findings); }
    explicit Read(std::string text) : Read({{"a.yaml", std::move(text)}}) {}

    [[nodiscard]] const Node& root() const { return document.root(); }
};

TEST_CASE("nodes know their place and what was written", "[config][document]") {
    const Read read("a:\n  b: [x, \"y\", NO]\n");
    REQUIRE(read.findings.empty());
    const Node& list = read.root().value(0).value(0);
    REQUIRE(list.items().size() == 3);
    CHECK(list.line == 2);
    CHECK(list.column == 6);
    CHECK(list.items()[0].plain);
    CHECK_FALSE(list.items()[1].plain);
    CHECK(list.items()[2].text == "NO");
    CHECK(list.items()[2].column == 15);
}

TEST_CASE("an explicit string tag is as good as quotes", "[config][document]") {
    const Read read("a: !!str NO\n");
    REQUIRE(read.findings.empty());
    CHECK_FALSE(read.root().value(0).plain);
}

TEST_CASE("JSON is read", "[config][document]") {
    const Read read(R"({"a": {"b": [1, "x\u00e9"]}, "c": null})");
    REQUIRE(read.findings.empty());
    CHECK(read.root().value(0).value(0).items()[1].text == "x\xc3\xa9");
    CHECK(read.root().value(1).kind == Node::Kind::null);
}

TEST_CASE("aliases stand for what they name", "[config][document]") {
    const Read read("a: &x {k: v}\nb: *x\n");
    REQUIRE(read.findings.empty());
    CHECK(read.root().value(1).is_mapping());
    CHECK(read.root().value(1).value(0).text == "v");
}

TEST_CASE("a billion laughs are refused without laughing", "[config][document]") {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 30; ++i) {
        const auto n = std::to_string(i);
        const auto before = "*a" + std::to_string(i - 1);
        text += "a" + n + ": &a" + n + " [" + before;
        for (int k = 0; k < 9; ++k)
            text += ", " + before;
        text += "]\n";
    }
    const Read read(text);
    REQUIRE(read.findings.size() == 1);
    CHECK(read.findings.front().rule == "yaml-limit");
}

TEST_CASE("aliases cannot nest beyond the limit", "[config][document]") {
    std::string text = "a0: &a0 [x]\n";
    for (int i = 1; i < 80; ++i) {
        const auto n = std::to_string(i);
        text += "a" + n + ": &a" + n + " [*a" + std::to_string(i - 1) + "]\n";
    }
    const Read read(text);
    REQUIRE(read.findings.size() == 1);
    CHECK(read.findings.front().message == "nested more than 64 deep");
}

TEST_CASE("files are joined by top-level key and below it", "[config][document]") {
    const Read read({{"a.yaml", "zones: {a.example: 1}\npools: {p: 1}\n"},
                     {"b.yaml", "zones: {b.example: 2}\n"}});
    REQUIRE(read.findings.empty());
    REQUIRE(read.root().size() == 2);
    const Node& zones = read.root().value(0);
    REQUIRE(zones.size() == 2);
    CHECK(read.document.file_of(zones.key(0)) == "a.yaml");
    CHECK(read.document.file_of(zones.key(1)) == "b.yaml");
}

TEST_CASE("what two files both say is reported with both places", "[config][document]") {
    const Read read(
        {{"a.yaml", "zones: {a.example: 1}\n"}, {"b.yaml", "\nzones: {a.example: 2}\n"}});
    REQUIRE(read.findings.size() == 1);
    CHECK(read.findings.front().to_string() ==
          "b.yaml:2:9: error [duplicate-key] \"a.example\" stands at a.yaml:1:9 already");
}

TEST_CASE("three files that share a key are joined", "[config][document]") {
    const Read read(
        {{"a.yaml", "z: {a: 1}"}, {"b.yaml", "z: {b: 1}"}, {"c.yaml", "z: {c: 1, a: 2}"}});
    CHECK(read.root().value(0).size() == 3);
    REQUIRE(read.findings.size() == 1);
    CHECK(read.findings.front().file == "c.yaml");
}

TEST_CASE("binary content and foreign encodings are no text", "[config][document]") {
    const std::string text = GENERATE(std::string("a: \0b", 5),
                                      std::string("\xff\xfe"
                                                  "a\0",
                                                  4),
                                      std::string("a: \xc0\x80"), std::string("a: \xed\xa0\x80"),
                                      std::string("\x04zones: {}"), std::string("a: \xf0\x9f\x98"));
    const Read read(text);
    REQUIRE(read.findings.size() == 1);
    CHECK(read.findings.front().rule == "yaml-syntax");
}

TEST_CASE("what is no YAML is explained where it shows", "[config][document]") {
    struct Case {
        const char* text;
        std::string finding;
    };
    const auto c = GENERATE(values<Case>({
        {"a: 1\n b: 2\n", "2:3: error [yaml-syntax] a ':' does not belong here"},
        {"a:\n  b: 1\n c: 2\n", "3:2: error [yaml-syntax] this does not belong to the mapping"},
        {"a:\n  - 1\n  b: 2\n", "3:3: error [yaml-syntax] this does not belong to the list"},
        {"a: [1, 2\nb: 3\n",
         "2:2: error [yaml-syntax] a ',' or ']' is missing before this (see line 1, column 4)"},
        {"a: {b: 1\nc: 2\n",
         "2:2: error [yaml-syntax] a ',' or '}' is missing before this (see line 1, column 4)"},
        {"a: \"b\n", "2:1: error [yaml-syntax] a quote is not closed (see line 1, column 4)"},
        {"a: @b\n", "1:4: error [yaml-syntax] nothing can begin with this character"},
        {"a: [2001:db8::]\n", "1:14: error [yaml-syntax] text that ends in ':' needs quotes"},
        {"a: 1\nb\nc: 1\n", "3:1: error [yaml-syntax] a ':' is missing after the key above"},
        {"a: *b\n", "1:4: error [yaml-syntax] there is no anchor of this name above"},
        {"\xc3\xa9: @\n", "1:4: error [yaml-syntax] nothing can begin with"},
        {"a: \xc3\xa9 \xef\xbf\xbf\n", "1:6: error [yaml-syntax] control characters are not"},
    }));
    CAPTURE(c.text);
    const Read read(c.text);
    REQUIRE(read.findings.size() == 1);
    CHECK(read.findings.front().to_string().substr(7, c.finding.size()) == c.finding);
}

TEST_CASE("an address needs no quotes", "[config][document]") {
    const Read read("a: [2001:db8::1, {b: 2001:db8::2}]\nc:\n  - 2001:db8::3\n");
    REQUIRE(read.findings.empty());
    CHECK(read.root().value(0).items()[0].text == "2001:db8::1");
    CHECK(read.root().value(0).items()[1].value(0).text == "2001:db8::2");
    CHECK(read.root().value(1).items()[0].text == "2001:db8::3");
}

TEST_CASE("keys that are no texts are reported and left out", "[config][document]") {
    const Read read("? [a]\n: 1\n~: 2\nb: 3\n");
    CHECK(read.findings.size() == 2);
    CHECK(read.root().size() == 1);
}

}  // namespace
}  // namespace fairlead::config
