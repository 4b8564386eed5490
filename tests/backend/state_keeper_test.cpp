// SPDX-License-Identifier: Apache-2.0
#include "backend/state_keeper.h"

#include <fstream>

#include "backend/durable_file.h"
#include "backend/state_file.h"
#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/sample_state.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using checks::Health;

const KeeperPace kQuick{.changes = 5ms, .refresh = 1h};

ServingState measured(Health health) {
    ServingState state = sample_state(health);
    auto snapshot = *state.health;
    snapshot.evidence[0] = {.state = {.health = health}, .since = SteadyClock().now()};
    state.health = std::make_shared<checks::Snapshot>(std::move(snapshot));
    return state;
}

std::shared_ptr<const ServingState> shared(Health health) {
    return std::make_shared<const ServingState>(measured(health));
}

void set(PublishedState& state, Health health) {
    state.update([&](const auto&) { return shared(health); });
}

/// What a restart would begin with: the health of the one subject.
Health recalled(const fs::path& directory) {
    MemoryLog log;
    const auto subjects = recall(directory, log).health.subjects;
    return subjects.empty() ? Health::unknown : subjects[0].evidence.state.health;
}

TEST_CASE("a change is on disk soon after, and the last one at the end",
          "[backend][state_keeper]") {
    const TemporaryDirectory directory;
    const auto here = directory / "";
    MemoryLog log;
    PublishedState state(shared(Health::healthy));
    StateKeeper keeper(here, state, log, kQuick);
    CHECK(comes_true([&] { return recalled(here) == Health::healthy; }));
    set(state, Health::unhealthy);
    CHECK(comes_true([&] { return recalled(here) == Health::unhealthy; }));
    keeper.stop();

    StateKeeper slow(here, state, log, {.changes = 1h, .refresh = 1h});
    set(state, Health::healthy);
    slow.stop();
    CHECK(recalled(here) == Health::healthy);
    CHECK(log.lines().empty());
}

TEST_CASE("the file is refreshed though nothing changes", "[backend][state_keeper]") {
    const TemporaryDirectory directory;
    const auto here = directory / "";
    MemoryLog log;
    PublishedState state(shared(Health::healthy));
    const StateKeeper keeper(here, state, log, {.changes = 5ms, .refresh = 5ms});
    for (int i = 0; i < 3; ++i) {
        REQUIRE(comes_true([&] { return fs::exists(here / "state.json"); }));
        fs::remove(here / "state.json");
    }
    CHECK(comes_true([&] { return fs::exists(here / "state.json"); }));
}

TEST_CASE("a directory that is not there is one warning, and its coming one line",
          "[backend][state_keeper]") {
    const TemporaryDirectory directory;
    const auto later = directory / "later";
    MemoryLog log;
    PublishedState state(shared(Health::healthy));
    const StateKeeper keeper(later, state, log, kQuick);
    REQUIRE(comes_true([&] { return log.has("cannot save the state in " + later.string()); }));
    CHECK(log.has("No such file or directory"));
    CHECK(log.has("server.state_dir"));
    CHECK_FALSE(keeper.works());
    for (const auto health : {Health::unhealthy, Health::healthy, Health::unhealthy})
        set(state, health);
    fs::create_directory(later);
    REQUIRE(comes_true([&] { return log.has("the state is saved again in " + later.string()); }));
    CHECK(keeper.works());
    CHECK(recalled(later) == Health::unhealthy);
    CHECK(log.lines().size() == 2);
}

TEST_CASE("a first start has nothing to recall and nothing to complain of",
          "[backend][state_keeper]") {
    const TemporaryDirectory directory;
    MemoryLog log;
    CHECK(recall(directory / "", log).health.subjects.empty());
    CHECK(recall(directory / "absent", log).health.subjects.empty());
    CHECK(log.lines().empty());
}

TEST_CASE("a damaged file is one warning and is kept aside", "[backend][state_keeper]") {
    const TemporaryDirectory directory;
    const auto file = directory / "state.json";
    std::ofstream(file) << R"({"format": "fairlead state", "vers)";
    MemoryLog log;
    CHECK(recall(directory / "", log).health.subjects.empty());
    REQUIRE(log.lines().size() == 1);
    CHECK(log.has(file.string() + " cannot be used: it is damaged"));
    CHECK(log.has("kept as state.json.bad"));
    CHECK_FALSE(fs::exists(file));
    CHECK(fs::exists(directory / "state.json.bad"));
}

TEST_CASE("neither a directory nor a giant in its place is read", "[backend][state_keeper]") {
    const TemporaryDirectory directory;
    const auto file = directory / "state.json";
    fs::create_directory(file);
    MemoryLog log;
    CHECK(recall(directory / "", log).health.subjects.empty());
    CHECK(log.lines().size() == 1);
    fs::remove_all(directory / "state.json.bad");

    std::ofstream(file) << "x";
    fs::resize_file(file, kStateBytesMax + 1);
    CHECK(recall(directory / "", log).health.subjects.empty());
    CHECK(log.has("it is too large"));
}

TEST_CASE("what is older than an hour is ignored with a word", "[backend][state_keeper]") {
    const TemporaryDirectory directory;
    const auto state = measured(Health::unhealthy);
    const auto memory =
        checks::remember(state.catalog->checks(), state.catalog->subjects(), *state.health);
    const auto saved_at = [&](std::chrono::seconds age) {
        auto then = Moment::now();
        then.wall -= age;
        const auto text = encode_state({.health = memory, .positions = {}}, then);
        REQUIRE(write_durably(directory / "state.json", text).has_value());
    };
    MemoryLog log;
    saved_at(59min);
    CHECK(recall(directory / "", log).health.subjects.size() == 1);
    CHECK(log.has("saved 59 min ago: 1 checked address, 1 unhealthy"));
    saved_at(3h);
    CHECK(recall(directory / "", log).health.subjects.empty());
    CHECK(log.has("saved 3 h ago, says too little about now"));
    saved_at(-3h - 1min);
    CHECK(recall(directory / "", log).health.subjects.empty());
    CHECK(log.has("saved 3 h in the future, says too little about now"));
}

}  // namespace
}  // namespace fairlead::backend
