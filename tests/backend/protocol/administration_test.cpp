// SPDX-License-Identifier: Apache-2.0

// Every method besides the lookups, on a real socket and with a keystore on disk.

#include "backend/protocol/administration.h"

#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "backend/durable_file.h"
#include "backend/keystore/keystore_file.h"
#include "backend/protocol/search.h"
#include "backend/protocol/server.h"
#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/sample_state.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using nlohmann::json;

/// A server whose keystore is in `directory`.
class Running {
  public:
    explicit Running(const std::filesystem::path& directory) : keystore(directory, log) {
        auto listener = UnixListener::open({.path = sockets_ / "pdns.sock"});
        REQUIRE(bool(listener));
        auto started = Server::start(
            {.state = state_,
             .keystore = keystore,
             .command = [](const std::string& command,
                           const auto& done) { done(text_reply("for the process: " + command)); },
             .log = log},
            1);
        REQUIRE(bool(started));
        server = std::move(*started);
        server->serve({.listener = *std::move(listener)});
        client_.emplace(sockets_ / "pdns.sock");
        REQUIRE(client_->connected());
    }

    json ask(const std::string& line) {
        const auto reply = client_->ask(line);
        REQUIRE(reply);
        return json::parse(*reply, nullptr, false);
    }
    json ask(const char* method, const json& parameters) {
        return ask(json{{"method", method}, {"parameters", parameters}}.dump()).at("result");
    }

    MemoryLog log;
    KeystoreKeeper keystore;
    std::unique_ptr<Server> server;

  private:
    TemporaryDirectory sockets_;
    PublishedState state_{std::make_shared<ServingState>(sample_state())};
    std::optional<UnixClient> client_;
};

const json kKey{{"active", true}, {"content", "secret"}, {"flags", 257}, {"published", true}};
const json kZone{{"name", "example.com."}};

json add_key(Running& running) {
    return running.ask("addDomainKey", {{"name", "example.com."}, {"key", kKey}});
}

/// Lines in pairs, a request and the reply it must get; '#' opens a comment.
std::vector<std::pair<std::string, std::string>> pairs_of(const std::string& file) {
    std::ifstream in(std::string(FAIRLEAD_SOURCE_DIR) + "/tests/transcripts/" + file);
    REQUIRE(in.is_open());
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty() && line[0] != '#') lines.push_back(line);
    }
    REQUIRE(lines.size() % 2 == 0);
    std::vector<std::pair<std::string, std::string>> pairs;
    for (std::size_t i = 0; i < lines.size(); i += 2)
        pairs.emplace_back(lines[i], lines[i + 1]);
    return pairs;
}

TEST_CASE("every method is answered as PowerDNS needs it", "[backend][administration]") {
    const TemporaryDirectory directory;
    Running running(directory / "");
    for (const auto& [request, reply] : pairs_of("administration.jsonl")) {
        CAPTURE(request);
        CHECK(running.ask(request) == json::parse(reply));
    }
}

TEST_CASE("the transcripts have every method that PowerDNS can send", "[backend][administration]") {
    std::set<std::string> seen;
    for (const char* file : {"administration.jsonl", "all_healthy.jsonl"}) {
        for (const auto& [request, reply] : pairs_of(file)) {
            const auto parsed = json::parse(request, nullptr, false);
            if (parsed.is_object() && parsed.contains("method")) seen.insert(parsed["method"]);
        }
    }
    for (const char* method : {"initialize",
                               "lookup",
                               "APILookup",
                               "list",
                               "getAllDomains",
                               "getDomainInfo",
                               "getAllDomainMetadata",
                               "getDomainMetadata",
                               "setDomainMetadata",
                               "getDomainKeys",
                               "addDomainKey",
                               "removeDomainKey",
                               "activateDomainKey",
                               "deactivateDomainKey",
                               "publishDomainKey",
                               "unpublishDomainKey",
                               "getBeforeAndAfterNamesAbsolute",
                               "getTSIGKey",
                               "setTSIGKey",
                               "deleteTSIGKey",
                               "getTSIGKeys",
                               "setNotified",
                               "getUpdatedMasters",
                               "getUnfreshSlaveInfos",
                               "setFresh",
                               "setStale",
                               "superMasterBackend",
                               "createSlaveDomain",
                               "startTransaction",
                               "commitTransaction",
                               "abortTransaction",
                               "feedRecord",
                               "feedEnts",
                               "feedEnts3",
                               "replaceRRSet",
                               "directBackendCmd",
                               "searchRecords"}) {
        CAPTURE(method);
        CHECK(seen.contains(method));
    }
}

