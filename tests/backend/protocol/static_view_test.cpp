// SPDX-License-Identifier: Apache-2.0

// What a secondary gets of a steered name, held against what the name answers: on random trees of
// all policies, at random moments, for random clients.

#include "backend/protocol/static_view.h"

#include <set>

#include "tests/policy/random_tree.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using policy::ForestMaker;
using policy::RandomTree;

constexpr unsigned kTrees = 500;
constexpr std::uint64_t kDraws = 40;

TEST_CASE("a static view has every address that the name can answer, each once",
          "[backend][static_view][property]") {
    for (unsigned seed = 0; seed < kTrees; ++seed) {
        CAPTURE(seed);
        ForestMaker make;
        RandomTree tree(make, seed, {.may_be_silent = true});
        const auto root = tree.grow(5);
        const auto shown = reachable(make.forest, make.conditions(), root).addresses;
        const std::set<IpAddress> all(shown.begin(), shown.end());
        CHECK(all.size() == shown.size());

        std::set<IpAddress> answered;
        const int sickness = tree.pick(4);  // none, some, most or all are down
        for (int n = 1; n <= policy::kRandomEndpoints; ++n) {
            if (tree.pick(3) < sickness) make.down(n);
        }
        for (policy::EndpointIndex i = 0; i < make.forest.endpoint_count(); ++i) {
            if (tree.one_in(6)) make.overrides.set(i, tree.state());
        }
        for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
            const policy::Client client =
                IpAddress::v4({static_cast<std::uint8_t>(1 + tree.pick(8)), 2,
                               static_cast<std::uint8_t>(tree.pick(256)), 4});
            for (const auto family : kFamilies) {
                const auto answer = make.decided(root, draw, client, family);
                answered.insert(answer.addresses.begin(), answer.addresses.end());
            }
        }
        for (const auto& address : answered) {
            CAPTURE(address.to_string());
            CHECK(all.contains(address));
        }
    }
}

}  // namespace
}  // namespace fairlead::backend
