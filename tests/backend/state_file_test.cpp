// SPDX-License-Identifier: Apache-2.0
#include "backend/state_file.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "backend/durable_file.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using checks::Health;

const Moment kNow{TimePoint(100h), std::chrono::system_clock::time_point(1000000h)};

checks::Remembered remembered(const std::string& check, const char* address, Health health) {
    checks::Remembered subject{.check = check, .definition = 0xfedcba9876543210};
    subject.address = *IpAddress::parse(address);
    subject.evidence = {
        .state = {.health = health, .against = 2, .agreeing = 1},
        .last = {.layer = checks::Layer::connect, .failure = checks::Failure::refused},
        .since = kNow.steady - 90s};
    return subject;
}

LastKnown sample() {
    LastKnown known;
    known.health.subjects = {remembered("web", "203.0.113.10", Health::unhealthy),
                             remembered("web", "2001:db8::10", Health::healthy),
                             remembered("mail", "203.0.113.10", Health::healthy),
                             remembered("mail", "203.0.113.11", Health::unknown)};
    known.positions = {
        {.node = "policies.eu", .family = Family::v6, .target = "ash1", .since = kNow.steady - 7s}};
    const policy::WallTime since{std::chrono::milliseconds(1763640000000)};
    REQUIRE(known.overrides.set({.target = "pool eu",
                                 .state = policy::State::down,
                                 .reason = "power",
                                 .by = "local",
                                 .since = since}));
    REQUIRE(known.overrides.set({.target = "fra1",
                                 .state = policy::State::drain,
                                 .reason = "new \"disks\"",
                                 .by = "anna",
                                 .since = since,
                                 .until = since + 2h,
                                 .safe_at = since + 5min}));
    return known;
}

bool decodes(const std::string& text) {
    return decode_state(text, kNow).has_value();
}

