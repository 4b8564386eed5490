// SPDX-License-Identifier: Apache-2.0

// Policy latency: the order of targets, and how far around a client it holds.

#include <random>

#include "geo/latency_csv.h"
#include "policy/shares.h"
#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

using Places = std::vector<int>;
using Order = std::vector<Preference>;

geo::LatencyTable table_of(std::string_view csv) {
    auto reading = geo::parse_latency_csv(csv);
    REQUIRE(reading.table);
    return *std::move(reading.table);
}

std::vector<ClientSelector> in_regions(std::initializer_list<geo::RegionIndex> regions) {
    std::vector<ClientSelector> selectors;
    for (const auto region : regions) {
        selectors.emplace_back();
        selectors.back().region = region;
    }
    return selectors;
}

template <typename Preferences>
Places places(const Preferences& order) {
    Places found;
    for (const auto& preference : order)
        found.push_back(preference.place);
    return found;
}

TEST_CASE("the least latency comes first, equals as configured, the unmeasured last",
          "[policy][latency]") {
    using geo::Latency;
    const auto order = [](const std::vector<std::optional<Latency>>& measured) {
        return places(by_latency(measured));
    };
    CHECK(order({Latency(30), Latency(10), Latency(20)}) == Places{1, 2, 0});
    CHECK(order({Latency(10), Latency(20), Latency(10)}) == Places{0, 2, 1});
    CHECK(order({std::nullopt, Latency(20), std::nullopt, Latency(10)}) == Places{3, 1, 0, 2});
    CHECK(order({std::nullopt, std::nullopt}).empty());
    CHECK(order({}).empty());
}

// Regions 0, 1 and 2 in this order.
const char* const kTable =
    "10.0.0.0/8,eu,20\n10.0.0.0/8,us,90\n10.0.0.0/8,ap,150\n"
    "10.64.0.0/10,us,15\n"
    "10.64.0.0/16,ap,5\n"
    "10.128.0.0/9,eu,25\n"  // another value, the same order
    "172.16.0.0/12,ap,5\n"
    "2001:db8::/32,us,5\n"
    "2001:db8:8000::/33,eu,4\n";

Places at(const ClientMap& map, const char* client) {
    return places(map.find(*IpAddress::parse(client)).order);
}

TEST_CASE("each region is taken from the smallest network that has it", "[policy][latency]") {
    const ClientMap map(Ordering::latency, in_regions({0, 1, 2}), {}, table_of(kTable));
    CHECK(at(map, "10.1.0.1") == Places{0, 1, 2});
    CHECK(at(map, "10.65.0.1") == Places{1, 0, 2});
    CHECK(at(map, "10.64.0.1") == Places{2, 1, 0});
    CHECK(at(map, "10.200.0.1") == Places{0, 1, 2});
    CHECK(at(map, "172.16.0.1") == Places{2, 0, 1});
    CHECK(at(map, "192.0.2.1").empty());
    CHECK(at(map, "2001:db8::1") == Places{1, 0, 2});
    CHECK(at(map, "2001:db8:8000::1") == Places{0, 1, 2});
    CHECK(at(map, "2001:db9::1").empty());
}

TEST_CASE("the order makes the scope, not the milliseconds", "[policy][latency]") {
    const auto table = table_of(kTable);
    const auto length = [](const ClientMap& map, const char* client) {
        return int{map.find(*IpAddress::parse(client)).length};
    };
    const ClientMap three(Ordering::latency, in_regions({0, 1, 2}), {}, table);
    CHECK(length(three, "10.64.0.1") == 16);
    CHECK(length(three, "10.65.0.1") == 16);
    CHECK(length(three, "10.96.0.1") == 11);
    CHECK(length(three, "10.200.0.1") == 9);
    CHECK(length(three, "10.1.0.1") == 10);
    CHECK(length(three, "2001:db8::1") == 33);
    // One region: all who are measured to it are of one mind.
    const ClientMap one(Ordering::latency, in_regions({0}), {}, table);
    CHECK(length(one, "10.64.0.1") == 8);
}

