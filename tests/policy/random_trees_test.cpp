// SPDX-License-Identifier: Apache-2.0

// What must hold for every tree, tried on many random ones: with any health, overrides, failover
// positions, client and family.

#include <algorithm>
#include <cmath>
#include <map>

#include "policy/emptiness.h"
#include "policy/shares.h"
#include "tests/policy/random_tree.h"

namespace fairlead::policy {
namespace {

constexpr std::uint64_t kSeeds = 20;

/// A random tree at a random moment, and one who asks.
struct Trial {
    ForestMaker make;
    NodeIndex root = 0;
    Client client;
    Family family = Family::v4;

    explicit Trial(unsigned seed, const RandomTreeOptions& options = {}) {
        RandomTree tree(make, seed, options);
        root = tree.grow(5);
        const int sickness = tree.pick(4);  // none, some, most or all are down
        for (int n = 1; n <= kRandomEndpoints; ++n) {
            if (tree.pick(3) < sickness) make.down(n);
        }
        if (options.states) set_overrides(tree);
        set_positions(tree);
        if (!tree.one_in(9)) client = client_in(1 + tree.pick(8), tree.pick(256));
        const bool has_v6 = make.forest.facts(root).has(Family::v6);
        if (has_v6 && tree.one_in(3)) family = Family::v6;
    }

    static Client client_in(int block, int network) {
        return IpAddress::v4(
            {static_cast<std::uint8_t>(block), 2, static_cast<std::uint8_t>(network), 4});
    }

    void set_overrides(RandomTree& tree) {
        for (EndpointIndex i = 0; i < make.forest.endpoint_count(); ++i) {
            if (tree.one_in(6)) make.overrides.set(i, tree.state());
        }
    }

    void set_positions(RandomTree& tree) {
        make.positions.emplace(make.forest);
        for (const NodeIndex index : make.forest.failback_nodes()) {
            const auto& targets = make.forest.node(index).targets;
            for (const auto of : {Family::v4, Family::v6}) {
                const auto& target =
                    targets[static_cast<std::size_t>(tree.pick(static_cast<int>(targets.size())))];
                (void)make.positions->restore(make.forest, index, of, target.label, {});
            }
        }
    }

    Answer decided(std::uint64_t seed, Trace* trace = nullptr) const {
        return make.decided(root, seed, client, family, trace);
    }

    /// Of an endpoint: whether its state, or else its check, lets it serve.
    bool serves(const Target& target) {
        const auto state = make.conditions().state(make.forest, target.index);
        if (state != State::obey) return state == State::up;
        const auto& addresses = make.forest.endpoint(target.index).addresses(family);
        return make.health().serves(addresses.front().subject);
    }
};

constexpr unsigned kTrees = 1000;
const RandomTreeOptions kSilent{.may_be_silent = true};

TEST_CASE("no unhealthy endpoint is answered while a healthy candidate exists at its node",
          "[policy][property]") {
    const auto seed = GENERATE(range(0U, kTrees));
    Trial trial(seed, kSilent);
    for (std::uint64_t draw = 0; draw < kSeeds; ++draw) {
        Trace trace;
        (void)trial.decided(draw, &trace);
        for (const auto& step : trace.steps) {
            for (const auto& target : step.targets) {
                if (target.fate != Fate::picked || target.target->kind != Target::Kind::endpoint)
                    continue;
                CAPTURE(seed, draw, target.target->label);
                CHECK((trial.serves(*target.target) || step.healthy == 0));
            }
        }
    }
}

TEST_CASE("health and states alone never make a name answer nothing", "[policy][property]") {
    const auto seed = GENERATE(range(0U, kTrees));
    const Trial trial(seed);
    for (std::uint64_t draw = 0; draw < kSeeds; ++draw) {
        CAPTURE(seed, draw);
        CHECK_FALSE(trial.decided(draw).addresses.empty());
    }
}

TEST_CASE("what may_be_empty() clears never answers nothing", "[policy][property]") {
    const auto seed = GENERATE(range(0U, kTrees));
    const Trial trial(seed, kSilent);
    if (may_be_empty(trial.make.forest, trial.root, trial.family)) return;
    if (!trial.make.forest.facts(trial.root).has(trial.family)) return;
    for (std::uint64_t draw = 0; draw < kSeeds; ++draw) {
        CAPTURE(seed, draw);
        CHECK_FALSE(trial.decided(draw).addresses.empty());
    }
}

TEST_CASE("may_be_empty() clears many of the trees that can be silent, and not all",
          "[policy][property]") {
    int cleared = 0;
    for (unsigned seed = 0; seed < kTrees; ++seed) {
        const Trial trial(seed, kSilent);
        cleared += may_be_empty(trial.make.forest, trial.root, trial.family) ? 0 : 1;
    }
    CHECK(cleared > 50);
    CHECK(cleared < static_cast<int>(kTrees) - 50);
}

TEST_CASE("a decision is a function: traced or not, the same inputs give the same answer",
          "[policy][property]") {
    const auto seed = GENERATE(range(0U, kTrees / 3));
    const Trial trial(seed, kSilent);
    const Trial twin(seed, kSilent);
    for (std::uint64_t draw = 0; draw < kSeeds; ++draw) {
        Trace trace;
        const auto plain = trial.decided(draw);
        for (const auto& other : {trial.decided(draw, &trace), twin.decided(draw)}) {
            CHECK(plain.addresses == other.addresses);
            CHECK(plain.scope == other.scope);
            CHECK(plain.ttl == other.ttl);
        }
    }
}

TEST_CASE("addresses in an answer are different, of the asked family and within the limit",
          "[policy][property]") {
    const auto seed = GENERATE(range(0U, kTrees / 3));
    const Trial trial(seed, kSilent);
    for (std::uint64_t draw = 0; draw < kSeeds; ++draw) {
        auto addresses = trial.decided(draw).addresses;
        std::sort(addresses.begin(), addresses.end());
        CHECK(std::adjacent_find(addresses.begin(), addresses.end()) == addresses.end());
        CHECK(addresses.size() <= kAnswersMax);
        CHECK(std::all_of(addresses.begin(), addresses.end(), [&](const IpAddress& address) {
            return address.family() == trial.family;
        }));
    }
}

// Shares.

TEST_CASE("the probabilities of a weighted node add up to one", "[policy][property]") {
    const auto seed = GENERATE(range(0U, kTrees / 3));
    const Trial trial(seed, kSilent);
    Trace trace;
    (void)trial.decided(seed, &trace);
    for (const auto& step : trace.steps) {
        if (step.node->policy != Policy::weighted) continue;
        if (step.manner == Manner::fallback || step.manner == Manner::no_answer) continue;
        double sum = 0;
        for (const auto& target : step.targets)
            sum += target.probability;
        CHECK(sum == Approx(1.0));
    }
}

/// What many decisions gave each address, counted as shares() does: targets that one answer takes
/// together share it equally.
class Tally {
  public:
    explicit Tally(const Trial& trial) : trial_(trial) {}

