// SPDX-License-Identifier: Apache-2.0
#include "backend/alerts/alert_receiver.h"

#include "tests/backend/memory_log.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using namespace std::chrono_literals;

/// Keeps what it is given until the test says what became of it.
struct Hand : AlertTransport {
    void send(const std::string& body, Done done) override {
        bodies.push_back(body);
        answer = std::move(done);
    }
    void say(Delivery delivery) { std::exchange(answer, nullptr)(delivery, "status 500"); }

    std::vector<std::string> bodies;
    Done answer;
};

struct Told {
    MemoryLog log;
    Hand* hand = nullptr;
    TimePoint now{1h};
    AlertReceiver receiver = make();
    std::uint64_t next_id = 1;

    AlertReceiver make() {
        auto made = std::make_unique<Hand>();
        hand = made.get();
        return {"webhook hooks.example.com",
                AlertGroups(EventKinds().set(), 1s),
                std::move(made),
                [] { return 1.0; },
                "dns1",
                log};
    }
    /// One more message that is due.
    void notice() {
        receiver.add(std::make_shared<Event>(Event{.id = next_id++, .kind = EventKind::override}),
                     now);
        pass(1s);
    }
    void pass(Duration time) {
        now += time;
        receiver.tick(now);
    }
};

TEST_CASE("messages go out in order, one at a time", "[backend][alerts]") {
    Told told;
    told.notice();
    told.notice();
    REQUIRE(told.hand->bodies.size() == 1);
    told.hand->say(Delivery::done);
    told.pass(0s);
    REQUIRE(told.hand->bodies.size() == 2);
    CHECK(told.hand->bodies[0].find("override-1") != std::string::npos);
    CHECK(told.hand->bodies[1].find("override-2") != std::string::npos);
    told.hand->say(Delivery::done);
    CHECK(told.receiver.totals().delivered == 2);
    CHECK(told.receiver.totals().waiting == 0);
    CHECK(told.log.lines().empty());
}

TEST_CASE("one that fails is tried again, later and later", "[backend][alerts]") {
    Told told;
    told.notice();
    for (const auto wait : {1s, 2s, 4s}) {
        told.hand->say(Delivery::failed);
        const auto tries = told.hand->bodies.size();
        told.pass(wait - 1ms);
        CHECK(told.hand->bodies.size() == tries);
        told.pass(1ms);
        CHECK(told.hand->bodies.size() == tries + 1);
    }
    told.hand->say(Delivery::done);
    CHECK(told.receiver.totals().failed == 3);
    CHECK(told.receiver.totals().delivered == 1);
    CHECK(told.log.lines().size() == 2);  // that it fails, and that it works again
}

TEST_CASE("one that is refused is dropped, and the next goes out", "[backend][alerts]") {
    Told told;
    told.notice();
    told.notice();
    told.hand->say(Delivery::refused);
    told.pass(0s);
    CHECK(told.hand->bodies.size() == 2);
    CHECK(told.receiver.totals().dropped == 1);
}

TEST_CASE("no more wait than there is room for, the oldest go", "[backend][alerts]") {
    Told told;
    for (std::size_t i = 0; i < AlertReceiver::kQueueMax + 3; ++i)
        told.notice();
    CHECK(told.receiver.totals().waiting == AlertReceiver::kQueueMax);
    CHECK(told.receiver.totals().dropped == 3);
    told.hand->say(Delivery::done);  // the first, which was under way
    told.pass(0s);
    CHECK(told.hand->bodies[1].find("override-5") != std::string::npos);
}

TEST_CASE("what nobody takes for a day is dropped", "[backend][alerts]") {
    Told told;
    told.notice();
    told.hand->say(Delivery::failed);
    told.pass(25h);
    CHECK(told.receiver.totals().waiting == 0);
    CHECK(told.receiver.totals().dropped == 1);
}

}  // namespace
}  // namespace fairlead::backend
