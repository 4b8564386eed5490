// SPDX-License-Identifier: Apache-2.0
#include "backend/calculations.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <new>
#include <optional>
#include <thread>

#include "tests/backend/memory_log.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

TEST_CASE("a calculation is made on another thread and told on this one", "[backend]") {
    boost::asio::io_context control;
    const auto busy = boost::asio::make_work_guard(control);
    MemoryLog log;
    Calculations calculations(control, log);
    std::thread::id there;
    std::thread::id here;
    REQUIRE(calculations.begin([&](const auto&) { there = std::this_thread::get_id(); },
                               [&] {
                                   here = std::this_thread::get_id();
                                   control.stop();
                               }));
    control.run();
    CHECK(here == std::this_thread::get_id());
    CHECK(there != here);
}

TEST_CASE("a calculation without memory is told, too, and the next one is made", "[backend]") {
    boost::asio::io_context control;
    const auto busy = boost::asio::make_work_guard(control);
    MemoryLog log;
    Calculations calculations(control, log);
    int told = 0;
    REQUIRE(calculations.begin([](const auto&) { throw std::bad_alloc(); }, [&] { ++told; }));
    REQUIRE(calculations.begin([](const auto&) {},
                               [&] {
                                   ++told;
                                   control.stop();
                               }));
    control.run();
    CHECK(told == 2);
    CHECK(log.has("a calculation failed"));
}

TEST_CASE("calculations that wait are limited, and the end waits for none of them", "[backend]") {
    boost::asio::io_context control;
    MemoryLog log;
    std::optional<Calculations> calculations(std::in_place, control, log);
    std::promise<void> begun;
    bool was_stopped = false;
    bool was_late = false;
    REQUIRE(calculations->begin(
        [&](const std::stop_token& stop) {
            begun.set_value();
            while (!stop.stop_requested())
                std::this_thread::yield();
            was_stopped = true;
        },
        [] {}));
    begun.get_future().wait();
    for (std::size_t i = 1; i < Calculations::kWaitingMax; ++i)
        REQUIRE(calculations->begin([&](const auto&) { was_late = true; }, [] {}));
    CHECK_FALSE(calculations->begin([](const auto&) {}, [] {}));
    calculations.reset();
    CHECK(was_stopped);
    CHECK_FALSE(was_late);
}

}  // namespace
}  // namespace fairlead::backend