    void count(std::uint64_t seed) {
        Trace trace;
        (void)trial_.decided(seed, &trace);
        (void)walk(trace.steps, 0, 1);
    }

    std::map<Content, double> parts;
    double unanswered = 0;

  private:
    /// Returns the step behind those of the node at `at` and of all below it.
    std::size_t walk(const std::vector<TraceStep>& steps, std::size_t at,  // NOLINT: kDepthMax
                     double part) {
        const TraceStep& step = steps[at++];
        if (step.manner == Manner::fallback) return walk(steps, at, part);
        const auto picked =
            std::count_if(step.targets.begin(), step.targets.end(),
                          [](const auto& target) { return target.fate == Fate::picked; });
        if (picked == 0) unanswered += part;
        for (const auto& target : step.targets) {
            if (target.fate != Fate::picked) continue;
            const double each = part / static_cast<double>(picked);
            if (target.target->kind == Target::Kind::node) {
                at = walk(steps, at, each);
            } else {
                const auto& endpoint = trial_.make.forest.endpoint(target.target->index);
                parts[endpoint.addresses(trial_.family).front().address] += each;
            }
        }
        return at;
    }

    const Trial& trial_;
};

/// How far the sum of `n` independent numbers in [0, 1] of mean `p` may be from n p: Bernstein's
/// inequality, which one sum in a thousand million breaks. (The variance of such a number is at
/// most that of a coin, p (1 - p).) The seeds are fixed, so nothing flickers.
double bernstein_bound(double n, double p) {
    const double log = std::log(2e9);
    return log / 3 + std::sqrt(log * log / 9 + 2 * log * n * p * (1 - p));
}

TEST_CASE("shares of any tree are what many decisions come to", "[policy][property][statistical]") {
    constexpr int kDraws = 2000;
    const auto seed = GENERATE(range(0U, 60U));
    const Trial trial(seed, {.may_be_silent = true, .chance = Chance::drawn});
    Tally tally(trial);
    for (std::uint64_t draw = 0; draw < kDraws; ++draw)
        tally.count(draw);
    const auto found =
        shares(Selection(trial.make.forest, trial.make.conditions(), trial.family, trial.client),
               trial.root);
    REQUIRE(found.exact);
    CHECK(tally.unanswered ==
          Approx(kDraws * found.unanswered).margin(bernstein_bound(kDraws, found.unanswered)));
    double sum = found.unanswered;
    for (const auto& [content, part] : found.parts) {
        CAPTURE(seed, to_string(content), part);
        CHECK(std::abs(tally.parts[content] - kDraws * part) <= bernstein_bound(kDraws, part));
        sum += part;
    }
    CHECK(sum == Approx(1));
    for (const auto& [content, counted] : tally.parts) {
        CAPTURE(seed, to_string(content), counted);
        CHECK(found.parts.contains(content));
    }
}

TEST_CASE("a decision is the same whether or not it is explained", "[policy][property]") {
    const auto seed = GENERATE(range(0U, kTrees));
    const Trial trial(seed, {.may_be_silent = true, .chance = Chance::drawn});
    const Steering steering{.root = trial.root};
    const auto answer_of = [&](std::uint64_t draw, Trace* trace) {
        Answer answer;
        decide(trial.make.forest, trial.make.conditions(), steering, trial.family, trial.client,
               draw, answer, trace);
        return answer;
    };
    for (std::uint64_t draw = 0; draw < 20; ++draw) {
        Trace trace;
        const Answer explained = answer_of(draw, &trace);
        const Answer answer = answer_of(draw, nullptr);
        CAPTURE(seed, draw);
        CHECK(answer.addresses == explained.addresses);
        CHECK(answer.degraded == explained.degraded);
        CHECK(answer.scope == explained.scope);
    }
}

TEST_CASE("a decision is the same whatever others have found out", "[policy][property]") {
    const auto seed = GENERATE(range(0U, kTrees));
    const Trial trial(seed, {.may_be_silent = true, .chance = Chance::drawn});
    const Conditions conditions = trial.make.conditions();
    KnownStandings known(trial.make.forest.node_count());
    Conditions knowing = conditions;
    knowing.known = &known;
    const Steering steering{.root = trial.root};
    for (int draw = 0; draw < 20; ++draw) {
        const Client client = draw % 10 == 9 ? Client{} : Trial::client_in(1 + draw % 8, draw);
        for (const auto family : kFamilies) {
            const auto answer_under = [&](const Conditions& these) {
                Answer answer;
                decide(trial.make.forest, these, steering, family, client,
                       static_cast<std::uint64_t>(draw), answer);
                return answer;
            };
            const Answer expected = answer_under(conditions);
            const Answer answer = answer_under(knowing);
            CAPTURE(seed, draw);
            CHECK(answer.addresses == expected.addresses);
            CHECK(answer.cname == expected.cname);
            CHECK(answer.degraded == expected.degraded);
            CHECK(answer.scope == expected.scope);
        }
    }
}

// Affinity.

/// Takes all endpoints of this number out in one of the three ways there are.
void take_out(ForestMaker& make, int n, int way) {
    if (way == 0) return make.down(n);
    for (const auto index : make.forest.find_endpoints("e" + std::to_string(n)))
        make.overrides.set(index, way == 1 ? State::down : State::drain);
}

TEST_CASE("an endpoint that goes moves no client with affinity but its own",
          "[policy][property][affinity]") {
    const auto seed = GENERATE(range(0U, kTrees / 5));
    const auto way = GENERATE(range(0, 3));
    Trial trial(seed, {.chance = Chance::hashed, .min_healthy = false, .states = false});
    trial.make.positions.reset();
    const int gone = 1 + static_cast<int>(seed % kRandomEndpoints);
    const auto answers = [&] {
        std::vector<Octets> all;
        for (int i = 0; i < 200; ++i)
            all.push_back(trial.make.answer(trial.root, 1, Trial::client_in(1 + i % 8, i)));
        return all;
    };
    const auto before = answers();
    take_out(trial.make, gone, way);
    const auto after = answers();
    for (std::size_t i = 0; i < before.size(); ++i) {
        CAPTURE(seed, way, gone, i);
        if (before[i] != Octets{gone}) CHECK(after[i] == before[i]);
    }
}

// TTL.

TEST_CASE("no check that could change an answer turns before the answer's ttl is over",
          "[policy][property][ttl]") {
    const auto seed = GENERATE(range(0U, kTrees / 3));
    Trial trial(seed, kSilent);
    const Steering steering{.root = trial.root, .ttl = 300, .ttl_min = 30};
    auto& health = trial.make.health();
    std::mt19937 random(seed);
    for (std::size_t n = 1; n <= kRandomEndpoints; ++n)
        health.steady_s[n] = 10 + static_cast<std::uint32_t>(random() % 400);
    const auto answer_of = [&](std::uint64_t draw) {
        Answer answer;
        decide(trial.make.forest, trial.make.conditions(), steering, trial.family, trial.client,
               draw, answer);
        return answer;
    };
    const auto ttl = answer_of(0).ttl;
    const auto steady = std::span(health.steady_s).subspan(1, kRandomEndpoints);
    const bool of_a_check = std::find(steady.begin(), steady.end(), ttl) != steady.end();
    CHECK((of_a_check || ttl == 30 || ttl == 300));
    if (ttl == 30) return;  // as short as the configuration lets it be
    for (std::size_t n = 1; n <= kRandomEndpoints; ++n) {
        if (health.steady_s[n] >= ttl) continue;
        for (std::uint64_t draw = 0; draw < kSeeds; ++draw) {
            const auto before = answer_of(draw).addresses;
            const auto measured = health.health[n];
            health.health[n] = measured == checks::Health::unhealthy ? checks::Health::healthy
                                                                     : checks::Health::unhealthy;
            CAPTURE(seed, n, draw, ttl);
            CHECK(answer_of(draw).addresses == before);
            health.health[n] = measured;
        }
    }
}

// Failover positions.

TEST_CASE("a failover node is left when it has to be, and then for one that can answer",
          "[policy][property][failback]") {
    const auto seed = GENERATE(range(0U, kTrees / 3));
    Trial trial(seed);
    auto& positions = *trial.make.positions;
    const auto before = positions;
    const auto moves = positions.advance(trial.make.forest, trial.make.conditions(),
                                         TimePoint{} + std::chrono::hours(1));
    const auto usable = [](const Position& position, std::size_t place) {
        return position.usable_since[place] != TimePoint::max();
    };
    std::size_t moved = 0;
    for (std::size_t i = 0; i < positions.all().size(); ++i) {
        const Position& now = positions.all()[i];
        const Position& then = before.all()[i];
        if (!trial.make.forest.facts(now.node).has(now.family)) continue;
        CAPTURE(seed, i);
        if (usable(now, then.place)) CHECK(now.place == then.place);
        moved += now.place == then.place ? 0 : 1;
        const bool any = std::any_of(now.usable_since.begin(), now.usable_since.end(),
                                     [](TimePoint since) { return since != TimePoint::max(); });
        CHECK((usable(now, now.place) || (!any && now.place == then.place)));
    }
    CHECK(moves.size() == moved);
}

// Limits.

TEST_CASE("a decision looks at no more targets, and goes no deeper, than its tree says",
          "[policy][property][limits]") {
    const auto seed = GENERATE(range(0U, kTrees / 3));
    const Trial trial(seed, kSilent);
    const NodeFacts& facts = trial.make.forest.facts(trial.root);
    for (std::uint64_t draw = 0; draw < kSeeds; ++draw) {
        Trace trace;
        (void)trial.decided(draw, &trace);
        std::uint64_t targets = 0;
        for (const auto& step : trace.steps) {
            targets += step.targets.size();
            CHECK(step.depth < facts.depth);
        }
        CHECK(targets <= facts.steps);
    }
}

/// A node of up to eight targets that are in the forest already; late ones more often, so that
/// graphs grow deep.
Node random_node(ForestMaker& make, std::mt19937& random) {
    auto node = make.shape(Policy::failover, {make.endpoint(1)});
    const auto count = static_cast<unsigned>(make.forest.node_count());
    for (unsigned targets = count == 0 ? 0 : random() % 8; targets > 0; --targets)
        node.targets.push_back(
            ForestMaker::child(count - 1 - static_cast<NodeIndex>(random() % std::min(count, 6U))));
    return node;
}

TEST_CASE("a forest takes exactly the nodes that keep its limits, whatever refers to what",
          "[policy][property][limits]") {
    std::mt19937 random(GENERATE(range(0U, 30U)));
    ForestMaker make;
    std::vector<int> depths;
    std::vector<std::uint64_t> steps;
    int refused = 0;
    for (int i = 0; i < 60; ++i) {
        const Node node = random_node(make, random);
        int depth = 1;
        std::uint64_t looked_at = 0;
        for (const auto& target : node.targets) {
            looked_at += 1;
            if (target.kind != Target::Kind::node) continue;
            depth = std::max(depth, 1 + depths[target.index]);
            looked_at += steps[target.index];
        }
        const bool keeps_them = depth <= kDepthMax && looked_at <= kStepsMax;
        const auto added = make.forest.add(node);
        REQUIRE(static_cast<bool>(added) == keeps_them);
        if (!added) {
            ++refused;
            continue;
        }
        depths.push_back(depth);
        steps.push_back(looked_at);
        CHECK(make.answer(*added) == Octets{1});
    }
    CHECK(refused > 0);
    CHECK(make.forest.node_count() == depths.size());
}

}  // namespace
}  // namespace fairlead::policy