std::string read(const fs::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST_CASE("what is written is what is read", "[backend][state_file]") {
    const auto state = decode_state(encode_state(sample(), kNow), kNow);
    REQUIRE(state.has_value());
    CHECK(state->age == 0ms);
    REQUIRE(state->known.health.subjects.size() == 3);  // unknown is no verdict
    const auto expected = sample();
    CHECK(state->known.overrides == expected.overrides);
    for (const auto& subject : state->known.health.subjects) {
        const auto same = std::ranges::find_if(expected.health.subjects, [&](const auto& other) {
            return other.check == subject.check && other.address == subject.address;
        });
        REQUIRE(same != expected.health.subjects.end());
        CHECK(subject.definition == same->definition);
        CHECK(subject.evidence.state == same->evidence.state);
        CHECK(subject.evidence.since == same->evidence.since);
        CHECK_FALSE(subject.place);
        const bool healthy = subject.evidence.state.health == Health::healthy;
        CHECK(describe(subject.evidence.last) ==
              (healthy ? "ok (last known)" : "last known: connect refused"));
    }
}

TEST_CASE("a check at a host name is known by that name", "[backend][state_file]") {
    auto known = sample();
    known.health.subjects = {remembered("db", "192.0.2.1", Health::unhealthy)};
    known.health.subjects[0].address = {};
    known.health.subjects[0].host = "db.example.net";
    const auto state = decode_state(encode_state(known, kNow), kNow);
    REQUIRE(state.has_value());
    REQUIRE(state->known.health.subjects.size() == 1);
    CHECK(state->known.health.subjects[0].host == "db.example.net");
    CHECK(state->known.health.subjects[0].evidence.state.health == Health::unhealthy);
}

TEST_CASE("where failover nodes stand is written and read", "[backend][state_file]") {
    const auto state = decode_state(encode_state(sample(), kNow), kNow);
    REQUIRE(state.has_value());
    REQUIRE(state->known.positions.size() == 1);
    const auto& position = state->known.positions[0];
    CHECK(position.node == "policies.eu");
    CHECK(position.family == Family::v6);
    CHECK(position.target == "ash1");
    CHECK(position.since == kNow.steady - 7s);
}

TEST_CASE("times survive on the wall's clock", "[backend][state_file]") {
    const auto text = encode_state(sample(), kNow);
    // A minute later by the wall, and the machine has been booted in between.
    const Moment later{TimePoint(10s), kNow.wall + 60s};
    const auto state = decode_state(text, later);
    REQUIRE(state.has_value());
    CHECK(state->age == 60s);
    CHECK(state->known.health.subjects[0].evidence.since == later.steady - 150s);
    // Clocks that were set back show an age below zero, and nothing from the future.
    const Moment earlier{TimePoint(100h), kNow.wall - 1h};
    const auto strange = decode_state(text, earlier);
    REQUIRE(strange.has_value());
    CHECK(strange->age == -1h);
    CHECK(strange->known.health.subjects[0].evidence.since == earlier.steady);
}

TEST_CASE("a file that is not what was written is refused whole", "[backend][state_file]") {
    const auto good = encode_state(sample(), kNow);
    const auto replaced = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        return text.replace(at, from.size(), to);
    };
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "it is damaged"},
        {"[]", "it is damaged"},
        {std::string(1000, '\0'), "it is damaged"},
        {std::string(100000, '['), "it is damaged"},
        {"{}", "it is something else"},
        {R"({"format": 7})", "it is something else"},
        {replaced("\"version\":2", "\"version\":3"), "another version of fairlead wrote it"},
        {replaced("\"version\":2", "\"version\":\"1\""), "another version of fairlead wrote it"},
        {replaced("\"checks\":[", "\"checks\":[7,"), "it is damaged"},
        {replaced("\"subjects\":[", "\"subjects\":[null,"), "it is damaged"},
        {replaced("\"unhealthy\"", "\"ill\""), "it is damaged"},
        {replaced("203.0.113.10", "203.0.113.1000"), "it is damaged"},
        {replaced("\"against\":2", "\"against\":-2"), "it is damaged"},
        {replaced("\"against\":2", "\"against\":70000"), "it is damaged"},
        {replaced("\"agreeing\":1", "\"agreeing\":1.5"), "it is damaged"},
        {replaced("\"positions\":[", "\"positions\":[{},"), "it is damaged"},
        {replaced("\"positions\":[", "\"position\":["), "it is damaged"},
        {replaced("ipv6", "ipx"), "it is damaged"},
        {replaced("\"saved\":", "\"saved\":-"), "it is damaged"},
        {replaced("\"saved\":", "\"saved\":9999999999"), "it is damaged"},
    };
    for (const auto& [text, why] : cases) {
        CAPTURE(text.substr(0, 200));
        const auto state = decode_state(text, kNow);
        REQUIRE_FALSE(state.has_value());
        CHECK(state.error().message == why);
    }
    for (std::size_t length = 0; length + 2 < good.size(); ++length)
        CHECK_FALSE(decodes(good.substr(0, length)));
}

TEST_CASE("a file is replaced whole and for nobody else to read", "[backend][state_file]") {
    const TemporaryDirectory directory;
    const auto file = directory / "state.json";
    REQUIRE(write_durably(file, "one").has_value());
    REQUIRE(write_durably(file, "two").has_value());
    CHECK(read(file) == "two");
    struct stat found {};
    REQUIRE(::stat(file.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0600U);
    CHECK_FALSE(fs::exists(file.string() + ".new"));
}

TEST_CASE("where nothing can be written the old file stays", "[backend][state_file]") {
    const TemporaryDirectory directory;
    const auto absent = write_durably(directory / "absent/state.json", "one");
    REQUIRE_FALSE(absent.has_value());
    CHECK(absent.error().message == "No such file or directory");

    const auto file = directory / "state.json";
    REQUIRE(write_durably(file, "one").has_value());
    fs::create_directory(file.string() + ".new");  // takes the place of the new file
    REQUIRE_FALSE(write_durably(file, "two").has_value());
    CHECK(read(file) == "one");
}

TEST_CASE("a full disk leaves the old file whole", "[backend][state_file]") {
    const TemporaryDirectory directory;
    const auto disk = directory / "disk";
    fs::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
        WARN("not tried: this needs the right to mount");
        return;
    }
    const std::string small(1000, 's');
    const std::string large(std::size_t{200} << 10U, 'l');
    CHECK(write_durably(disk / "state.json", small).has_value());
    const auto full = write_durably(disk / "state.json", large);
    CHECK_FALSE(full.has_value());
    if (!full) CHECK(full.error().message == "No space left on device");
    CHECK(read(disk / "state.json") == small);
    CHECK(write_durably(disk / "state.json", small).has_value());  // what was half written is gone
    REQUIRE(::umount(disk.c_str()) == 0);
}

