// SPDX-License-Identifier: Apache-2.0
#include "policy/together.h"

#include <map>
#include <random>
#include <utility>

#include "policy/lookup.h"
#include "policy/shares.h"
#include "tests/policy/forest_maker.h"
#include "tests/support/dns_name.h"

namespace fairlead::policy {
namespace {

/// Endpoints that are CNAMEs, for a ForestMaker; "cN.example.net.", whose subject has the number N.
Target cname(ForestMaker& make, int n, std::uint32_t weight = 1) {
    Cname made{.target = "c" + std::to_string(n) + ".example.net.",
               .subject = static_cast<checks::SubjectIndex>(n)};
    return make.leaf({.name = "c" + std::to_string(n),
                      .cname = std::make_shared<const Cname>(std::move(made)),
                      .v4 = {},
                      .v6 = {}},
                     weight);
}

/// 2001:db8::N alone.
Target only6(ForestMaker& make, int n) {
    return make.leaf({.name = "e" + std::to_string(n),
                      .v4 = {},
                      .v6 = {{ForestMaker::address6(n), static_cast<checks::SubjectIndex>(n)}}});
}

Answers answers(const ForestMaker& make, NodeIndex root, std::uint64_t seed = 1, Wanted wanted = {},
                const Client& client = {}) {
    Answers found;
    decide_together(make.forest, make.conditions(), {.root = root, .ttl = 60}, client, seed, wanted,
                    found);
    return found;
}

TEST_CASE("a CNAME is chosen by the leading family and then stands alone", "[policy][cname]") {
    ForestMaker make;
    const auto root = make.node(Policy::failover, {make.dual(1), cname(make, 2)});
    CHECK(make.forest.facts(root).may_be_cname);
    CHECK(answers(make, root).cname() == nullptr);
    CHECK(answers(make, root).v6.addresses == std::vector{ForestMaker::address6(1)});
    make.down(1);
    for (const auto wanted :
         {Wanted{}, Wanted{true, false}, Wanted{false, true}, Wanted{false, false}}) {
        const auto found = answers(make, root, 1, wanted);
        REQUIRE(found.cname() == &found.v4);
        CHECK(found.cname()->cname->target == "c2.example.net.");
        CHECK(found.cname()->endpoints.size() == 1);
        CHECK(found.cname()->ttl == 60);
        CHECK_FALSE(found.has_address());
    }
}

TEST_CASE("IPv6 leads where there is no IPv4 address", "[policy][cname]") {
    ForestMaker make;
    const auto root = make.node(Policy::failover, {only6(make, 1), cname(make, 2)});
    const auto leads = [&] { return leading_family(make.forest, make.conditions(), root, {}); };
    CHECK(leads() == Family::v6);
    const auto healthy = answers(make, root);
    CHECK(healthy.v4.empty());
    CHECK(healthy.v6.addresses == std::vector{ForestMaker::address6(1)});
    CHECK(answers(make, root, 1, {true, false}).v6.empty());  // nobody asked for it
    make.down(1);
    CHECK(answers(make, root, 1, {true, false}).cname() != nullptr);
    const auto alone = make.node(Policy::failover, {cname(make, 3)});
    CHECK(leading_family(make.forest, make.conditions(), alone, {}) == Family::v4);
    CHECK(make.forest.facts(alone).has_only_cnames());
    CHECK(make.forest.facts(alone).tells(Family::v4));
    CHECK_FALSE(make.forest.facts(alone).tells(Family::v6));
}

TEST_CASE("a state is obeyed, and steadiness and dependence count", "[policy][cname]") {
    ForestMaker make;
    auto drained = cname(make, 2);
    const auto root = make.node(Policy::failover, {cname(make, 1), drained, make.unchecked(3)});
    CHECK(make.forest.facts(root).depends.health);
    make.down(1);
    CHECK(answers(make, root).cname()->cname->target == "c2.example.net.");
    make.overrides.set(drained.index, State::drain);
    CHECK(answers(make, root).v4.addresses == std::vector{ForestMaker::address(3)});
    make.health().steady_s = std::vector<std::uint32_t>(256, 300);
    make.health().steady_s[1] = 7;
    const Selection selection(make.forest, make.conditions(), Family::v4, {});
    CHECK(selection.steady_s(root) == 7);
}

TEST_CASE("with affinity a client gets an address or the CNAME for both types, at any draw",
          "[policy][cname]") {
    ForestMaker make;
    auto shape = make.shape(Policy::weighted, {make.dual(1), make.dual(2), cname(make, 3)});
    shape.affinity = Affinity{.v4 = 32};
    const auto root = make.add(std::move(shape));
    int cnames = 0;
    for (std::uint8_t n = 0; n < 200; ++n) {
        const Client client = IpAddress::v4({203, 0, 113, n});
        const auto a = answers(make, root, 1, {true, false}, client);
        const auto aaaa = answers(make, root, 2, {false, true}, client);
        REQUIRE((a.cname() == nullptr) == (aaaa.cname() == nullptr));
        cnames += a.cname() != nullptr ? 1 : 0;
        if (a.cname() != nullptr) continue;
        CHECK(a.v4.addresses.at(0).bytes().back() == aaaa.v6.addresses.at(0).bytes().back());
    }
    CHECK(cnames > 30);
    CHECK(cnames < 110);
}

TEST_CASE("what cannot stand beside the first choice is left out, however a tree is built",
          "[policy][cname]") {
    ForestMaker make;
    const auto both = make.node(Policy::simple, {make.dual(1), cname(make, 2), make.dual(3)});
    CHECK(answers(make, both).cname() == nullptr);
    CHECK(answers(make, both).v4.addresses.size() == 2);
    const auto first = make.node(Policy::multivalue, {cname(make, 2), cname(make, 3)});
    const auto found = answers(make, first);
    REQUIRE(found.cname() != nullptr);
    CHECK(found.v4.endpoints.size() == 1);
    CHECK_FALSE(found.has_address());
}

TEST_CASE("a reply with a CNAME is a steered one, and none beside addresses is no data",
          "[policy][cname][lookup]") {
    CatalogBuilder builder;
    const auto zone = builder.add_zone(name("example.com."), 7);
    const auto check = builder.add_check({.name = "tcp", .probe = checks::TcpProbe{}});
    const auto address = ForestMaker::address(1);
    const Target site{
        .index = builder.forest.add(
            {.name = "site", .v4 = {{address, builder.subject({check, address})}}, .v6 = {}}),
        .label = "site"};
    const Target away{.index = builder.forest.add({.name = "away",
                                                   .cname = std::make_shared<const Cname>(
                                                       Cname{.target = "static.example.net."}),
                                                   .v4 = {},
                                                   .v6 = {}}),
                      .label = "away"};
    const auto steer = [&](std::string_view owner, Policy policy, std::vector<Target> targets) {
        Node node{.label = std::string(owner), .policy = policy, .targets = std::move(targets)};
        builder.add_steering(zone, name(owner), {.root = *builder.forest.add(std::move(node))});
    };
    steer("www.example.com.", Policy::failover, {site, away});
    steer("eu.example.com.", Policy::geolocation, {in("EU", away)});
    const Catalog catalog = std::move(builder).build(test_geography());
    auto health = checks::Snapshot::all_unknown(catalog.subjects().size());
    Reply reply;
    const auto outcome = [&](std::string_view owner, std::string_view type, const Client& client) {
        lookup(catalog, health, {.name = name(owner), .type = type, .client = client}, reply);
        return reply.outcome;
    };
    CHECK(outcome("www.example.com.", "A", at("EU-FR")) == Outcome::steered);
    for (const auto* type : {"AAAA", "CNAME", "TXT"})
        CHECK(outcome("www.example.com.", type, at("EU-FR")) == Outcome::no_data);
    health.health[0] = checks::Health::unhealthy;
    for (const auto* type : {"A", "AAAA", "CNAME", "ANY"}) {
        CHECK(outcome("www.example.com.", type, at("EU-FR")) == Outcome::steered);
        CHECK(reply.v4.endpoints.size() + reply.v6.endpoints.size() == 1);  // counted once
        CHECK_FALSE(reply.placeholder);
    }
    CHECK(outcome("www.example.com.", "TXT", at("EU-FR")) == Outcome::no_data);
    CHECK(outcome("eu.example.com.", "AAAA", at("EU-FR")) == Outcome::steered);
    CHECK(reply.cname()->scope >= 1);
    for (const auto* type : {"A", "AAAA", "ANY"})
        CHECK(outcome("eu.example.com.", type, at("AS-JP")) == Outcome::unanswered);
    CHECK(reply.placeholder);
    CHECK(reply.absence_scope >= 1);
}

TEST_CASE("a position never stands at a CNAME in a family that does not lead",
          "[policy][cname][failback]") {
    ForestMaker make;
    auto shape = make.shape(Policy::failover, {make.dual(1), make.endpoint(2), cname(make, 3)});
    shape.failback.mode = Failback::Mode::manual;
    const auto root = make.add(std::move(shape));
    make.positions.emplace(make.forest);
    make.health().round_complete = TimePoint{Duration{1}};
    const auto advance = [&] {
        const Conditions now(make.health(), &make.overrides, nullptr);
        (void)make.positions->advance(make.forest, now, TimePoint{Duration{5}});
        const auto place = [&](Family family) {
            return int{std::as_const(*make.positions).of(make.forest.node(root), family).place};
        };
        return std::pair{place(Family::v4), place(Family::v6)};
    };
    CHECK(advance() == std::pair{0, 0});
    make.down(1);
    CHECK(advance() == std::pair{1, 0});
    CHECK(answers(make, root).v4.addresses == std::vector{ForestMaker::address(2)});
    CHECK(answers(make, root).v6.addresses == std::vector{ForestMaker::address6(1)});
    make.down(2);
    CHECK(advance() == std::pair{2, 0});
    CHECK(answers(make, root).cname() != nullptr);
    make.up(1);
    make.up(2);
    CHECK(advance() == std::pair{2, 0});
    CHECK(answers(make, root, 1, {false, true}).cname() != nullptr);  // until somebody says so
    CHECK(better_targets(make.forest, root, Family::v4, 2) == 2);
}

/// Trees of all sorts of endpoints, two or three levels high.
class RandomTree {
  public:
    explicit RandomTree(unsigned seed) : random_(seed) { root = node(3); }

