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
    REQUIRE(list.items.size() == 3);
    CHECK(list.line == 2);
    CHECK(list.column == 6);
    CHECK(list.items[0]->plain);
    CHECK_FALSE(list.items[1]->plain);
    CHECK(list.items[2]->text == "NO");
    CHECK(list.items[2]->column == 15);
}

TEST_CASE("an explicit string tag is as good as quotes", "[config][document]") {
    const Read read("a: !!str NO\n");
    REQUIRE(read.findings.empty());
    CHECK_FALSE(read.root().value(0).plain);
}

TEST_CASE("JSON is read", "[config][document]") {
    const Read read(R"({"a": {"b": [1, "x\u00e9"]}, "c": null})");
    REQUIRE(read.findings.empty());
    CHECK(read.root().value(0).value(0).items[1]->text == "x\xc3\xa9");
    CHECK(read.root().value(1).kind == Node::Kind::null);
}

TEST_CASE("aliases stand for what they name", "[config][document]") {
    const Read read("a: &x {k: v}\nb: *x\n");
    REQUIRE(read.findings.empty());
    CHECK(&read.root().value(0) == &read.root().value(1));
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

TEST_CASE("keys that are no texts are reported and left out", "[config][document]") {
    const Read read("? [a]\n: 1\n~: 2\nb: 3\n");
    CHECK(read.findings.size() == 2);
    CHECK(read.root().size() == 1);
}

}  // namespace
}  // namespace fairlead::config
