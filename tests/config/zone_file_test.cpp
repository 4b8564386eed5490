// SPDX-License-Identifier: Apache-2.0

// Zone files through the loader: what is served from them, and what is wrong with them.

#include "config/zone_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <random>

#include "config/load.h"
#include "tests/config/folder.h"
#include "tests/support/catch.h"

namespace fairlead::config {
namespace {

namespace fs = std::filesystem;

/// "LINE rule: message" of the findings in the zone file, "config.yaml:LINE ..." of the others.
std::vector<std::string> findings(const Folder& folder) {
    std::vector<std::string> list;
    const auto prefix = folder.path().string() + "/";
    for (const auto& finding : load(folder.path()).diagnostics) {
        auto place = fs::path(finding.file).filename().string() + ":";
        if (place == "zone:") place.clear();
        place += std::to_string(finding.line);
        auto message = finding.message;
        for (auto at = message.find(prefix); at != message.npos; at = message.find(prefix))
            message.erase(at, prefix.size());
        place.append(" ").append(finding.rule).append(": ").append(message);
        list.push_back(std::move(place));
    }
    return list;
}

const std::string kYaml = "zones: {example.com: {file: zone}}\n";
const std::string kApex =
    "$TTL 300\n@ SOA ns.example.net. dns 7 1h 10m 2w 1m\n@ NS ns.example.net.\n";

/// "OWNER TTL TYPE CONTENT" of all static records, in canonical order of the names.
std::vector<std::string> records(const LoadResult& result) {
    for (const auto& finding : result.diagnostics)
        UNSCOPED_INFO(finding.to_string());
    REQUIRE(result.loaded);
    std::vector<std::string> list;
    const auto& catalog = *result.loaded->catalog;
    for (const auto index : catalog.zones().front().contents) {
        const auto& set = catalog.record_set(index);
        for (const auto& r : set.statics) {
            list.push_back(set.name.to_string() + " " + std::to_string(r.ttl) + " " + r.type + " " +
                           r.content);
        }
    }
    return list;
}

/// The records that `zone` adds to kApex, without a finding.
std::vector<std::string> added_by(const std::string& zone) {
    const Folder folder;
    folder.write("config.yaml", kYaml);
    folder.write("zone", kApex + zone);
    const auto result = load(folder.path());
    CHECK(result.diagnostics.empty());
    auto list = records(result);
    REQUIRE(list.size() >= 2);
    list.erase(list.begin(), list.begin() + 2);
    return list;
}

/// What is wrong when `zone` follows kApex, whose lines are 1 to 3.
std::vector<std::string> findings_in(const std::string& zone, const std::string& yaml = kYaml) {
    const Folder folder;
    folder.write("config.yaml", yaml);
    folder.write("zone", kApex + zone);
    return findings(folder);
}

using Lines = std::vector<std::string>;

TEST_CASE("a zone can stand in its file altogether", "[config][zone_file]") {
    const Folder folder;
    folder.write("config.yaml", kYaml);
    folder.write("zone", R"zone(; The zone as any name server would take it.
$ORIGIN example.com.
$TTL 1h
@       IN  SOA ns1 dns (
                2024030100  ; serial
                3600        ; refresh
                10m 2w 60 )
            NS  ns1
            NS  ns2.example.net.
            MX  10 mail
            TXT "v=spf1 -all" ; a comment
ns1     300 IN  A    192.0.2.53
        IN 5m   AAAA 2001:DB8::53
mail        a   192.0.2.25
$ORIGIN sub
$TTL 60
@           TXT first second
*           CNAME @
a\.b        PTR \097bs.example.com.
_sip._tcp   SRV 0 5 5060 sip
out.example.com. TYPE65534 \# 2 ABCD
)zone");
    const auto result = load(folder.path());
    CHECK(result.diagnostics.empty());
    const Lines expected{
        "example.com. 3600 SOA ns1.example.com. dns.example.com. 2024030100 3600 600 1209600 60",
        "example.com. 3600 NS ns1.example.com.",
        "example.com. 3600 NS ns2.example.net.",
        "example.com. 3600 MX 10 mail.example.com.",
        "example.com. 3600 TXT \"v=spf1 -all\"",
        "mail.example.com. 3600 A 192.0.2.25",
        "ns1.example.com. 300 A 192.0.2.53",
        "ns1.example.com. 300 AAAA 2001:db8::53",
        "out.example.com. 60 TYPE65534 \\# 2 abcd",
        "sub.example.com. 60 TXT \"first\" \"second\"",
        "*.sub.example.com. 60 CNAME sub.example.com.",
        "_sip._tcp.sub.example.com. 60 SRV 0 5 5060 sip.sub.example.com.",
        "a\\.b.sub.example.com. 60 PTR abs.example.com.",
    };
    CHECK(records(result) == expected);
    CHECK(result.loaded->catalog->zones()[0].serial == 2024030100);
}

TEST_CASE("a TTL is the record's, $TTL's, the one before, the SOA's or the default",
          "[config][zone_file]") {
    CHECK(added_by("a A 192.0.2.1\n$TTL 5m\nb 60 A 192.0.2.2\nc A 192.0.2.3\n") ==
          Lines{"a.example.com. 300 A 192.0.2.1", "b.example.com. 60 A 192.0.2.2",
                "c.example.com. 300 A 192.0.2.3"});
    const Folder folder;
    folder.write("config.yaml", kYaml);
    folder.write("zone",
                 "@ SOA ns.example.net. dns 7 1 2 3 90\n@ NS ns.example.net.\na 60 TXT a\nb TXT b");
    CHECK(records(load(folder.path())) ==
          Lines{"example.com. 90 SOA ns.example.net. dns.example.com. 7 1 2 3 90",
                "example.com. 90 NS ns.example.net.", "a.example.com. 60 TXT \"a\"",
                "b.example.com. 60 TXT \"b\""});
    folder.write("config.yaml",
                 "defaults: {ttl: 77}\nzones: {example.com: {ns: [ns.example.net.], file: zone}}");
    folder.write("zone", "a TXT a\n");
    CHECK(records(load(folder.path())).back() == "a.example.com. 77 TXT \"a\"");
}

TEST_CASE("the SOA and the NS can stand in the configuration", "[config][zone_file]") {
    const Folder folder;
    folder.write("config.yaml",
                 "zones: {example.com: {ns: [ns1.example.com.], soa: {minimum: 5}, file: zone}}");
    folder.write("zone", "ns1 60 A 192.0.2.53\n");
    folder.set_time("config.yaml", 1700000000);
    folder.set_time("zone", 1700000005);
    const auto newer_zone = load(folder.path());
    CHECK(newer_zone.diagnostics.empty());
    CHECK(records(newer_zone) == Lines{"example.com. 3600 NS ns1.example.com.",
                                       "example.com. 3600 SOA ns1.example.com. "
                                       "hostmaster.example.com. 1700000005 3600 600 1209600 5",
                                       "ns1.example.com. 60 A 192.0.2.53"});
    CHECK(newer_zone.loaded->catalog->zones()[0].serial == 1700000005);
    folder.set_time("zone", 1600000000);
    CHECK(load(folder.path()).loaded.value().catalog->zones()[0].serial == 1700000000);
}

TEST_CASE("a zone whose file has its SOA no more goes on from that serial", "[config][zone_file]") {
    const Folder folder;
    folder.write("config.yaml", kYaml);
    const auto loaded_with = [&](const std::string& zone, const Loaded* previous) {
        folder.write("zone", zone);
        for (const auto* file : {"config.yaml", "zone"})
            folder.set_time(file, 1700000000);
        return load(folder.path(), previous).loaded.value();
    };
    const auto first =
        loaded_with("@ SOA ns dns 2026112801 1 2 3 4\n@ 60 NS ns.example.net.\n", nullptr);
    CHECK(first.catalog->zones()[0].serial == 2026112801);
    const auto second = loaded_with("@ 60 NS ns.example.net.\n", &first);
    CHECK(second.catalog->zones()[0].serial == 2026112802);
    const auto third = loaded_with("@ SOA ns dns 7 1 2 3 4\n@ 60 NS ns.example.net.\n", &second);
    CHECK(third.catalog->zones()[0].serial == 7);  // its author wants it so
}

TEST_CASE("only the NS in the file make the first one the SOA's", "[config][zone_file]") {
    const Folder folder;
    folder.write("config.yaml", kYaml);
    folder.write("zone", "@ 60 NS b.example.net.\n@ 60 NS a.example.net.\n");
    CHECK(records(load(folder.path())).front().find(" SOA b.example.net. ") != std::string::npos);
}

TEST_CASE("one file can serve several zones", "[config][zone_file]") {
    const Folder folder;
    folder.write("config.yaml", "zones: {example.com: {file: zone}, example.org: {file: zone}}\n");
    folder.write("zone", kApex + "www A 192.0.2.1\n");
    const auto result = load(folder.path());
    REQUIRE(result.loaded);
    for (const auto* name : {"www.example.com.", "www.example.org."}) {
        const auto* set = result.loaded->catalog->find(*DnsName::parse(name), -1);
        REQUIRE(set != nullptr);
        CHECK(set->statics.front().content == "192.0.2.1");
    }
}

TEST_CASE("steered names and records of the configuration lie over the file",
          "[config][zone_file]") {
    const Folder folder;
    folder.write("config.yaml", R"(
zones:
  example.com:
    file: zone
    records:
      www: {policy: failover, targets: [192.0.2.80]}
      new: {A: 192.0.2.2}
      '@': {CAA: '0 issue "ca.example.net"'}
)");
    folder.write("zone", kApex + "www TXT kept\n@ MX 10 mail.example.net.\n");
    const auto result = load(folder.path());
    CHECK(result.diagnostics.empty());
    CHECK(records(result) ==
          Lines{"example.com. 60 CAA 0 issue \"ca.example.net\"",
                "example.com. 300 SOA ns.example.net. dns.example.com. 7 3600 600 1209600 60",
                "example.com. 300 NS ns.example.net.", "example.com. 300 MX 10 mail.example.net.",
                "new.example.com. 60 A 192.0.2.2", "www.example.com. 300 TXT \"kept\""});
    CHECK(result.loaded->catalog->find(*DnsName::parse("www.example.com"), -1)->steering);
}

TEST_CASE("delegations and glue of the file are not authoritative", "[config][zone_file]") {
    const Folder folder;
    folder.write("config.yaml", kYaml);
    folder.write("zone", kApex + "sub NS ns.sub\nns.sub A 192.0.2.1\n");
    const auto result = load(folder.path());
    REQUIRE(result.loaded);
    const auto* glue = result.loaded->catalog->find(*DnsName::parse("ns.sub.example.com"), -1);
    REQUIRE(glue != nullptr);
    CHECK_FALSE(glue->statics.front().auth);
}

TEST_CASE("every mistake in a zone file is found at its line", "[config][zone_file]") {
    struct Case {
        const char* zone;
        const char* finding;  // its beginning
    };
    const auto c = GENERATE(values<Case>({
        {"a A 192.0.2.256\n", "4 bad-rdata: A \"192.0.2.256\": "},
        {"a A\n", "4 bad-rdata: A \"\": there is no data"},
        {"a MX 70000 b\n", "4 bad-rdata: MX \"70000 b\": 70000 is not between 0 and 65535"},
        {"a MX 20 ( mail\n .example.net. )\n", "4 bad-rdata: MX \"20 mail .example.net.\": "},
        {"\n\na MX (\n 10\n)\n", "6 bad-rdata: MX \"10\": "},
        {"a TXT \"b\n", "4 zone-file-syntax: a quote is not closed"},
        {"a TXT (\nb\n\"c\n)\n", "6 zone-file-syntax: a quote is not closed"},
        {"a\n", "4 zone-file-syntax: a record type is missing"},
        {"a 60 IN\n", "4 zone-file-syntax: a record type is missing"},
        {"a MXX 10 b\n",
         "4 zone-file-syntax: there is no record type \"MXX\"; did you mean \"MX\""},
        {"a 60 60 A 192.0.2.1\n", "4 zone-file-syntax: there is no record type \"60\""},
        {"a 60x A 192.0.2.1\n", "4 zone-file-syntax: \"60X\" is no TTL"},
        {"a 2147483648 A 192.0.2.1\n", "4 zone-file-syntax: \"2147483648\" is no TTL"},
        {"a CH TXT b\n", "4 zone-file-syntax: only class IN is served, not \"CH\""},
        {"$TTL\n", "4 zone-file-syntax: $TTL takes one value"},
        {"$TTL 5y\n", "4 zone-file-syntax: \"5y\" is no TTL"},
        {"$ORIGIN a..b\n", "4 bad-name: \"a..b\" is no DNS name"},
        {"$include other.zone\n", "4 zone-file-directive: $INCLUDE is not allowed"},
        {"$GENERATE 1-9 a$ A 192.0.2.$\n", "4 zone-file-directive: \"$GENERATE\" is not allowed"},
        {"a..b A 192.0.2.1\n", "4 bad-name: \"a..b\" is no DNS name"},
        {"\"a\" A 192.0.2.1\n", "4 bad-name: "},
        {"a.example.org. A 192.0.2.1\n", "4 outside-zone: a.example.org. does not lie in"},
        {"$ORIGIN org.\na A 192.0.2.1\n  TXT a\n", "5 outside-zone: a.org. does not lie in"},
        {"a SOA b c 1 2 3 4 5\n", "4 apex-record: an SOA stands only at the top"},
        {"@ SOA b c 1 2 3 4 5\n", "4 duplicate-record: a zone has one SOA; the other is in line 2"},
        {"a A 192.0.2.1\nA 1h A 192.0.2.1\n",
         "5 duplicate-record: this record stands in line 4 already"},
        {"a CNAME b\na CNAME c\n",
         "5 cname-not-alone: a name has one CNAME at most; the other is "},
        {"a CNAME b\n  TXT c\n",
         "4 cname-not-alone: a CNAME cannot stand beside other data, such "
         "as that in line 5"},
        {"a TXT c\na CNAME b\n", "5 cname-not-alone: "},
        {"@ CNAME b\n", "4 cname-at-apex: "},
        {"a OPT \\# 0\n", "4 generated-type: OPT cannot be written"},
        {"a TYPE65402 \\# 0\n", "4 generated-type: "},
    }));
    CAPTURE(c.zone);
    const auto found = findings_in(c.zone);
    REQUIRE(found.size() == 1);
    CHECK(found.front().substr(0, std::string_view(c.finding).size()) == c.finding);
}

TEST_CASE("the mistakes of a zone file come all at once, with those of the configuration",
          "[config][zone_file]") {
    const auto found = findings_in(
        "a A x\nb..c A 192.0.2.1\n  AAAA y\n$INCLUDE z\nd A 192.0.2.2\n",
        "zones: {example.com: {file: zone, records: {d: {A: 192.0.2.3}, e: {AAAA: w}}}}\n");
    REQUIRE(found.size() == 6);
    CHECK(
        found[0].starts_with("config.yaml:1 zone-file-conflict: A of this name stands at zone:8"));
    CHECK(found[1].starts_with("config.yaml:1 bad-rdata: "));
    CHECK(found[2].starts_with("4 bad-rdata: "));
    CHECK(found[3].starts_with("5 bad-name: "));
    CHECK(found[4].starts_with("6 bad-rdata: "));
    CHECK(found[5].starts_with("7 zone-file-directive: "));
}

TEST_CASE("a file cannot begin with a blank and a record", "[config][zone_file]") {
    const Folder folder;
    folder.write("config.yaml", kYaml);
    folder.write("zone", "  A 192.0.2.1\n");
    const auto found = findings(folder);
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("1 zone-file-syntax: the line starts with a blank"));
}

TEST_CASE("after a hundred mistakes the rest is left", "[config][zone_file]") {
    std::string zone;
    for (int i = 0; i < 200; ++i)
        zone += "a A x\n";
    const auto found = findings_in(zone);
    REQUIRE(found.size() == 101);
    CHECK(found.back() == "104 zone-file-limit: 100 mistakes until here; the rest was not read");
}

TEST_CASE("what a signer left is passed over, once said", "[config][zone_file]") {
    const Folder folder;
    folder.write("config.yaml", kYaml);
    folder.write("zone", kApex + R"(a A 192.0.2.1
a RRSIG A 8 3 300 20240401000000 20240301000000 1 example.com. AQID
a NSEC example.com. A RRSIG NSEC
@ DNSKEY 257 3 8 AQID
@ NSEC3PARAM 1 0 0 -
0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A
)");
    CHECK(findings(folder) ==
          Lines{"5 signed-zone-file: 5 records of a signed zone from here on are left out: "
                "PowerDNS signs"});
    CHECK(records(load(folder.path())).size() == 3);
}

TEST_CASE("a record set has the lowest of its TTLs", "[config][zone_file]") {
    const Folder folder;
    folder.write("config.yaml", kYaml);
    folder.write("zone", kApex + "a 60 A 192.0.2.1\na 30 A 192.0.2.2\na 90 A 192.0.2.3\n");
    const auto found = findings(folder);
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("5 mixed-ttls: "));
    const auto list = records(load(folder.path()));
    CHECK(Lines(list.begin() + 2, list.end()) == Lines{"a.example.com. 30 A 192.0.2.1",
                                                       "a.example.com. 30 A 192.0.2.2",
                                                       "a.example.com. 30 A 192.0.2.3"});
}