    ForestMaker make;
    NodeIndex root = 0;

    unsigned below(unsigned bound) {
        return std::uniform_int_distribution<unsigned>(0, bound - 1)(random_);
    }

    void shake() {
        for (int n = 1; n <= used_; ++n)
            below(3) == 0 ? make.down(n) : make.up(n);
    }

  private:
    Target target(int levels) {
        const auto weight = below(4);
        if (levels > 1 && below(3) == 0) return ForestMaker::child(node(levels - 1), weight);
        const int n = ++used_;
        switch (below(4)) {
            case 0:
                return make.endpoint(n, weight);
            case 1:
                return only6(make, n);
            case 2:
                return make.dual(n, weight);
            default:
                return cname(make, n, weight);
        }
    }

    NodeIndex node(int levels) {
        static constexpr std::array kPolicies{Policy::failover, Policy::weighted,
                                              Policy::geolocation};
        std::vector<Target> targets;
        const auto policy = kPolicies.at(below(3));
        for (unsigned i = 0; i < 1 + below(3); ++i) {
            targets.push_back(target(levels));
            if (policy == Policy::geolocation) {
                targets.back() = in(kTestPlaces.at(i).code, targets.back());
            }
        }
        auto made = make.shape(policy, std::move(targets));
        if (policy == Policy::geolocation && below(4) != 0) made.default_target = target(1);
        if (levels > 1 && below(4) == 0) {
            made.on_all_unhealthy = OnAllUnhealthy::use;
            made.fallback = node(1);
        } else {
            made.on_all_unhealthy =
                below(2) == 0 ? OnAllUnhealthy::serve_all : OnAllUnhealthy::fail_up;
        }
        return make.add(std::move(made));
    }

