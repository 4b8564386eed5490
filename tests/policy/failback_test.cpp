// SPDX-License-Identifier: Apache-2.0

// Where failover nodes stand, with time and health passed in.

#include "policy/failback.h"

#include <chrono>

#include "policy/conditions.h"
#include "policy/draw.h"
#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

using std::chrono::minutes;

constexpr TimePoint kStart = TimePoint{} + std::chrono::hours(1);

/// A failover node over endpoints 1, 2 and 3, and what time and health make of it.
struct Pair {
    ForestMaker make;
    NodeIndex root = 0;
    std::optional<FailoverPositions> positions;
    TimePoint now = kStart;

    explicit Pair(Failback failback) {
        auto node =
            make.shape(Policy::failover, {make.endpoint(1), make.endpoint(2), make.endpoint(3)});
        node.failback = failback;
        node.path = "policies.eu";
        root = make.add(std::move(node));
        positions.emplace(make.forest);
        CHECK(advance().empty());
    }

    std::vector<Move> advance() { return positions->advance(make.forest, make.health(), now); }

    /// What is answered `later` than the last time, after the nodes have taken their places.
    Octets answer(minutes later = minutes(0)) {
        now += later;
        (void)advance();
        const Conditions conditions(make.health(), nullptr, &*positions);
        Answer found;
        decide(make.forest, conditions, {.root = root}, Family::v4, {}, 1, found);
        Octets octets;
        for (const auto& address : found.addresses)
            octets.push_back(address.bytes().back());
        return octets;
    }
};

constexpr Failback kAuto{};
constexpr Failback kAfter{.mode = Failback::Mode::after, .after = minutes(5)};
constexpr Failback kManual{.mode = Failback::Mode::manual};

TEST_CASE("auto fails back at once, and keeps no position", "[policy][failback]") {
    Pair pair(kAuto);
    CHECK(pair.positions->empty());
    pair.make.down(1);
    CHECK(pair.answer() == Octets{2});
    pair.make.up(1);
    CHECK(pair.answer() == Octets{1});
}

TEST_CASE("with a wait, the better target answers once it has been well for that long",
          "[policy][failback]") {
    Pair pair(kAfter);
    pair.make.down(1);
    CHECK(pair.answer() == Octets{2});
    CHECK(pair.positions->due(pair.make.forest) == TimePoint::max());
    pair.make.up(1);
    CHECK(pair.answer(minutes(2)) == Octets{2});
    CHECK(pair.positions->due(pair.make.forest) == pair.now + minutes(5));
    CHECK(pair.answer(minutes(4)) == Octets{2});
    pair.make.down(1);
    CHECK(pair.answer() == Octets{2});
    pair.make.up(1);
    CHECK(pair.answer() == Octets{2});  // a dip starts the wait anew
    CHECK(pair.answer(minutes(4)) == Octets{2});
    CHECK(pair.answer(minutes(1)) == Octets{1});
    CHECK(pair.positions->due(pair.make.forest) == TimePoint::max());
}

TEST_CASE("each better target waits for itself", "[policy][failback]") {
    Pair pair(kAfter);
    pair.make.down(1);
    pair.make.down(2);
    CHECK(pair.answer() == Octets{3});
    pair.make.up(2);
    CHECK(pair.answer() == Octets{3});
    pair.make.up(1);
    CHECK(pair.answer(minutes(3)) == Octets{3});
    CHECK(pair.answer(minutes(2)) == Octets{2});
    CHECK(pair.answer(minutes(3)) == Octets{1});
}

