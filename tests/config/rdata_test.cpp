// SPDX-License-Identifier: Apache-2.0
#include "config/rdata.h"

#include "tests/support/catch.h"

namespace fairlead::config {
namespace {

RdataResult read(std::string_view type, std::string_view text) {
    const auto found = find_record_type(type);
    CAPTURE(type, text);
    REQUIRE(found);
    return read_rdata(*found, text);
}

TEST_CASE("good data comes out as PowerDNS takes it, and stays what it is", "[config][rdata]") {
    struct Case {
        const char* type;
        const char* text;
        const char* out_type;
        const char* content;
    };
    // clang-format off
    const auto c = GENERATE(values<Case>({
        {"A", "192.0.2.1", "A", "192.0.2.1"},
        {"AAAA", "2001:DB8::1", "AAAA", "2001:db8::1"},
        {"MX", "  10   mail.example.com. ", "MX", "10 mail.example.com."},
        {"MX", "0 .", "MX", "0 ."},
        {"NS", "NS.Example.COM.", "NS", "NS.Example.COM."},
        {"SRV", "0 5 5060 sip.example.com.", "SRV", "0 5 5060 sip.example.com."},
        {"CAA", "0 issue \"ca.example.net; policy=ev\"", "CAA", "0 issue \"ca.example.net; policy=ev\""},
        {"HTTPS", "1 . alpn=h2", "HTTPS", "1 . alpn=h2"},
        {"SVCB", "1 svc.example.com. port=8443", "SVCB", "1 svc.example.com. port=8443"},
        {"TLSA", "3 1 1 D2ABDE", "TLSA", "3 1 1 d2abde"},
        {"NAPTR", "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:info@example.com!\" .", "NAPTR", "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:info@example.com!\" ."},
        {"APL", "1:192.0.2.0/24 !1:192.0.2.128/25", "APL", "1:192.0.2.0/24 !1:192.0.2.128/25"},
        {"CERT", "PKIX 1 RSASHA1 AQID", "CERT", "1 1 5 AQID"},
        {"IPSECKEY", "10 1 2 192.0.2.38 AQID", "IPSECKEY", "10 1 2 192.0.2.38 AQID"},
        {"TXT", "\"a b\" \"c\"", "TXT", "\"a b\" \"c\""},
        {"TXT", "v=spf1 -all", "TXT", "\"v=spf1 -all\""},
        {"TXT", "k=rsa; p=\"x\\y\"", "TXT", "\"k=rsa; p=\\\"x\\\\y\\\"\""},
        {"TXT", "", "TXT", "\"\""},
        {"TXT", "\xc3\xa9", "TXT", "\"\\195\\169\""},
        {"TYPE1", "\\# 4 c0000201", "A", "192.0.2.1"},
        {"TYPE65534", "\\# 2 ABCD", "TYPE65534", "\\# 2 abcd"},
        {"TYPE65534", "\\# 0", "TYPE65534", "\\# 0"},
        // Types that PowerDNS has no name for go by number.
        {"MINFO", "a. b.", "TYPE14", "a. b."},
        {"TALINK", "a. b.", "TYPE58", "\\# 6 016100016200"},
    }));
    // clang-format on
    const auto result = read(c.type, c.text);
    CAPTURE(result.message);
    REQUIRE(result.rdata);
    CHECK(result.rdata->type == c.out_type);
    CHECK(result.rdata->content == c.content);
    const auto again = read(result.rdata->type, result.rdata->content);
    REQUIRE(again.rdata);
    CHECK(again.rdata->content == c.content);
}

TEST_CASE("bad data is refused, also where ldns would bend it", "[config][rdata]") {
    struct Case {
        const char* type;
        const char* text;
    };
    const auto c = GENERATE(values<Case>({
        {"A", "192.0.2.1 junk"},
        {"A", "192.0.2"},
        {"A", "www.example.com."},
        {"AAAA", "192.0.2.1"},
        {"A", ""},
        {"MX", "mail.example.com."},
        {"MX", "70000 mail.example.com."},
        {"MX", "-1 mail.example.com."},
        {"MX", "10 a..b."},
        {"CAA", "300 issue \"ca.example.net\""},
        {"SRV", "0 5 65536 sip.example.com."},
        {"TXT", "\"not closed"},
        {"TXT", "\"a\" ; comment"},
        {"CNAME", "a.example.com. ; comment"},
        {"PTR", "( a.example.com. )"},
        {"MX", "10 mail.example.com.\n"},
        {"TYPE65534", "\\# 3 abcd"},
        {"TYPE65534", "abcd"},
        {"TLSA", "3 1 1 xyz"},
        {"SOA", "a. b. 4294967296 2 3 4 5"},
        {"SOA", "a. b. 1 4294967296 3 4 5"},
        {"SOA", "a. b. 1 2x 3 4 5"},
    }));
    const auto result = read(c.type, c.text);
    CAPTURE(c.type, c.text);
    CHECK_FALSE(result.rdata);
    CHECK(result.rule == Rule::bad_rdata);
    CHECK_FALSE(result.message.empty());
}

TEST_CASE("names without a final dot are ambiguous in every type", "[config][rdata]") {
    CHECK(read("MX", "10 mail").rule == Rule::ambiguous_name);
    CHECK(read("CNAME", "www.example.com").rule == Rule::ambiguous_name);
    CHECK(read("CNAME", "@").rule == Rule::ambiguous_name);
    CHECK(read("SRV", "0 5 5060 sip").rule == Rule::ambiguous_name);
    CHECK(read("SVCB", "1 svc port=8443").rule == Rule::ambiguous_name);
    CHECK(read("RP", "a.example.com. b").rule == Rule::ambiguous_name);
}

TEST_CASE("in a zone file names are relative and words of TXT are texts", "[config][rdata]") {
    const auto origin = DnsName::parse("example.com").value();
    const auto content = [&](std::string_view type, std::string_view text) {
        const auto result = read_zone_rdata(find_record_type(type).value(), text, origin);
        CAPTURE(type, text, result.message);
        REQUIRE(result.rdata);
        return result.rdata->content;
    };
    CHECK(content("MX", "10 mail") == "10 mail.example.com.");
    CHECK(content("CNAME", "@") == "example.com.");
    CHECK(content("CNAME", "www.example.net.") == "www.example.net.");
    CHECK(content("SVCB", "1 svc port=8443") == "1 svc.example.com. port=8443");
    CHECK(content("TXT", "v=spf1 -all") == "\"v=spf1\" \"-all\"");
    CHECK(content("SOA", "ns dns 1 1h 10m 1w 1h30m") ==
          "ns.example.com. dns.example.com. 1 3600 600 604800 5400");
    CHECK_FALSE(read_zone_rdata(find_record_type("MX").value(), "70000 mail", origin).rdata);
}

TEST_CASE("long texts are cut into chunks of 255 bytes", "[config][rdata]") {
    const auto result = read("TXT", std::string(600, 'x'));
    REQUIRE(result.rdata);
    const auto chunk = [](std::size_t size) { return "\"" + std::string(size, 'x') + "\""; };
    CHECK(result.rdata->content == chunk(255) + " " + chunk(255) + " " + chunk(90));
}

TEST_CASE("types are known by name or number", "[config][rdata]") {
    CHECK(find_record_type("MX").value().number == 15);
    CHECK(find_record_type("TYPE15").value().mnemonic == "MX");
    CHECK(find_record_type("TYPE65535").value().mnemonic == "TYPE65535");
    for (const auto* name : {"", "mx", "TXTT", "TYPE", "TYPE65536", "TYPE-1", "TYPE1X", "1"})
        CHECK_FALSE(find_record_type(name));
    for (const auto* name :
         {"RRSIG", "NSEC3", "OPT", "ANY", "AXFR", "TYPE255", "TYPE0", "TYPE57", "TYPE65402"})
        CHECK(is_generated_type(find_record_type(name).value()));
    CHECK_FALSE(is_generated_type(find_record_type("DNSKEY").value()));
}

}  // namespace
}  // namespace fairlead::config
