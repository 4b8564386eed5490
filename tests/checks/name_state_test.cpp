// SPDX-License-Identifier: Apache-2.0
#include "checks/name_state.h"

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

using std::chrono::seconds;

const TimePoint kStart{std::chrono::hours(1)};

IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}

Result<Resolved> answer(std::vector<IpAddress> addresses, int ttl) {
    return Resolved{.addresses = std::move(addresses), .ttl = seconds(ttl)};
}

Result<Resolved> failed(const char* why = "no answer in time") {
    return Error{why};
}

TEST_CASE("a name is asked for again at its TTL, within bounds", "[checks][names]") {
    struct Case {
        int ttl;
        int asked_again_s;
    };
    for (const auto& [ttl, asked_again_s] :
         {Case{0, 5}, {4, 5}, {60, 60}, {3600, 3600}, {86400, 3600}}) {
        CAPTURE(ttl);
        NameState name;
        name.note(Family::v4, answer({ip("192.0.2.1")}, ttl), kStart);
        CHECK(name.v4.due == kStart + seconds(asked_again_s));
        CHECK(name.v4.answered == kStart);
    }
}

TEST_CASE("a failure keeps the last good answer and is tried again later and later",
          "[checks][names]") {
    NameState name;
    name.note(Family::v4, answer({ip("192.0.2.1")}, 60), kStart);
    TimePoint now = kStart;
    for (const int wait : {5, 10, 20, 40, 60, 60}) {
        name.note(Family::v4, failed(), now);
        CHECK(name.v4.due == now + seconds(wait));
        now = name.v4.due;
    }
    CHECK(name.address == ip("192.0.2.1"));
    CHECK(name.v4.answered == kStart);
    CHECK(name.problem == "no answer in time");
    name.note(Family::v4, answer({ip("192.0.2.1")}, 60), now);
    CHECK(name.problem.empty());
    CHECK(name.v4.failures == 0);
}

TEST_CASE("the probed address stays while it is among the answers", "[checks][names]") {
    NameState name;
    name.note(Family::v6, answer({ip("2001:db8::1")}, 60), kStart);
    CHECK(name.address == ip("2001:db8::1"));
    name.note(Family::v4, answer({ip("192.0.2.1")}, 60), kStart);
    CHECK(name.address == ip("2001:db8::1"));
    name.note(Family::v6, answer({ip("2001:db8::2")}, 60), kStart);
    CHECK(name.address == ip("192.0.2.1"));
    name.note(Family::v4, answer({ip("192.0.2.9"), ip("192.0.2.1")}, 60), kStart);
    CHECK(name.address == ip("192.0.2.1"));
    name.note(Family::v4, answer({ip("192.0.2.9"), ip("192.0.2.8")}, 60), kStart);
    CHECK(name.address == ip("192.0.2.8"));  // the least: the same on every server
}

TEST_CASE("a family may have no address, a name must have one", "[checks][names]") {
    NameState name;
    name.note(Family::v4, answer({}, 0), kStart);
    CHECK(name.problem == "it has no address");
    CHECK_FALSE(name.asked());
    name.note(Family::v6, answer({ip("2001:db8::1")}, 60), kStart);
    CHECK(name.asked());
    name.note(Family::v4, answer({}, 0), kStart);
    CHECK(name.problem.empty());
    CHECK(name.v4.due == kStart + seconds(60));
    name.note(Family::v6, answer({}, 0), kStart);
    CHECK(name.problem == "it has no address");
    CHECK(name.address == ip("2001:db8::1"));
}

TEST_CASE("an answer with very many addresses is cut", "[checks][names]") {
    std::vector<IpAddress> many;
    for (std::uint8_t i = 0; i < 200; ++i)
        many.push_back(IpAddress::v4({192, 0, 2, i}));
    NameState name;
    name.note(Family::v4, answer(many, 60), kStart);
    CHECK(name.v4.addresses.size() == NameState::kAddressesMax);
}

}  // namespace
}  // namespace fairlead::checks