TEST_CASE("what is no readable file is said where the configuration names it",
          "[config][zone_file]") {
    const Folder folder;
    const auto only_finding = [&](const std::string& name) {
        folder.write("config.yaml", "zones: {example.com: {file: " + name + "}}\n");
        const auto found = findings(folder);
        REQUIRE(found.size() == 1);
        return found.front();
    };
    const std::string start = "config.yaml:1 cannot-read: cannot read the zone file ";
    CHECK(only_finding("gone") == start + "gone: No such file or directory");
    CHECK(only_finding(".") == start + ".: it is a directory");
    REQUIRE(mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
    CHECK(only_finding("pipe") == start + "pipe: it is no regular file");
    fs::permissions(folder.write("secret", "a A 192.0.2.1\n"), fs::perms::none);
    if (geteuid() != 0) CHECK(only_finding("secret") == start + "secret: Permission denied");
}

TEST_CASE("bytes that are no text are one finding", "[config][zone_file]") {
    using namespace std::string_literals;
    const auto found = findings_in(
        "a A 192.0.2.1\n\x7f"
        "ELF\0\0\x01\n\xff\xfe"s);
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("5 zone-file-syntax: a byte 0 stands here"));
}

// Without IPSECKEY: ldns 1.8 loses a few bytes when the data of one are bad.
TEST_CASE("no damage to a zone file breaks the loader", "[config][zone_file]") {
    const std::string good = kApex + R"zone(a 60 IN A 192.0.2.1
  MX ( 10
  mail ) ; comment
$ORIGIN sub
t TXT "a \"b\" \059" c
_s._tcp SRV 0 5 5060 a.example.com.
c CAA 0 issue "ca.example.net; x=y"
h HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.1
n NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@example.com!" .
u TYPE65534 \# 2 abcd
l LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
s SSHFP 2 1 123456789abcdef67890123456789abcdef67890
p APL 1:192.0.2.0/24 !1:192.0.2.128/25
)zone";
    const Folder folder;
    folder.write("config.yaml", kYaml);
    folder.write("zone", good);
    REQUIRE(records(load(folder.path())).size() == 13);
    std::mt19937 random(20240301);  // NOLINT: the same damage every time
    static constexpr std::string_view kBytes = "()\";\\ \n\t.@$#0a\r";
    const auto pick = [&](std::size_t count) { return random() % count; };
    for (int round = 0; round < 1000; ++round) {
        std::string zone = good;
        for (auto damages = 1 + pick(4); damages > 0; --damages) {
            const auto place = pick(zone.size());
            switch (pick(4)) {
                case 0:
                    zone.erase(place, 1 + pick(8));
                    break;
                case 1:
                    zone[place] = kBytes[pick(kBytes.size())];
                    break;
                case 2:
                    zone[place] = static_cast<char>(1 + pick(255));
                    break;
                default:
                    zone.insert(place, zone.substr(pick(zone.size()), pick(20)));
            }
        }
        folder.write("zone", zone);
        CAPTURE(round, zone);
        const auto result = load(folder.path());
        REQUIRE(result.loaded.has_value() == !has_errors(result.diagnostics));
    }
}

TEST_CASE("a large zone is read whole, many records of one name too", "[config][zone_file]") {
    static constexpr int kNames = 20'000;
    const Folder folder;
    folder.write("config.yaml", kYaml);
    std::string zone = kApex;
    for (int i = 0; i < kNames; ++i) {
        const auto number = std::to_string(i);
        zone += "h" + number + " A 10.0." + std::to_string(i / 256) + "." +
                std::to_string(i % 256) + "\n";
        zone += "many TXT t" + number + "\n";
    }
    folder.write("zone", zone);
    const auto result = load(folder.path());
    CHECK(result.diagnostics.empty());
    CHECK(records(result).size() == 2 + 2 * kNames);
}

}  // namespace
}  // namespace fairlead::config
