// SPDX-License-Identifier: Apache-2.0
#include "base/dns_name.h"

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/dns_name.h"

namespace fairlead {
namespace {

TEST_CASE("names compare without regard to case or the final dot", "[base][dns_name]") {
    CHECK(name("WwW.Example.COM") == name("www.example.com."));
    CHECK(name(".").is_root());
    CHECK(name("www.example.com.").label_count() == 3);
    CHECK_FALSE(name("a.b.") == name("ab."));
}

TEST_CASE("escapes are read and written as PowerDNS writes them", "[base][dns_name]") {
    struct Case {
        const char* text;
        const char* canonical;
    };
    const auto c =
        GENERATE(Case{R"(a\.b.example.com)", R"(a\.b.example.com.)"}, Case{R"(a\\b.)", R"(a\\b.)"},
                 Case{R"(\065.)", "a."}, Case{R"(a\032b.)", R"(a\032b.)"},
                 Case{R"(\000\255.)", R"(\000\255.)"}, Case{"a b.", R"(a\032b.)"},
                 Case{R"(\(x\).)", "(x)."}, Case{R"(\046.)", R"(\..)"}, Case{".", "."});
    CHECK(name(c.text).to_string() == c.canonical);
    CHECK(name(name(c.text).to_string()) == name(c.text));
}

TEST_CASE("what is not a name is refused", "[base][dns_name]") {
    const auto* text =
        GENERATE("", "..", ".a", "a..b", R"(a\)", R"(a\25)", R"(a\256.)", R"(a\2x5.)");
    CHECK_FALSE(DnsName::parse(text));
}

TEST_CASE("the limits of RFC 1035 hold", "[base][dns_name]") {
    CHECK(DnsName::parse(std::string(63, 'a')));
    CHECK_FALSE(DnsName::parse(std::string(64, 'a')));
    const std::string label62 = std::string(62, 'a') + ".";
    const std::string longest =
        label62 + label62 + label62 + label62;  // 4 * 63 = 252 bytes on the wire
    CHECK(DnsName::parse(longest));
    CHECK(DnsName::parse(longest + "a"));  // 254, 255 with the root
    CHECK_FALSE(DnsName::parse(longest + "ab"));
    CHECK_FALSE(DnsName::parse(std::string(100000, 'a')));
}

TEST_CASE("a child is relative, absolute or the name itself", "[base][dns_name]") {
    const auto zone = name("example.com.");
    CHECK(zone.child("www") == name("www.example.com."));
    CHECK(zone.child("a.b") == name("a.b.example.com."));
    CHECK(zone.child("@") == zone);
    CHECK(zone.child("mail.example.net.") == name("mail.example.net."));
    CHECK(zone.child(R"(x\.)") == name(R"(x\..example.com.)"));
    CHECK_FALSE(zone.child(""));
}

TEST_CASE("kinship of names", "[base][dns_name]") {
    const auto zone = name("example.com.");
    CHECK(name("www.example.com.").parent() == zone);
    CHECK(name("com.").parent().is_root());
    CHECK(zone.is_at_or_below(zone));
    CHECK(name("a.b.example.com.").is_at_or_below(zone));
    CHECK(zone.is_at_or_below(DnsName{}));
    CHECK_FALSE(name("badexample.com.").is_at_or_below(zone));
    CHECK_FALSE(name("com.").is_at_or_below(zone));
    CHECK(name("*.example.com.").is_wildcard());
    CHECK_FALSE(name("**.example.com.").is_wildcard());
    CHECK_FALSE(DnsName{}.is_wildcard());
}

TEST_CASE("canonical order is that of RFC 4034 section 6.1", "[base][dns_name]") {
    const std::vector<std::string> expected{
        "example.",           "a.example.",         "yljkjljk.a.example.",
        R"(Z.a.example.)",    R"(zABC.a.EXAMPLE.)", "z.example.",
        R"(\001.z.example.)", "*.z.example.",       R"(\200.z.example.)"};
    auto sorted = expected;
    std::reverse(sorted.begin(), sorted.end());
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return DnsName::canonically_before(name(a), name(b));
    });
    CHECK(sorted == expected);
}

}  // namespace
}  // namespace fairlead