    std::mt19937 random_;
    int used_ = 0;
};

TEST_CASE("no answer ever has a CNAME and an address, and all questions agree",
          "[policy][cname][property]") {
    std::size_t cnames = 0;
    std::size_t others = 0;
    for (unsigned number = 0; number < 400; ++number) {
        RandomTree tree(number);
        const auto& facts = tree.make.forest.facts(tree.root);
        for (unsigned moment = 0; moment < 4; ++moment) {
            tree.shake();
            for (std::uint64_t seed = 0; seed < 8; ++seed) {
                CAPTURE(number, moment, seed);
                const Client client = at(kTestPlaces.at(seed % kTestPlaces.size()).code);
                const auto ask = [&](Wanted wanted) {
                    return answers(tree.make, tree.root, seed, wanted, client);
                };
                const auto any = ask({});
                const auto a = ask({true, false});
                const auto aaaa = ask({false, true});
                const auto neither = ask({false, false});
                const auto* alone = any.cname();
                for (const auto* found : {&any, &a, &aaaa, &neither}) {
                    const auto* one = found->cname();
                    REQUIRE((one == nullptr) == (alone == nullptr));
                    if (one == nullptr) continue;
                    REQUIRE(one->cname == alone->cname);
                    REQUIRE_FALSE(found->has_address());
                    REQUIRE((found->v4.cname == nullptr) != (found->v6.cname == nullptr));
                }
                ++(alone == nullptr ? others : cnames);
                CHECK(any.v4.addresses == a.v4.addresses);
                CHECK(any.v6.addresses == aaaa.v6.addresses);
                CHECK(a.v6.addresses.empty());
                CHECK(aaaa.v4.addresses.empty());
                for (const auto family : kFamilies) {
                    if (!facts.has_address(family)) CHECK(any.of(family).addresses.empty());
                }
                if (!facts.may_be_cname) CHECK(alone == nullptr);
            }
        }
    }
    CHECK(cnames > 1000);
    CHECK(others > 1000);
}

/// What many draws answer to questions for one family.
std::map<Content, double> tallied(const ForestMaker& make, NodeIndex root, Family family) {
    static constexpr int kDraws = 20'000;
    std::map<Content, double> parts;
    for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
        const auto found = answers(make, root, seed, {family == Family::v4, family == Family::v6});
        if (found.cname() != nullptr) parts[found.cname()->cname->target] += 1.0 / kDraws;
        for (const auto& address : found.of(family).addresses)
            parts[address] += 1.0 / kDraws;
    }
    return parts;
}

TEST_CASE("shares of both families are those of many draws", "[policy][cname][shares]") {
    ForestMaker make;
    const auto failover = make.node(Policy::failover, {make.endpoint(1), cname(make, 2)});
    const std::vector<NodeIndex> roots{
        make.node(Policy::weighted, {make.dual(3, 60), make.dual(4, 30), cname(make, 5, 10)}),
        make.node(Policy::weighted, {make.endpoint(6, 75), cname(make, 7, 25)}),
        make.node(Policy::weighted, {cname(make, 8, 1), cname(make, 9, 3)}),
        make.node(Policy::weighted, {ForestMaker::child(failover, 50), cname(make, 10, 50)}),
        make.node(Policy::failover, {make.dual(11), cname(make, 12)})};
    for (const bool down : {false, true}) {
        if (down) {
            make.down(1);
            make.down(3);
            make.down(11);
        }
        for (const auto root : roots) {
            for (const auto family : kFamilies) {
                CAPTURE(root, down, address_type(family));
                const Selection selection(make.forest, make.conditions(), family, {});
                const auto worked_out = shares_together(selection, root);
                const auto drawn = tallied(make, root, family);
                CHECK(worked_out.parts.size() == drawn.size());
                double sum = worked_out.unanswered;
                for (const auto& [content, part] : worked_out.parts) {
                    CAPTURE(to_string(content));
                    sum += part;
                    REQUIRE(drawn.contains(content));
                    CHECK(std::abs(drawn.at(content) - part) < 0.02);
                }
                CHECK(sum == Approx(1));
            }
        }
    }
}

}  // namespace
}  // namespace fairlead::policy
