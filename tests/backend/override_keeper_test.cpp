// SPDX-License-Identifier: Apache-2.0
#include "backend/override_keeper.h"

#include "tests/backend/control_loop.h"
#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/sample_state.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using std::chrono::milliseconds;

/// Serves the sample catalog without its check's target ever being probed.
struct Kept {
    ControlLoop control;
    MemoryLog log;
    std::unique_ptr<Serving> serving = make();
    OverrideKeeper keeper{control.io, *serving, log};

    std::unique_ptr<Serving> make() {
        auto made = Serving::create(control.io, sample_catalog(), {}, log);
        REQUIRE(made);
        return *std::move(made);
    }
    /// The state that "192.0.2.2" has been given.
    std::optional<policy::State> state() const {
        const auto now = serving->state().load();
        const auto endpoints = now->catalog->forest().find_endpoints("192.0.2.2");
        REQUIRE_FALSE(endpoints.empty());
        return now->overrides == nullptr ? std::nullopt : now->overrides->of(endpoints.front());
    }
    static policy::OverrideEntry drain(std::optional<milliseconds> time = {}) {
        policy::OverrideEntry entry{.target = "192.0.2.2",
                                    .state = policy::State::drain,
                                    .reason = "new disks",
                                    .by = "anna",
                                    .since = wall_time()};
        if (time) entry.until = entry.since + *time;
        return entry;
    }
};

TEST_CASE("what is set is served at once, and logged with who and why", "[backend][override]") {
    Kept process;
    REQUIRE(process.keeper.set(Kept::drain()));
    CHECK(process.state() == policy::State::drain);
    CHECK(process.log.has("override: 192.0.2.2 drain by anna: new disks"));

    CHECK(process.keeper.remove("192.0.2.2", "bert"));
    CHECK_FALSE(process.state());
    CHECK(process.log.has("override removed: 192.0.2.2 drain by bert"));
    CHECK_FALSE(process.keeper.remove("192.0.2.2", "bert"));
}

TEST_CASE("what is set for a time ends by itself", "[backend][override]") {
    Kept process;
    REQUIRE(process.keeper.set(Kept::drain(milliseconds(2000))));
    CHECK(process.state() == policy::State::drain);
    CHECK(process.control.run_until([&] { return !process.state(); }));
    CHECK(process.log.has("override expired: 192.0.2.2 drain, set by anna"));
}

TEST_CASE("who set and took back what, and why, are events", "[backend][override]") {
    Kept process;
    REQUIRE(process.keeper.set(Kept::drain()));
    REQUIRE(process.keeper.set(Kept::drain(milliseconds(1))));
    CHECK(process.control.run_until([&] { return process.log.events().size() == 3; }));
    const auto events = process.log.events();
    REQUIRE(events.size() == 3);
    for (const Event& event : events) {
        CHECK(event.kind == EventKind::override);
        CHECK(event.subject == "192.0.2.2");
    }
    CHECK(events[0].from.empty());
    CHECK(events[0].to == "drain");
    CHECK(events[0].by == "anna");
    CHECK(events[0].reason == "new disks");
    CHECK(events[1].from == "drain");
    CHECK(events[2].to.empty());
    CHECK(events[2].reason == "its time is over");
}

TEST_CASE("what is set follows the names into another catalog", "[backend][override]") {
    Kept process;
    REQUIRE(process.keeper.set(Kept::drain()));
    process.serving->start([] {});
    REQUIRE(process.serving->replace(sample_catalog(), [] {}));
    CHECK(process.state() == policy::State::drain);

    REQUIRE(process.serving->replace(sample_catalog_without_checks(), [] {}));
    process.keeper.report_unmatched();
    CHECK(process.log.has("192.0.2.2 drain matches nothing in this configuration; it stays set"));
    REQUIRE(process.serving->replace(sample_catalog(), [] {}));
    CHECK(process.state() == policy::State::drain);
    process.serving->stop();
}

}  // namespace
}  // namespace fairlead::backend
