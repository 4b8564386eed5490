// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/reply_writer.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using nlohmann::json;

TEST_CASE("every byte becomes ASCII JSON that means the same in DNS", "[backend][reply]") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);
    std::string out;
    write_text(out, all);
    for (const char c : out)
        CHECK((c >= 0x20 && c < 0x7f));

    const auto text = json::parse(out).get<std::string>();
    CHECK(text.substr(0, 8) == "\\000\\001");
    CHECK(text.find("!\"#") != std::string::npos);
    CHECK(text.find("[\\]") != std::string::npos);
    CHECK(text.substr(text.size() - 8) == "\\254\\255");
}

TEST_CASE("a record has the types PowerDNS reads", "[backend][reply]") {
    std::string out;
    RecordList list(out);
    const RecordFields fields{.name = "a.example.com.",
                              .type = "AAAA",
                              .ttl = 4294967295,
                              .zone_id = 0,
                              .auth = false,
                              .scope = 56};
    list.add(fields, *IpAddress::parse("2001:db8:1111:2222:3333:4444:5555:6666"));
    list.add({.name = "a.example.com.", .type = "MX", .ttl = 5, .zone_id = 3}, "10 b.example.com.");
    list.add({.name = "a.example.com.", .type = "A", .ttl = 5}, *IpAddress::parse("192.0.2.1"));
    list.finish();

    CHECK(out.back() == '\n');
    const json expected = json::parse(R"({"result": [
        {"qname": "a.example.com.", "qtype": "AAAA", "ttl": 4294967295, "domain_id": 0, "auth": 0,
         "content": "2001:db8:1111:2222:3333:4444:5555:6666", "scopeMask": 56},
        {"qname": "a.example.com.", "qtype": "MX", "ttl": 5, "domain_id": 3,
         "content": "10 b.example.com."},
        {"qname": "a.example.com.", "qtype": "A", "ttl": 5, "content": "192.0.2.1"}]})");
    CHECK(json::parse(out) == expected);
}

TEST_CASE("the short answers are whole documents", "[backend][reply]") {
    const auto written = [](auto write) {
        std::string out;
        write(out);
        return out;
    };
    CHECK(written(write_yes) == "{\"result\":true}\n");
    CHECK(written(write_no) == "{\"result\":false}\n");
    CHECK(written(write_nothing) == "{\"result\":[]}\n");
    CHECK(written([](std::string& out) { RecordList(out).finish(); }) == "{\"result\":[]}\n");
}

}  // namespace
}  // namespace fairlead::backend