TEST_CASE("a process that is killed while it writes leaves a whole file", "[backend][state_file]") {
    const TemporaryDirectory directory;
    const auto file = directory / "state.json";
    auto memory = sample();
    for (int i = 0; i < 300; ++i)
        memory.health.subjects.push_back(remembered("many", "192.0.2.1", Health::healthy));
    for (int round = 0; round < 10; ++round) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            for (;;)
                (void)write_durably(file, encode_state(memory, kNow));
        }
        REQUIRE(comes_true([&] { return fs::exists(file); }));
        // It is killed at some other moment each time.
        for (int look = 0; look <= round; ++look)
            CHECK(decodes(read(file)));
        ::kill(child, SIGKILL);
        REQUIRE(::waitpid(child, nullptr, 0) == child);
        CHECK(decodes(read(file)));
    }
}

TEST_CASE("what names resolve to is written and read", "[backend][state_file]") {
    auto known = sample();
    known.health.subjects = {remembered("web", "192.0.2.1", Health::unhealthy)};
    known.health.subjects[0].host = "lb.example.net";  // which has this address
    checks::NameState name{.host = "lb.example.net"};
    name.v4 = {.addresses = {*IpAddress::parse("192.0.2.1"), *IpAddress::parse("192.0.2.2")},
               .answered = kNow.steady - 90s,
               .due = kNow.steady + 5s,
               .asked = true};
    known.health.names = {name, {.host = "never.example.net"}};
    const auto text = encode_state(known, kNow);
    const auto state = decode_state(text, kNow);
    REQUIRE(state.has_value());
    REQUIRE(state->known.health.names.size() == 1);
    const auto& read = state->known.health.names[0];
    CHECK(read.host == name.host);
    CHECK(read.v4.addresses == name.v4.addresses);
    CHECK(read.v4.answered == name.v4.answered);
    CHECK(read.v4.due == TimePoint{});  // it is asked for at once, and waited for
    CHECK_FALSE(read.asked());
    CHECK(read.v6.answered == TimePoint{});
    CHECK(read.address == name.v4.addresses[0]);
    REQUIRE(state->known.health.subjects.size() == 1);
    CHECK(state->known.health.subjects[0].host == "lb.example.net");
    CHECK(state->known.health.subjects[0].address == *IpAddress::parse("192.0.2.1"));

    for (const auto* const wrong : {"\"2001:db8::1\"", "\"192.0.2.300\"", "5"}) {
        auto damaged = text;
        damaged.replace(damaged.find("\"192.0.2.2\""), 11, wrong);
        CHECK_FALSE(decode_state(damaged, kNow).has_value());
    }
}

TEST_CASE("the file of the version before, which had no names, is read", "[backend][state_file]") {
    auto text = encode_state(sample(), kNow);
    text.replace(text.find("\"names\":[],"), 11, "");
    text.replace(text.find("\"version\":2"), 11, "\"version\":1");
    const auto state = decode_state(text, kNow);
    REQUIRE(state.has_value());
    CHECK(state->known.health.subjects.size() == 3);
}

}  // namespace
}  // namespace fairlead::backend