TEST_CASE("manual stays until it is told, and then takes the best", "[policy][failback]") {
    Pair pair(kManual);
    pair.make.down(1);
    CHECK(pair.answer() == Octets{2});
    pair.make.up(1);
    CHECK(pair.answer(minutes(10'000)) == Octets{2});
    CHECK(pair.positions->due(pair.make.forest) == TimePoint::max());
    CHECK(find_failback_node(pair.make.forest, "policies.us") == std::nullopt);
    const auto node = find_failback_node(pair.make.forest, "policies.eu");
    REQUIRE(node == pair.root);
    const auto moves = pair.positions->fail_back(pair.make.forest, *node, pair.now);
    REQUIRE(moves.size() == 1);
    CHECK(moves.front().is_return());
    CHECK(pair.answer() == Octets{1});
}

TEST_CASE("a manual failback goes to no target that cannot answer", "[policy][failback]") {
    Pair pair(kManual);
    pair.make.down(1);
    CHECK(pair.answer() == Octets{2});
    CHECK(pair.positions->fail_back(pair.make.forest, pair.root, pair.now).empty());
    CHECK(pair.answer() == Octets{2});
}

TEST_CASE("a position never holds an answer to an unhealthy target", "[policy][failback]") {
    const auto failback = GENERATE(kAfter, kManual);
    Pair pair(failback);
    pair.make.down(1);
    CHECK(pair.answer() == Octets{2});
    pair.make.up(1);
    pair.make.down(2);
    CHECK(pair.answer() == Octets{1});  // nothing is waited for when the other choice is a dead one
}

TEST_CASE("total failure moves nobody", "[policy][failback]") {
    Pair pair(kManual);
    pair.make.down(1);
    CHECK(pair.answer() == Octets{2});
    pair.make.down(2);
    pair.make.down(3);
    CHECK(pair.answer() == Octets{2});  // serve-all, from where it stands
    pair.make.up(3);
    CHECK(pair.answer() == Octets{3});
}

TEST_CASE("moves are reported as they happen", "[policy][failback]") {
    Pair pair(kAfter);
    pair.make.down(1);
    auto moves = pair.advance();
    REQUIRE(moves.size() == 1);
    CHECK(moves.front().from == 0);
    CHECK(moves.front().to == 1);
    CHECK_FALSE(moves.front().is_return());
    CHECK(pair.advance().empty());
    pair.make.up(1);
    CHECK(pair.advance().empty());
    pair.now += minutes(5);
    moves = pair.advance();
    REQUIRE(moves.size() == 1);
    CHECK(moves.front().is_return());
}

TEST_CASE("positions survive a restart by the label of the target", "[policy][failback]") {
    Pair before(kManual);
    before.make.down(1);
    CHECK(before.answer() == Octets{2});

    Pair after(kManual);
    CHECK(after.positions->restore(after.make.forest, after.root, Family::v4, "e2", kStart));
    CHECK(after.answer() == Octets{2});
    CHECK_FALSE(after.positions->restore(after.make.forest, after.root, Family::v4, "e9", kStart));
}

TEST_CASE("a reload moves nobody and starts no wait anew", "[policy][failback]") {
    Pair before(kAfter);
    before.make.down(1);
    CHECK(before.answer() == Octets{2});
    before.make.up(1);
    CHECK(before.answer(minutes(1)) == Octets{2});
    CHECK(before.answer(minutes(3)) == Octets{2});

    Pair after(kAfter);
    after.now = before.now;
    after.positions->inherit(after.make.forest, *before.positions, before.make.forest);
    CHECK(after.answer(minutes(1)) == Octets{2});
    CHECK(after.answer(minutes(1)) == Octets{1});
}

TEST_CASE("an override moves a node as ill health does", "[policy][failback]") {
    Pair pair(kManual);
    Overrides overrides;
    overrides.set(pair.make.forest.node(pair.root).targets.front().index, State::drain);
    const Conditions drained(pair.make.health(), &overrides, nullptr);
    CHECK(pair.positions->advance(pair.make.forest, drained, pair.now).size() == 1);
    CHECK(pair.answer() == Octets{2});
}

/// Any history: what is answered is healthy as long as something is.
TEST_CASE("whatever happens, a healthy target answers while there is one",
          "[policy][failback][property]") {
    const auto failback = GENERATE(kAfter, kManual);
    const auto seed = GENERATE(range(1U, 40U));
    Pair pair(failback);
    Draw random(seed, 0);
    for (int step = 0; step < 200; ++step) {
        const int n = static_cast<int>(random.below(3)) + 1;
        random.below(2) == 0 ? pair.make.down(n) : pair.make.up(n);
        const auto answer = pair.answer(minutes(random.below(4)));
        REQUIRE(answer.size() == 1);
        const auto serves = [&](int octet) {
            return pair.make.health().serves(static_cast<checks::SubjectIndex>(octet));
        };
        const bool some = serves(1) || serves(2) || serves(3);
        CAPTURE(seed, step);
        CHECK((serves(answer.front()) || !some));
    }
}

}  // namespace
}  // namespace fairlead::policy
