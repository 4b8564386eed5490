// SPDX-License-Identifier: Apache-2.0
#include "checks/named_subjects.h"

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

const TimePoint kNow{std::chrono::hours(1)};

Result<Resolved> answer(const char* address) {
    return Resolved{.addresses = {*IpAddress::parse(address)}, .ttl = std::chrono::seconds(60)};
}

void ask_both(NameState& name) {
    name.note(Family::v4, answer("192.0.2.1"), kNow);
    name.note(Family::v6, answer("2001:db8::1"), kNow);
}

std::vector<Subject> some_subjects() {
    return {{0, *IpAddress::parse("192.0.2.9")},
            {0, {}, "db.example.net"},
            {1, {}, "web.example.net"},
            {1, {}, "db.example.net"}};
}

TEST_CASE("a name is one, however many checks are made at it", "[checks][names]") {
    NamedSubjects named(some_subjects());
    REQUIRE(named.states().size() == 2);
    CHECK(named.find(0) == nullptr);
    CHECK(named.find(1) == named.find(3));
    CHECK(named.find(2)->host == "web.example.net");
}

TEST_CASE("the subjects of a name are given once, when both families were asked",
          "[checks][names]") {
    NamedSubjects named(some_subjects());
    auto& name = named.states()[0];
    CHECK(named.take_answered(0).empty());
    name.note(Family::v4, answer("192.0.2.1"), kNow);
    CHECK(named.take_answered(0).empty());
    name.note(Family::v6, Error{"no answer in time"}, kNow);
    CHECK(named.take_answered(0) == std::vector<SubjectIndex>{1, 3});
    CHECK(named.take_answered(0).empty());
}

TEST_CASE("what is known of a name goes to the next", "[checks][names]") {
    NamedSubjects before(some_subjects());
    ask_both(before.states()[0]);
    NamedSubjects after({{0, {}, "new.example.net"}, {0, {}, "db.example.net"}});
    after.inherit(before.states());
    CHECK(after.take_answered(0).empty());
    CHECK(after.find(1)->address == IpAddress::parse("192.0.2.1"));
    CHECK(after.take_answered(1) == std::vector<SubjectIndex>{1});
}

TEST_CASE("it is told once that a name fails, and once that it works again", "[checks][names]") {
    NamedSubjects named(some_subjects());
    auto& name = named.states()[0];
    CHECK_FALSE(named.take_news(0));
    name.note(Family::v4, Error{"no answer in time"}, kNow);
    name.note(Family::v6, Error{"no answer in time"}, kNow);
    CHECK(named.take_news(0)->text == "cannot resolve db.example.net: no answer in time");
    CHECK_FALSE(named.take_news(0));
    ask_both(name);
    CHECK(named.take_news(0)->text == "db.example.net is resolved again");
    name.note(Family::v4, Error{"Domain name not found"}, kNow);
    const auto news = named.take_news(0);
    REQUIRE(news);
    CHECK(news->is_failure);
    CHECK(news->text ==
          "cannot resolve db.example.net: Domain name not found; the last good answer counts");
}

TEST_CASE("aliases are names too, and the places of one are no subjects of it", "[checks][names]") {
    NamedSubjects named({{0, {}, "lb.example.net", 1}, {1, {}, "db.example.net"}},
                        {{.host = "lb.example.net"}, {.host = "db.example.net"}});
    REQUIRE(named.states().size() == 2);
    CHECK(named.find(0) == nullptr);
    CHECK(named.find(1)->host == "db.example.net");
    CHECK_FALSE(named.asked());
    ask_both(named.states()[0]);
    ask_both(named.states()[1]);
    CHECK(named.asked());
    CHECK(named.take_answered(1).empty());  // of lb.example.net
}

}  // namespace
}  // namespace fairlead::checks
