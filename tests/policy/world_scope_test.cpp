// SPDX-License-Identifier: Apache-2.0

// Scopes on the whole world: for random clients, everybody inside the returned prefix has the same
// targets in the same order, and in the next shorter prefix somebody has not.

#include <random>

#include "geo/locator.h"
#include "policy/client_map.h"
#include "tests/support/catch.h"

namespace fairlead::policy {
namespace {

constexpr int kClients = 100000;

ClientSelector areas(std::initializer_list<const char*> codes) {
    ClientSelector selector;
    for (const auto* code : codes) {
        const auto area = *geo::Area::parse(code);
        selector.areas.push_back(
            {area, area.country.empty() ? Specificity::continent : Specificity::country});
    }
    return selector;
}

const std::vector<ClientSelector> kSelectors{areas({"NA-US", "NA-CA"}), areas({"EU"}),
                                             areas({"EU-DE", "EU-AT", "EU-CH"}),
                                             areas({"AS", "OC"}), areas({"SA"})};

/// The map says what is prefixed with what; the geography, asked address by address, is what it is
/// held against.
template <typename Key>
class World {
  public:
    World()
        : locator_(*geo::Locator::open({FAIRLEAD_COUNTRY_MMDB})),
          map_(Ordering::specificity, kSelectors, locator_->partition()) {}

    /// Inside the prefix: both ends and some between.
    bool is_true(Key client, std::mt19937_64& random) const {
        const auto [order, length] = map_.find(address(client));
        const auto [first, last] = block(client, length);
        if (!same(order, first) || !same(order, last)) return false;
        for (int i = 0; i < 4; ++i) {
            const auto inside = static_cast<Key>(
                first + static_cast<Key>(random_key(random) & static_cast<Key>(last - first)));
            if (!same(order, inside)) return false;
        }
        return true;
    }

    /// In the next shorter prefix: walks from one block of a location to the next until one
    /// differs.
    bool is_minimal(Key client) const {
        const auto [order, length] = map_.find(address(client));
        if (length <= 1) return true;
        const auto [first, last] = block(client, length - 1);
        for (Key at = first;;) {
            if (!same(order, at)) return true;
            const auto end = block(at, locator_->locate(address(at)).prefix_length).second;
            if (end >= last) return false;
            at = static_cast<Key>(end + 1);
        }
    }

    static Key random_key(std::mt19937_64& random) {
        return static_cast<Key>(geo::Uint128{random()} << 64U | random());
    }

  private:
    static IpAddress address(Key key) {
        std::array<std::uint8_t, 16> bytes{};
        for (std::size_t i = sizeof(Key); i-- > 0; key = static_cast<Key>(key >> 8U))
            bytes.at(i) = static_cast<std::uint8_t>(key);
        if constexpr (sizeof(Key) == 4)
            return IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
        return IpAddress::v6(bytes);
    }

    /// First and last address of the prefix of this length around `key`.
    static std::pair<Key, Key> block(Key key, int length) {
        constexpr int kWidth = sizeof(Key) * 8;
        const auto host = length == 0 ? static_cast<Key>(~Key{0})
                                      : static_cast<Key>((Key{1} << (kWidth - length)) - 1);
        return {static_cast<Key>(key & static_cast<Key>(~host)), static_cast<Key>(key | host)};
    }

    bool same(std::span<const Preference> order, Key key) const {
        const auto expected =
            preferences(Ordering::specificity, kSelectors, locator_->locate(address(key)), {});
        return std::equal(order.begin(), order.end(), expected.begin(), expected.end());
    }

    std::shared_ptr<const geo::Locator> locator_;
    ClientMap map_;
};

TEMPLATE_TEST_CASE("a scope is true and minimal for clients from the whole world",
                   "[policy][client_map][world]", std::uint32_t, geo::Uint128) {
    const World<TestType> world;
    std::mt19937_64 random(20);
    int untrue = 0;
    int too_long = 0;
    for (int i = 0; i < kClients; ++i) {
        auto client = World<TestType>::random_key(random);
        // All unicast IPv6 is in 2000::/3; outside of it there is nothing to tell apart.
        if constexpr (sizeof(TestType) == 16) client = (client >> 3U) | (TestType{1} << 125U);
        untrue += !world.is_true(client, random);
        too_long += !world.is_minimal(client);
    }
    CHECK(untrue == 0);
    CHECK(too_long == 0);
}

}  // namespace
}  // namespace fairlead::policy