TEST_CASE("what is kept is on disk before the answer, for its owner's eyes only",
          "[backend][administration]") {
    const TemporaryDirectory directory;
    Running running(directory / "");
    REQUIRE(add_key(running) == 1);
    const auto text = read_whole(directory / "keystore.json", 1U << 20U);
    REQUIRE(bool(text));
    const auto kept = decode_keystore(*text);
    REQUIRE(bool(kept));
    CHECK(kept->of(*DnsName::parse("example.com.")).keys.at(0).content == "secret");
    struct stat status {};
    REQUIRE(::stat((directory / "keystore.json").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    CHECK(running.log.has("keystore: addDomainKey example.com."));
    for (const auto& line : running.log.lines())
        CHECK(line.find("secret") == std::string::npos);
}

TEST_CASE("the log of a refused request holds no key", "[backend][administration]") {
    const TemporaryDirectory directory;
    Running running(directory / "");
    CHECK(running.ask("setTSIGKey", {{"name", 7}, {"algorithm", "a"}, {"content", "c2VjcmV0"}}) ==
          false);
    CHECK(running.log.has("setTSIGKey"));
    CHECK_FALSE(running.log.has("c2VjcmV0"));
}

TEST_CASE("a restart finds what was kept", "[backend][administration]") {
    const TemporaryDirectory directory;
    REQUIRE(add_key(*std::make_unique<Running>(directory / "")) == 1);
    Running again(directory / "");
    CHECK(again.ask("getDomainKeys", kZone).at(0).at("content") == "secret");
    CHECK(again.log.has("1 zone, 0 TSIG keys"));
}

TEST_CASE("a keystore that cannot be used makes no zone insecure, and is not written over",
          "[backend][administration]") {
    const std::string text =
        GENERATE(std::string("{\"format\": \"fairlead keys"), std::string("{}"), std::string(),
                 std::string(R"({"format":"fairlead keystore","version":2})"),
                 std::string(R"({"format":"fairlead keystore","version":1})"),
                 std::string(R"({"format":"fairlead keystore","version":1,)"
                             R"("zones":{"a..b":{}},"tsig_keys":{}})"));
    CAPTURE(text);
    const TemporaryDirectory directory;
    REQUIRE(bool(write_durably(directory / "keystore.json", text)));
    Running running(directory / "");
    CHECK(running.log.has("cannot be used"));
    // PowerDNS makes an error of null, and SERVFAIL of that; "false" would be "not signed".
    CHECK(running.ask("getDomainKeys", kZone).is_null());
    CHECK(running.ask("getDomainKeys", {{"name", "example.net."}}) == false);
    CHECK(running.ask("getAllDomainMetadata", kZone) == json::object());
    CHECK(add_key(running) == false);
    CHECK(*read_whole(directory / "keystore.json", 1U << 20U) == text);
}

TEST_CASE("what cannot be written is refused, and not served either", "[backend][administration]") {
    const TemporaryDirectory directory;
    const bool no_directory = GENERATE(false, true);
    Running running(no_directory ? std::filesystem::path() : directory / "absent");
    CHECK(add_key(running) == false);
    CHECK(running.ask("getDomainKeys", kZone) == false);
    CHECK(running.log.has(no_directory ? "server.state_dir is none" : "cannot write"));
}

TEST_CASE("a keystore is the same after its file", "[backend][administration]") {
    Keystore keystore;
    const auto zone = *DnsName::parse("a\\.b\\200.example.com.");
    CHECK(*keystore.add_key(zone, {.flags = 256, .active = false, .content = "a\nb\"\\"}) == 1);
    REQUIRE(bool(keystore.set_metadata(zone, "NSEC3PARAM", {})));
    REQUIRE(bool(keystore.set_metadata(zone, "X-NOTE", {"one", ""})));
    REQUIRE(bool(keystore.set_tsig_key(zone, {.algorithm = "hmac-md5.", .secret = "c2VjcmV0"})));
    const auto again = decode_keystore(encode_keystore(keystore));
    REQUIRE(bool(again));
    CHECK(*again == keystore);
    CHECK(encode_keystore(*again) == encode_keystore(keystore));
}

TEST_CASE("a keystore has limits", "[backend][administration]") {
    Keystore keystore;
    const auto zone = *DnsName::parse("example.com.");
    for (std::size_t i = 0; i < Keystore::kKeysMax; ++i)
        REQUIRE(bool(keystore.add_key(zone, {})));
    CHECK_FALSE(bool(keystore.add_key(zone, {})));
    for (std::size_t i = 0; i < Keystore::kMetadataMax; ++i)
        REQUIRE(bool(keystore.set_metadata(zone, "K" + std::to_string(i), {"1"})));
    CHECK_FALSE(bool(keystore.set_metadata(zone, "ONE-MORE", {"1"})));
    CHECK(bool(keystore.set_metadata(zone, "K0", {"2"})));
}

TEST_CASE("patterns match as a shell's do", "[backend][administration]") {
    CHECK(matches("*", ""));
    CHECK(matches("a*c", "ABC"));
    CHECK(matches("a*b*c", "aXbbXc"));
    CHECK(matches("?", "x"));
    CHECK(matches("*.example.com", "www.example.com"));
    CHECK_FALSE(matches("?", ""));
    CHECK_FALSE(matches("a", "ab"));
    CHECK_FALSE(matches("", "a"));
    CHECK_FALSE(matches(std::string(200, '*') + "b", std::string(10000, 'a')));
}

TEST_CASE("what is found of an overlay has no zone's id, because that is another backend's",
          "[backend][administration]") {
    policy::CatalogBuilder builder;
    builder.add_overlay(*DnsName::parse("example.com."));
    builder.add_zone(*DnsName::parse("example.net."), 7);
    builder.add_static(0, *DnsName::parse("www.example.com."), {"A", 60, "192.0.2.1", true});
    builder.add_static(1, *DnsName::parse("www.example.net."), {"A", 60, "192.0.2.1", true});
    const auto catalog = std::move(builder).build({});
    const auto health = checks::Snapshot::all_unknown(0);
    const auto found = json::parse(search(catalog, policy::Conditions(health), "www.*", 9));
    REQUIRE(found.at("result").size() == 2);
    CHECK(found.at("result")[0].value("domain_id", -1) == -1);
    CHECK(found.at("result")[1].at("domain_id") == catalog.zones()[1].id);
}

TEST_CASE("the keys of a zone deny narrowly, whatever the configuration says since",
          "[backend][administration]") {
    const TemporaryDirectory directory;
    const json kind{{"name", "example.org."}, {"kind", "NSEC3NARROW"}};
    Running running(directory / "");
    CHECK(running.ask("getDomainMetadata", kind).empty());
    // As if it had been signed before `dnssec: true` was taken out of the configuration.
    (void)running.keystore.change(
        {.what = "test", .apply = [](Keystore& keystore) -> Result<std::string> {
             const auto added = keystore.add_key(*DnsName::parse("example.org."),
                                                 {.flags = 257, .content = "secret"});
             if (!added) return added.error();
             return Result<std::string>(boost::system::in_place_value, "");
         }});
    CHECK(running.ask("getDomainKeys", {{"name", "example.org."}}).size() == 1);
    CHECK(running.ask("getDomainMetadata", kind) == json{"1"});
}

TEST_CASE("a zone denies as it was told, and what is refused changes nothing",
          "[backend][administration]") {
    const TemporaryDirectory directory;
    Running running(directory / "");
    const auto denial = [&] {
        auto all = running.ask("getAllDomainMetadata", kZone);
        all.erase("SOA-EDIT");
        return all;
    };
    const auto set = [&](const char* kind, const json& values) {
        return running.ask("setDomainMetadata",
                           {{"name", "example.com."}, {"kind", kind}, {"value", values}}) == true;
    };
    const auto set_nsec3 = [&](const char* parameters, bool narrow) {  // as PowerDNS does it
        return set("NSEC3PARAM", {parameters}) &&
               set("NSEC3NARROW", narrow ? json{"1"} : json::array());
    };
    const auto unset_nsec3 = [&] {
        return set("NSEC3PARAM", json::array()) && set("NSEC3NARROW", json::array());
    };
    const json narrow{{"NSEC3NARROW", {"1"}}, {"NSEC3PARAM", {"1 0 0 -"}}};
    const json nsec = json::object();

    REQUIRE(add_key(running) == 1);
    CHECK(denial() == narrow);
    CHECK_FALSE(set_nsec3("1 0 5 -", false));
    CHECK(denial() == narrow);
    CHECK(unset_nsec3());
    CHECK(denial() == nsec);
    CHECK_FALSE(set_nsec3("1 0 0 -", false));
    CHECK(denial() == nsec);
    CHECK(set_nsec3("1 0 0 ab", true));
    const json salted{{"NSEC3NARROW", {"1"}}, {"NSEC3PARAM", {"1 0 0 ab"}}};
    CHECK(denial() == salted);
    CHECK_FALSE(set_nsec3("1 1 5 cd", false));
    CHECK(denial() == salted);
    CHECK(set_nsec3("1 0 0 -", true));
    CHECK(denial() == narrow);
    CHECK(unset_nsec3());
    CHECK(denial() == nsec);

    // pdnsutil disable-dnssec, and secure-zone again.
    CHECK(running.ask("removeDomainKey", {{"name", "example.com."}, {"id", 1}}) == true);
    CHECK(unset_nsec3());
    CHECK(denial() == nsec);
    REQUIRE(add_key(running) == 2);
    CHECK(denial() == narrow);
}

TEST_CASE("the serial of a zone with keys grows with its signatures, unless it is told not to",
          "[backend][administration]") {
    const TemporaryDirectory directory;
    Running running(directory / "");
    const auto edit = [&] {
        return running.ask("getDomainMetadata", {{"name", "example.com."}, {"kind", "SOA-EDIT"}});
    };
    const auto set = [&](const json& values) {
        return running.ask("setDomainMetadata",
                           {{"name", "example.com."}, {"kind", "SOA-EDIT"}, {"value", values}});
    };
    CHECK(edit() == json::array());
    REQUIRE(add_key(running) == 1);
    CHECK(edit() == json{"INCREMENT-WEEKS"});
    CHECK(running.ask("getAllDomainMetadata", kZone).at("SOA-EDIT") == json{"INCREMENT-WEEKS"});
    CHECK(running.ask("removeDomainKey", {{"name", "example.com."}, {"id", 1}}) == true);
    CHECK(edit() == json{"INCREMENT-WEEKS"});  // or the serial would go back
    REQUIRE(set({"NONE"}) == true);
    CHECK(edit() == json{"NONE"});
    REQUIRE(set(json::array()) == true);
    CHECK(edit() == json::array());
}

TEST_CASE("a name without a client has every type that it can have", "[backend][administration]") {
    const TemporaryDirectory directory;
    Running running(directory / "");
    const auto types = [&](const std::string& name, const std::string& remote) {
        std::set<std::string> found;
        for (const auto& record : running.ask("lookup", {{"qname", name},
                                                         {"qtype", "ANY"},
                                                         {"remote", remote},
                                                         {"real-remote", remote + "/32"}})) {
            found.insert(record.at("qtype"));
            CHECK(record.at("scopeMask") == 1);
        }
        return found;
    };
    CHECK(types("www.example.com.", "0.0.0.0") == std::set<std::string>{"A", "AAAA"});
    CHECK(types("gone.example.com.", "0.0.0.0") == std::set<std::string>{"A"});
}

}  // namespace
}  // namespace fairlead::backend