TEST_CASE("where nothing is measured the nearest target comes first", "[policy][latency]") {
    auto selectors = in_regions({0, 1, 2, 2});
    selectors[0].location = geo::Coordinates{.latitude = 38.95, .longitude = -77.45};  // Ashburn
    selectors[2].location = geo::Coordinates{.latitude = 50.11, .longitude = 8.68};    // Frankfurt
    const ClientMap map(Ordering::latency, selectors, test_geography(),
                        table_of("1.2.0.0/16,us,5\n1.2.0.0/16,eu,6\n1.3.0.0/16,ap,5\n"));
    // 1.0.0.0/8 is in Germany, 6.0.0.0/8 in the United States, 8.0.0.0/8 nowhere. The regions of
    // this table are us, eu and ap.
    CHECK(at(map, "1.2.0.1") == Places{0, 1, 2, 3});
    CHECK(at(map, "1.3.0.1") == Places{2, 3, 0, 1});
    CHECK(at(map, "1.4.0.1") == Places{2, 0, 1, 3});
    CHECK(at(map, "6.0.0.1") == Places{0, 2, 1, 3});
    CHECK(at(map, "8.0.0.1").empty());
    // A network from which nobody measured to a target's region is as if it were not there.
    const ClientMap other(Ordering::latency, in_regions({0}), {}, table_of(kTable));
    CHECK(at(other, "172.16.0.1").empty());
}

/// Networks in 10.0.0.0/24 and 2001:db8::/120, nested and apart.
std::string random_csv(std::mt19937& random) {
    std::set<std::string> rows;
    std::string text = "192.0.2.0/24,a,1\n192.0.2.0/24,b,1\n192.0.2.0/24,c,1\n";
    for (int i = 0; i < 40; ++i) {
        const auto octet = random() % 256;
        auto client = IpAddress::v4({10, 0, 0, static_cast<std::uint8_t>(octet)});
        if (random() % 2 == 0) {
            client = IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                    static_cast<std::uint8_t>(octet)});
        }
        const auto length = static_cast<std::uint8_t>(client.width() - random() % 9);
        const Prefix network{client.masked(length), length};
        const auto row = network.to_string() + "," + "abc"[random() % 3] + ",";
        if (rows.insert(row).second) text += row + std::to_string(1 + random() % 4) + "\n";
    }
    return text;
}

/// Four places, one for each quarter of 10.0.0.0/24 and of 2001:db8::/120.
geo::Partition quarters() {
    geo::Partition geography;
    const auto v4 = geo::key_of<std::uint32_t>(*IpAddress::parse("10.0.0.0"));
    const auto v6 = geo::key_of<geo::Uint128>(*IpAddress::parse("2001:db8::"));
    for (std::uint32_t quarter = 0; quarter < 4; ++quarter) {
        geo::Location place;
        place.coordinates = geo::Coordinates{.latitude = 0, .longitude = quarter * 50.0};
        geography.places.push_back(place);
        geography.v4.append(v4 + quarter * 64, quarter + 1);
        geography.v6.append(v6 + geo::Uint128{quarter} * 64, quarter + 1);
    }
    geography.v4.append(v4 + 256, 0);
    geography.v6.append(v6 + 256, 0);
    return geography;
}

std::vector<ClientSelector> random_selectors(std::mt19937& random) {
    auto selectors = in_regions({static_cast<geo::RegionIndex>(random() % 3),
                                 static_cast<geo::RegionIndex>(random() % 3), 2});
    for (auto& selector : selectors) {
        if (random() % 3 == 0) continue;
        selector.location =
            geo::Coordinates{.latitude = 0, .longitude = static_cast<double>(random() % 180)};
    }
    return selectors;
}

IpAddress client_of(Family family, std::uint32_t host) {
    const auto octet = static_cast<std::uint8_t>(host);
    if (family == Family::v4) return IpAddress::v4({10, 0, 0, octet});
    return IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, octet});
}

TEST_CASE("a map says of every address what the rows around it say, in the widest true prefix",
          "[policy][latency][property]") {
    std::mt19937 random(GENERATE(range(0U, 40U)));
    const auto family = GENERATE(Family::v4, Family::v6);
    const auto table = table_of(random_csv(random));
    const auto geography = quarters();
    const auto selectors = random_selectors(random);
    const ClientMap map(Ordering::latency, selectors, geography, table);
    std::vector<Order> expected;  // by the last octet
    for (std::uint32_t host = 0; host < 256; ++host) {
        const auto client = client_of(family, host);
        std::vector<std::optional<geo::Latency>> measured(selectors.size());
        std::transform(selectors.begin(), selectors.end(), measured.begin(),
                       [&](const auto& selector) { return table.find(client, *selector.region); });
        auto order = by_latency(measured);
        if (order.empty()) {
            order = preferences(Ordering::latency, selectors, geography.locate(client), {});
        }
        expected.push_back(std::move(order));
    }
    const int block = family == Family::v4 ? 24 : 120;  // all 256 of them
    const auto holds = [&](std::uint32_t host, int length) {
        const std::ptrdiff_t size = 256 >> (length - block);
        const auto first = expected.begin() + host / size * size;
        return std::all_of(first, first + size,
                           [&](const Order& order) { return order == expected[host]; });
    };
    for (std::uint32_t host = 0; host < 256; ++host) {
        const auto found = map.find(client_of(family, host));
        CHECK(Order(found.order.begin(), found.order.end()) == expected[host]);
        CHECK(holds(host, std::max<int>(found.length, block)));
        if (found.length > block) CHECK_FALSE(holds(host, found.length - 1));
    }
}

