// SPDX-License-Identifier: Apache-2.0
#include "backend/state_keeper.h"

#include <sys/mount.h>

#include <fstream>
#include <functional>

#include "backend/durable_file.h"
#include "backend/state_file.h"
#include "tests/backend/as_nobody.h"
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
    CHECK(comes_true([&] { return recalled(later) == Health::unhealthy; }));
    CHECK(log.lines().size() == 2);
}

/// A few pages of memory as a directory, while it lives.
class SmallDisk {
  public:
    explicit SmallDisk(fs::path at) : at_(std::move(at)) {
        fs::create_directory(at_);
        mounted_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=32k,mode=755") == 0;
        if (!mounted_) WARN("skipped: this process may not mount a file system");
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    [[nodiscard]] bool mounted() const { return mounted_; }
    [[nodiscard]] bool make_read_only(bool read_only) const {
        const unsigned long flags = MS_REMOUNT | (read_only ? MS_RDONLY : 0);
        return ::mount("tmpfs", at_.c_str(), "tmpfs", flags, "size=32k") == 0;
    }

  private:
    const fs::path at_;
    bool mounted_ = false;
};

/// One trouble after another with the same directory: each is one warning, and its end one line.
void check_trouble(const fs::path& here, const std::string& words,
                   const std::function<void()>& begin, const std::function<void()>& end) {
    MemoryLog log;
    PublishedState state(shared(Health::healthy));
    StateKeeper keeper(here, state, log, kQuick);
    REQUIRE(comes_true([&] { return recalled(here) == Health::healthy; }));
    begin();
    set(state, Health::unhealthy);
    REQUIRE(comes_true([&] { return !keeper.works(); }));
    for (const auto health : {Health::healthy, Health::unhealthy, Health::healthy})
        set(state, health);
    CHECK(recalled(here) == Health::healthy);  // the file from before is whole
    set(state, Health::unhealthy);
    end();
    REQUIRE(comes_true([&] { return keeper.works(); }));
    CHECK(comes_true([&] { return recalled(here) == Health::unhealthy; }));
    keeper.stop();
    CHECK(log.has("cannot save the state in " + here.string() + ": " + words));
    CHECK(log.has("the state is saved again in " + here.string()));
    CHECK(log.lines().size() == 2);
    CHECK_FALSE(fs::exists(here / "state.json.new"));
}

TEST_CASE("a full disk is one warning, and room on it one line", "[backend][state_keeper]") {
    const TemporaryDirectory directory;
    const auto here = directory / "disk";
    const SmallDisk disk(here);
    if (!disk.mounted()) return;
    const auto filler = here / "filler";
    check_trouble(
        here, "No space left on device",
        [&] {
            std::ofstream out(filler);
            const std::string page(4096, 'x');
            while (out.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
            }
        },
        [&] { fs::remove(filler); });
}

TEST_CASE("a directory that nothing can be written to is one warning", "[backend][state_keeper]") {
    const TemporaryDirectory directory;
    const auto here = directory / "disk";
    const SmallDisk disk(here);
    if (!disk.mounted()) return;
    check_trouble(
        here, "Read-only file system", [&] { REQUIRE(disk.make_read_only(true)); },
        [&] { REQUIRE(disk.make_read_only(false)); });
}

TEST_CASE("a file that may not be read is left as it is, and not replaced",
          "[backend][state_keeper]") {
    const TemporaryDirectory directory;
    const auto file = directory / "state.json";
    std::ofstream(file) << "what a restart as another user wants";
    fs::permissions(file, fs::perms::none);
    fs::permissions(directory / "", fs::perms::all);
    MemoryLog log;
    {
        const AsNobody nobody;
        CHECK(recall(directory / "", log).health.subjects.empty());
        CHECK(log.has(file.string() + " cannot be read: Permission denied"));
        PublishedState state(shared(Health::healthy));
        StateKeeper keeper(directory / "", state, log, kQuick);
        CHECK(comes_true([&] { return !keeper.works(); }));
        keeper.stop();
    }
    CHECK(log.has("the one that is there cannot be read (Permission denied), and is not replaced"));
    CHECK(log.lines().size() == 2);
    CHECK_FALSE(fs::exists(directory / "state.json.bad"));
    CHECK(fs::file_size(file) == 36);
}

TEST_CASE("a state is told apart by what it says, not by where it lies",
          "[backend][state_keeper]") {
    ServingState state = measured(Health::healthy);
    const auto list = std::make_shared<policy::OverrideList>();
    state.set = list;
    const auto before = content_of(state);
    REQUIRE(list->set({.target = "fra1", .reason = "new disks", .by = "anna"}));
    const auto set = content_of(state);
    CHECK(set != before);
    REQUIRE(list->set({.target = "fra1", .reason = "new disks", .by = "ben"}));
    CHECK(content_of(state) != set);

    // Evidence alone is nothing new, and neither is another object that says the same.
    ServingState again = state;
    again.set = std::make_shared<policy::OverrideList>(*list);
    auto snapshot = *state.health;
    snapshot.generation += 1;
    snapshot.evidence[0].last.duration = 5ms;
    again.health = std::make_shared<checks::Snapshot>(std::move(snapshot));
    CHECK(content_of(again) == content_of(state));
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

TEST_CASE("verdicts that are older than an hour are ignored with a word",
          "[backend][state_keeper]") {
    const TemporaryDirectory directory;
    const auto state = measured(Health::unhealthy);
    const auto memory =
        checks::remember(state.catalog->checks(), state.catalog->subjects(), *state.health);
    const auto saved_at = [&](std::chrono::seconds age) {
        auto then = Moment::now();
        then.wall -= age;
        const std::vector<NamedPosition> positions{
            {.node = "policies.eu", .target = "ash1", .since = then.steady}};
        const auto text = encode_state({.health = memory, .positions = positions}, then);
        REQUIRE(write_durably(directory / "state.json", text).has_value());
    };
    MemoryLog log;
    saved_at(59min);
    CHECK(recall(directory / "", log).health.subjects.size() == 1);
    CHECK(log.has("saved 59 min ago: 1 checked address, 1 unhealthy"));
    saved_at(3h);
    const auto old = recall(directory / "", log);
    CHECK(old.health.subjects.empty());
    // `failback: manual` stays where it was, however long the machine was off.
    REQUIRE(old.positions.size() == 1);
    CHECK(old.positions[0].target == "ash1");
    CHECK(
        log.has("saved 3 h ago, says too little about now, except for what is set and where "
                "failovers stand"));
    saved_at(-3h - 1min);
    CHECK(recall(directory / "", log).health.subjects.empty());
    CHECK(log.has("saved 3 h in the future, says too little about now"));
}

}  // namespace
}  // namespace fairlead::backend
