// SPDX-License-Identifier: Apache-2.0

// What each state of an endpoint comes to, row by row: whatever its check says, whatever becomes of
// its sibling, and however the state was set (in the configuration, or over it by an operator).

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

using Answers = std::set<int>;  // of all draws together

/// Endpoint 1 has the state; 2 is its sibling in a pool, which obeys its check and has weight 1; 9
/// stands behind the pool where something does.
struct Row {
    const char* sentence;
    State state;
    std::uint32_t weight;

    Answers healthy;       // the check of 1 says healthy; 2 is healthy
    Answers unhealthy;     // it says unhealthy; 2 is healthy
    Answers sibling_down;  // it says healthy; 2 is unhealthy

    // It says unhealthy, and 2 is unhealthy too:
    Answers serve_all;
    Answers fail_up;    // to a failover whose next target is 9
    Answers no_answer;  // allowed to answer nothing

    Answers all_needed;  // as `healthy`, in a pool of min_healthy: 100 %; 9 is next
};

// clang-format off
const std::vector<Row> kTable{
    // sentence                                             state        weight  healthy unhealthy sibling  serve_all fail_up no_answer all_needed
    {"obey: served while healthy, else dropped",            State::obey,  1,     {1, 2}, {2},      {1},     {1, 2},   {9},    {},       {1, 2}},
    {"obey, weight 0: standby while healthy, else dropped", State::obey,  0,     {2},    {2},      {1},     {2},      {9},    {},       {2}},
    {"up: served whatever the check says",                  State::up,    1,     {1, 2}, {1, 2},   {1},     {1},      {1},    {1},      {1, 2}},
    {"up, weight 0: standby whatever the check says",       State::up,    0,     {2},    {2},      {1},     {1},      {1},    {1},      {2}},
    {"down: dropped, and counts as unhealthy",              State::down,  1,     {2},    {2},      {2},     {2},      {9},    {},       {9}},
    {"down, weight 0: the same",                            State::down,  0,     {2},    {2},      {2},     {2},      {9},    {},       {9}},
    {"drain: dropped, but does not count as unhealthy",     State::drain, 1,     {2},    {2},      {2},     {2},      {9},    {},       {2}},
    {"drain, weight 0: the same",                           State::drain, 0,     {2},    {2},      {2},     {2},      {9},    {},       {2}},
};
// clang-format on

/// How endpoint 1 came to its state.
struct Way {
    State configured;
    bool overridden;
};

const std::vector<Way> kOverrides{
    {State::obey, true}, {State::up, true}, {State::down, true}, {State::drain, true}};

std::vector<Way> ways_to(State state) {
    auto ways = kOverrides;
    ways.push_back({state, false});
    return ways;
}

/// The pool, and a tree over it.
struct Scene {
    ForestMaker make;
    Target first;
    Node pool;

    Scene(const Row& row, const Way& way) : first(make.endpoint(1, row.weight, way.configured)) {
        if (way.overridden) make.overrides.set(first.index, row.state);
        pool = make.shape(Policy::weighted, {first, make.endpoint(2)});
        pool.on_all_unhealthy = OnAllUnhealthy::serve_all;
    }

    Answers with_down(const Octets& down) {
        for (const int n : down)
            make.down(n);
        return make.answers(make.add(pool));
    }

    Answers before_9() {
        pool.on_all_unhealthy = OnAllUnhealthy::fail_up;
        return make.answers(
            make.node(Policy::failover, {ForestMaker::child(make.add(pool)), make.endpoint(9)}));
    }
};

void check_row(const Row& row, const Way& way) {
    CHECK(Scene(row, way).with_down({}) == row.healthy);
    CHECK(Scene(row, way).with_down({1}) == row.unhealthy);
    CHECK(Scene(row, way).with_down({2}) == row.sibling_down);
    CHECK(Scene(row, way).with_down({1, 2}) == row.serve_all);

    Scene silent(row, way);
    silent.pool.on_all_unhealthy = OnAllUnhealthy::no_answer;
    CHECK(silent.with_down({1, 2}) == row.no_answer);

    Scene failing(row, way);
    failing.make.down(1);
    failing.make.down(2);
    CHECK(failing.before_9() == row.fail_up);

    Scene needing_all(row, way);
    needing_all.pool.min_healthy.percent = 100;
    CHECK(needing_all.before_9() == row.all_needed);
}

TEST_CASE("the table of states", "[policy][state]") {
    for (const auto& row : kTable) {
        DYNAMIC_SECTION(row.sentence) {
            for (const auto& way : ways_to(row.state)) {
                CAPTURE(int{static_cast<std::uint8_t>(way.configured)}, way.overridden);
                check_row(row, way);
            }
        }
    }
}

TEST_CASE("what an operator took out serves when nothing else exists at all, drained before down",
          "[policy][state]") {
    struct Case {
        State first;
        State second;
        Answers expected;
    };
    const auto c = GENERATE(values<Case>({
        {State::down, State::down, {1, 2}},
        {State::drain, State::drain, {1, 2}},
        {State::drain, State::down, {1}},
        {State::down, State::drain, {2}},
    }));
    const auto choice = GENERATE(OnAllUnhealthy::serve_all, OnAllUnhealthy::fail_up);
    ForestMaker make;
    auto pool =
        make.shape(Policy::weighted, {make.endpoint(1, 1, c.first), make.endpoint(2, 1, c.second)});
    pool.on_all_unhealthy = choice;
    CHECK(make.answers(make.add(pool)) == c.expected);
}

TEST_CASE("an override that is taken back leaves no trace", "[policy][state]") {
    const auto configured = GENERATE(State::obey, State::up, State::down, State::drain);
    const auto set = GENERATE(State::obey, State::up, State::down, State::drain);
    const bool healthy = GENERATE(true, false);
    ForestMaker make;
    const auto first = make.endpoint(1, 1, configured);
    const auto root = make.node(Policy::failover, {first, make.endpoint(2)});
    if (!healthy) make.down(1);
    const auto before = make.answers(root);
    make.overrides.set(first.index, set);
    (void)make.answers(root);
    make.overrides.clear(first.index);
    CHECK(make.answers(root) == before);
}

}  // namespace
}  // namespace fairlead::policy