// Through a whole decision.

Target in_region(Target target, geo::RegionIndex region) {
    return for_clients(std::move(target),
                       [region](ClientSelector& selector) { selector.region = region; });
}

struct Regions {
    ForestMaker make;
    NodeIndex root = 0;

    /// eu = 1, us = 2 (IPv4 only), ap = 3; and 9 as the default if there is to be one.
    explicit Regions(bool with_default) {
        auto node =
            make.shape(Policy::latency, {in_region(make.dual(1), 0), in_region(make.endpoint(2), 1),
                                         in_region(make.dual(3), 2)});
        if (with_default) node.default_target = make.endpoint(9);
        root = make.add(node);
        make.forest.compile(test_geography(),
                            std::make_shared<const geo::LatencyTable>(table_of(kTable)));
    }
};

TEST_CASE("ill health leads to the next least latency, and to the default at last",
          "[policy][latency]") {
    Regions world(true);
    const Client client = *IpAddress::parse("10.65.0.1");  // us 15, eu 20, ap 150
    CHECK(world.make.answer(world.root, 1, client) == Octets{2});
    world.make.down(2);
    CHECK(world.make.answer(world.root, 1, client) == Octets{1});
    world.make.down(1);
    CHECK(world.make.answer(world.root, 1, client) == Octets{3});
    world.make.down(3);
    CHECK(world.make.answer(world.root, 1, client) == Octets{9});
}

TEST_CASE("who is not measured gets the default, or the first target", "[policy][latency]") {
    for (const Client& client : {Client(*IpAddress::parse("192.0.2.1")), Client()}) {
        Regions first(false);
        CHECK(first.make.answer(first.root, 1, client) == Octets{1});
        first.make.down(1);
        CHECK(first.make.answer(first.root, 1, client) == Octets{2});
        const Regions other(true);
        CHECK(other.make.answer(other.root, 1, client) == Octets{9});
    }
}

TEST_CASE("targets without an address of the family are passed over", "[policy][latency]") {
    const Regions world(false);
    const Client client = *IpAddress::parse("2001:db8::1");  // us 5
    CHECK(world.make.answer(world.root, 1, client) == Octets{2});
    CHECK(world.make.answer(world.root, 1, client, Family::v6) == Octets{1});
}

TEST_CASE("the trace has what was measured for this client", "[policy][latency]") {
    const Regions world(true);
    const auto step_for = [&](const Client& client) {
        Trace trace;
        (void)world.make.decided(world.root, 1, client, Family::v4, &trace);
        return trace.steps.at(0);
    };
    const auto step = step_for(*IpAddress::parse("10.65.0.1"));
    CHECK(step.placed);
    CHECK(step.targets.at(0).latency == std::chrono::milliseconds(20));
    CHECK(step.targets.at(1).latency == std::chrono::milliseconds(15));
    CHECK_FALSE(step.targets.at(3).latency);  // the default
    CHECK_FALSE(step_for(*IpAddress::parse("172.16.0.1")).targets.at(0).latency);
    CHECK_FALSE(step_for(*IpAddress::parse("192.0.2.1")).placed);
    CHECK_FALSE(step_for({}).placed);
}

TEST_CASE("latency, then weights, then failover", "[policy][latency]") {
    ForestMaker make;
    const auto pool = make.node(Policy::weighted, {make.endpoint(1, 3), make.endpoint(2, 1)});
    const auto eu = make.node(Policy::failover, {ForestMaker::child(pool), make.endpoint(3)});
    const auto root = make.node(
        Policy::latency, {in_region(ForestMaker::child(eu), 0), in_region(make.endpoint(4), 1)});
    make.forest.compile(test_geography(),
                        std::make_shared<const geo::LatencyTable>(table_of(kTable)));
    const Client european = *IpAddress::parse("10.1.0.1");
    const auto part = [&](int octet) {
        const Selection selection(make.forest, make.health(), Family::v4, european);
        const auto found = shares(selection, root).parts;
        const auto at = found.find(ForestMaker::address(octet));
        return at == found.end() ? 0.0 : at->second;
    };
    CHECK(part(1) == 0.75);
    CHECK(part(2) == 0.25);
    CHECK(make.answers(root, *IpAddress::parse("10.65.0.1")) == std::set{4});
    CHECK(make.scope(root, european) == 10);
    make.down(1);
    make.down(2);
    CHECK(part(3) == 1);
    make.down(3);
    CHECK(part(4) == 1);
}

}  // namespace
}  // namespace fairlead::policy
