// SPDX-License-Identifier: Apache-2.0
#include "base/published.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace fairlead {
namespace {

/// A value whose parts must never be seen apart.
struct Pair {
    int first = 0;
    int second = 0;
};

TEST_CASE("a reader sees each update on its next get", "[base][published]") {
    Published<int> value(std::make_shared<const int>(1));
    Published<int>::Reader reader(value);
    CHECK(reader.get() == 1);
    value.update([](const auto& now) { return std::make_shared<const int>(*now + 1); });
    CHECK(reader.get() == 2);
    CHECK(value.generation() == 2);
}

TEST_CASE("the value before is let go once no reader holds it", "[base][published]") {
    auto first = std::make_shared<const int>(1);
    const std::weak_ptr<const int> watch = first;
    Published<int> value(std::move(first));
    Published<int>::Reader reader(value);
    (void)reader.get();
    value.update([](const auto&) { return std::make_shared<const int>(2); });
    CHECK_FALSE(watch.expired());
    (void)reader.get();
    CHECK(watch.expired());
}

TEST_CASE("readers in other threads never see half an update and never go back",
          "[base][published]") {
    Published<Pair> value(std::make_shared<const Pair>());
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            Published<Pair>::Reader reader(value);
            int last = 0;
            while (!stop.load()) {
                const Pair& pair = reader.get();
                if (pair.first != pair.second || pair.first < last) ++wrong;
                last = pair.first;
            }
        });
    }
    constexpr int kUpdates = 20000;
    for (int i = 0; i < kUpdates; ++i) {
        value.update([](const auto& now) {
            return std::make_shared<const Pair>(Pair{now->first + 1, now->second + 1});
        });
    }
    stop = true;
    for (auto& reader : readers)
        reader.join();
    CHECK(wrong == 0);
    CHECK(value.load()->first == kUpdates);
}

}  // namespace
}  // namespace fairlead
