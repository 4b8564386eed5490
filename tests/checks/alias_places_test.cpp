// SPDX-License-Identifier: Apache-2.0
#include "checks/alias_places.h"

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

IpAddress ip(const std::string& text) {
    return *IpAddress::parse(text);
}

NameState resolved(const std::string& host, const std::vector<std::string>& addresses) {
    NameState state{.host = host};
    for (const auto& text : addresses)
        state.of(ip(text).family()).addresses.push_back(ip(text));
    return state;
}

/// Two aliases for one name, one with a check, whose subjects are 1 to 16; and another alias.
struct Sample {
    Sample() {
        Alias checked{.host = "lb.example.net"};
        for (std::size_t i = 0; i < kAliasPlaces; ++i) {
            checked.v4[i] = add(place_of(Family::v4, i));
            checked.v6[i] = add(place_of(Family::v6, i));
        }
        places.emplace(std::vector{checked, Alias{.host = "lb.example.net"},
                                   Alias{.host = "other.example.net"}},
                       subjects);
    }
    SubjectIndex add(std::uint8_t place) {
        subjects.push_back({.check = 0, .address = {}, .host = "lb.example.net", .place = place});
        return static_cast<SubjectIndex>(subjects.size() - 1);
    }
    std::shared_ptr<const AliasTable> table() { return places->table(true); }

    std::vector<Subject> subjects{{.check = 0, .address = ip("192.0.2.9"), .host = {}}};
    std::optional<AliasPlaces> places;
};

TEST_CASE("an alias has what its name has, with a subject for each address", "[checks][alias]") {
    Sample s;
    CHECK(s.table()->aliases[0].empty());
    const auto change =
        s.places->update(resolved("lb.example.net", {"192.0.2.2", "192.0.2.1", "2001:db8::1"}));
    CHECK(change.left.empty());
    CHECK(change.occupied.size() == 3);
    const auto table = s.table();
    REQUIRE(table->aliases[0].v4.size() == 2);
    CHECK(table->aliases[0].v4[0].address == ip("192.0.2.1"));  // in order
    for (const auto& [address, subject] : table->aliases[0].v4) {
        CHECK(s.subjects[subject].address == address);
        CHECK(table->occupants.at(subject) == address);
        CHECK_FALSE(s.places->is_empty(subject));
    }
    CHECK(table->occupants.size() == 3);
    // The same name without a check.
    REQUIRE(table->aliases[1].v6.size() == 1);
    CHECK(table->aliases[1].v6[0] == WatchedAddress{ip("2001:db8::1"), kUnchecked});
    CHECK(table->aliases[2].empty());
}

TEST_CASE("an address keeps its place as long as the name has it", "[checks][alias]") {
    Sample s;
    static_cast<void>(s.places->update(resolved("lb.example.net", {"192.0.2.1", "192.0.2.2"})));
    const auto second = s.table()->aliases[0].v4[1].subject;
    const auto changes = s.places->changes();

    const auto same = s.places->update(resolved("lb.example.net", {"192.0.2.1", "192.0.2.2"}));
    CHECK(same.left.empty());
    CHECK(same.occupied.empty());
    CHECK(s.places->changes() == changes);

    const auto change = s.places->update(resolved("lb.example.net", {"192.0.2.2", "192.0.2.3"}));
    REQUIRE(change.left.size() == 1);
    CHECK(change.left[0].second.address == ip("192.0.2.1"));
    CHECK(change.occupied == std::vector{change.left[0].first});  // the new one moves in there
    CHECK(s.places->changes() > changes);
    CHECK(s.table()->aliases[0].v4[0] == WatchedAddress{ip("192.0.2.2"), second});
}

TEST_CASE("more addresses than places are left out, and told of once", "[checks][alias]") {
    Sample s;
    std::vector<std::string> many;
    for (int i = 1; i <= 9; ++i)
        many.push_back("192.0.2." + std::to_string(i));
    const auto state = resolved("lb.example.net", many);
    static_cast<void>(s.places->update(state));
    CHECK(s.table()->aliases[0].v4.size() == kAliasPlaces);
    REQUIRE(s.places->take_overflow(state));
    CHECK_FALSE(s.places->take_overflow(state));
    CHECK_FALSE(s.places->take_overflow(resolved("lb.example.net", {"192.0.2.1"})));
    CHECK(s.places->take_overflow(state));
}

TEST_CASE("a name that is no alias changes nothing", "[checks][alias]") {
    Sample s;
    const auto change = s.places->update(resolved("db.example.net", {"192.0.2.1"}));
    CHECK(change.occupied.empty());
    CHECK(s.table()->occupants.empty());
    CHECK_FALSE(s.places->is_empty(0));
}

}  // namespace
}  // namespace fairlead::checks
