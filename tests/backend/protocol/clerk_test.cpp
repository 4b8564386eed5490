// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/clerk.h"

#include <atomic>
#include <future>

#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using std::chrono::milliseconds;

TEST_CASE("an idle clerk has ended what it was doing, and begins nothing that waited",
          "[backend][clerk]") {
    MemoryLog log;
    std::promise<void> begun;
    std::promise<void> ends;
    std::atomic<bool> waiting_one_ran{false};
    std::promise<std::string> last;
    Clerk clerk(log);
    const auto nobody = [](const std::string&) {};
    CHECK(clerk.hand_over(
        [&] {
            begun.set_value();
            ends.get_future().wait();
            return std::string();
        },
        nobody));
    CHECK(clerk.hand_over(
        [&] {
            waiting_one_ran = true;
            return std::string();
        },
        nobody));
    begun.get_future().wait();
    CHECK_FALSE(clerk.be_idle(SteadyClock().now() + milliseconds(1)));
    ends.set_value();
    CHECK(clerk.be_idle(SteadyClock().now() + kPatience));
    CHECK(clerk.hand_over([] { return std::string("done"); },
                          [&](std::string reply) { last.set_value(std::move(reply)); }));
    CHECK(last.get_future().get() == "done");
    CHECK_FALSE(waiting_one_ran);
}

}  // namespace
}  // namespace fairlead::backend
