// SPDX-License-Identifier: Apache-2.0
#include "policy/heartbeat_targets.h"

#include "tests/support/catch.h"

namespace fairlead::policy {
namespace {

using Subjects = std::vector<checks::SubjectIndex>;

checks::HealthCheck check(const std::string& name, checks::ProbeKind probe) {
    checks::HealthCheck made;
    made.name = name;
    made.probe = std::move(probe);
    return made;
}

TEST_CASE("a heartbeat check is found for the endpoints that it decides over",
          "[policy][heartbeat]") {
    CatalogBuilder builder;
    const auto web = builder.add_check(check("web", checks::HttpProbe{}));
    const auto alive = builder.add_check(check("alive", checks::Heartbeat{}));
    const auto both = builder.add_check(
        check("both", checks::Calculation{.children = {web, alive}, .at_least = 2}));
    const auto add = [&](const std::string& name, std::uint32_t of,
                         const std::vector<std::string>& addresses) {
        Endpoint endpoint{.name = name};
        for (const auto& text : addresses) {
            const auto address = *IpAddress::parse(text);
            (address.is_v4() ? endpoint.v4 : endpoint.v6)
                .push_back({address, builder.subject({.check = of, .address = address})});
        }
        builder.forest.add(std::move(endpoint));
    };
    add("fra1", alive, {"192.0.2.1", "2001:db8::1"});
    add("fra2", both, {"192.0.2.2"});
    add("fra3", web, {"192.0.2.3"});
    const Catalog catalog = std::move(builder).build(geo::Partition());
    const HeartbeatTargets targets(catalog);

    const auto names = [&](const Subjects& subjects) {
        std::vector<std::string> list;
        for (const auto subject : subjects) {
            const auto& found = catalog.subjects()[subject];
            list.push_back(catalog.checks()[found.check].name + " " + found.target());
        }
        return list;
    };
    using Names = std::vector<std::string>;
    CHECK(names(targets.find("alive", "fra1")) == Names{"alive 192.0.2.1", "alive 2001:db8::1"});
    CHECK(names(targets.find("alive", "2001:db8::1")) == Names{"alive 2001:db8::1"});
    CHECK(names(targets.find("alive", "fra2")) == Names{"alive 192.0.2.2"});
    for (const auto& [of, endpoint] : {std::pair{"alive", "fra3"},
                                       {"web", "fra3"},
                                       {"both", "fra2"},
                                       {"alive", "nosuch"},
                                       {"nosuch", "fra1"},
                                       {"", ""}}) {
        CHECK(targets.find(of, endpoint).empty());
    }
}

}  // namespace
}  // namespace fairlead::policy
