// SPDX-License-Identifier: Apache-2.0
#include "policy/label_selector.h"

#include "tests/support/catch.h"

namespace fairlead::policy {
namespace {

Endpoint labelled(Labels labels) {
    return {.name = "fra1", .labels = std::make_shared<const Labels>(std::move(labels))};
}

bool selects(const char* text, const Endpoint& endpoint) {
    const auto selector = LabelSelector::parse(text);
    REQUIRE(selector);
    return selector->selects(endpoint);
}

TEST_CASE("a selection takes the endpoints that have all of its labels", "[policy][labels]") {
    const auto endpoint = labelled({{"site", "fra"}, {"rack", "b4"}});
    CHECK(selects("site=fra", endpoint));
    CHECK(selects("rack=b4,site=fra", endpoint));
    CHECK_FALSE(selects("site=ash", endpoint));
    CHECK_FALSE(selects("site=FRA", endpoint));
    CHECK_FALSE(selects("site=fra,rack=b5", endpoint));
    CHECK_FALSE(selects("site=fra,site=ash", endpoint));
    CHECK_FALSE(selects("floor=2", endpoint));
    CHECK_FALSE(selects("site=fra", Endpoint{.name = "bare"}));
}

TEST_CASE("what is no selection is told from one", "[policy][labels]") {
    for (const auto* text : {"", "fra1", "site=", "=fra", "=", "site=fra,", ",site=fra",
                             "site=fra,,rack=b4", "site==fra", "site=fra=2", "site=fra,rack"}) {
        CAPTURE(text);
        CHECK_FALSE(LabelSelector::parse(text));
    }
    std::string many = "a=1";
    for (std::size_t i = 1; i < kLabelsMax; ++i)
        many += ",a=1";
    CHECK(LabelSelector::parse(many));
    CHECK_FALSE(LabelSelector::parse(many + ",a=1"));
    CHECK(is_selection("site="));
    CHECK_FALSE(is_selection("pool eu"));
}

TEST_CASE("all labels of a forest are listed once", "[policy][labels]") {
    Forest forest;
    auto endpoint = labelled({{"site", "fra"}, {"rack", "b4"}});
    forest.add(endpoint);
    forest.add(std::move(endpoint));
    forest.add(labelled({{"site", "ash"}, {"rack", "b4"}}));
    forest.add({.name = "bare"});
    CHECK(labels_of(forest) == std::vector<std::string>{"rack=b4", "site=ash", "site=fra"});
}

}  // namespace
}  // namespace fairlead::policy
