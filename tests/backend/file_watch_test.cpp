// SPDX-License-Identifier: Apache-2.0
#include "backend/file_watch.h"

#include <fstream>

#include "tests/backend/control_loop.h"
#include "tests/backend/memory_log.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

void write(const fs::path& path, const std::string& text) {
    std::ofstream(path) << text;
}

/// A watch of files in a directory of its own.
class Watched {
  public:
    explicit Watched(WatchPace pace = {.quiet = 20ms, .round = 1h}) : pace_(pace) {}

    void start(const std::vector<fs::path>& paths) {
        config::FileVersions versions;
        for (const auto& path : paths)
            versions.push_back(config::version_of(path));
        watch.watch(versions);
        control.run_for(100ms);  // the look that every start takes
        REQUIRE(changes == 0);
    }
    bool sees_one_change() {
        if (!control.run_until([this] { return changes > 0; })) return false;
        control.run_for(100ms);
        return std::exchange(changes, 0) == 1;
    }

    TemporaryDirectory directory;
    ControlLoop control;
    MemoryLog log;
    int changes = 0;

  private:
    const WatchPace pace_;

  public:
    FileWatch watch{control.io, [this] { ++changes; }, log, pace_};
};

TEST_CASE("a file that is replaced or rewritten is seen once", "[backend][file_watch]") {
    Watched watched;
    const auto file = watched.directory / "world.mmdb";
    write(file, "one");
    watched.start({file});

    write(watched.directory / "new", "two");
    fs::rename(watched.directory / "new", file);
    CHECK(watched.sees_one_change());

    write(file, "three!");
    CHECK(watched.sees_one_change());

    fs::remove(file);
    CHECK(watched.sees_one_change());

    write(file, "four");
    CHECK(watched.sees_one_change());
}

TEST_CASE("what happens to other files is none of its business", "[backend][file_watch]") {
    Watched watched;
    const auto file = watched.directory / "world.mmdb";
    write(file, "one");
    watched.start({file});
    write(watched.directory / "other", "two");
    fs::rename(watched.directory / "other", watched.directory / "another");
    watched.control.run_for(200ms);
    CHECK(watched.changes == 0);
}

TEST_CASE("a file that is still being written is waited for", "[backend][file_watch]") {
    Watched watched({.quiet = 1s, .round = 1h});
    const auto file = watched.directory / "world.mmdb";
    write(file, "one");
    watched.control.run_for(0ms);
    watched.start({file});
    watched.control.run_for(300ms);
    std::ofstream growing(file, std::ios::app);
    for (int i = 0; i < 85; ++i) {  // while it looks twice
        growing << "more" << std::flush;
        fs::last_write_time(file, fs::file_time_type::clock::now());  // an event for each
        watched.control.run_for(30ms);
        CHECK(watched.changes == 0);
    }
    growing.close();
    CHECK(watched.sees_one_change());
}

TEST_CASE("a file behind a symbolic link is seen when either changes", "[backend][file_watch]") {
    Watched watched;
    fs::create_directory(watched.directory / "data");
    const auto first = watched.directory / "data/first";
    const auto second = watched.directory / "data/second";
    const auto link = watched.directory / "world.mmdb";
    write(first, "one");
    write(second, "two");
    fs::create_symlink(first, link);
    watched.start({link});

    write(first, "three!");
    CHECK(watched.sees_one_change());

    fs::create_symlink(second, watched.directory / "link");
    fs::rename(watched.directory / "link", link);
    CHECK(watched.sees_one_change());
}

TEST_CASE("a change between reading and watching is not missed", "[backend][file_watch]") {
    Watched watched;
    const auto file = watched.directory / "world.mmdb";
    write(file, "one");
    const config::FileVersions read{config::version_of(file)};
    write(file, "two, and longer");
    watched.watch.watch(read);
    CHECK(watched.sees_one_change());
}

TEST_CASE("where no event comes a look now and then finds the change", "[backend][file_watch]") {
    Watched watched({.quiet = 20ms, .round = 50ms});
    const auto directory = watched.directory / "not-yet";
    watched.start({directory / "world.mmdb"});
    fs::create_directory(directory);
    write(directory / "world.mmdb", "one");
    CHECK(watched.sees_one_change());
}

TEST_CASE("what is watched can be replaced, and nothing be watched", "[backend][file_watch]") {
    Watched watched;
    const auto before = watched.directory / "before";
    const auto after = watched.directory / "after";
    write(before, "one");
    write(after, "one");
    watched.start({before});
    watched.start({after});
    write(before, "two, and longer");
    watched.control.run_for(200ms);
    CHECK(watched.changes == 0);
    write(after, "two, and longer");
    CHECK(watched.sees_one_change());
    watched.start({});
    write(after, "three");
    watched.control.run_for(200ms);
    CHECK(watched.changes == 0);
}

}  // namespace
}  // namespace fairlead::backend
