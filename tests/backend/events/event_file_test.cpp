// SPDX-License-Identifier: Apache-2.0
#include "backend/events/event_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::size_t lines_in(const fs::path& file) {
    return static_cast<std::size_t>(std::ranges::count(text_of(file), '\n'));
}

constexpr std::chrono::milliseconds kPace{1};

TEST_CASE("each event is a line of JSON, and a restart goes on in the same file",
          "[backend][events]") {
    const TemporaryDirectory directory;
    const fs::path file = directory / "events.jsonl";
    MemoryLog log;
    for (std::uint64_t start : {100U, 200U}) {
        EventHistory history(start);
        const EventWriter writer(directory / "", history, log, kPace);
        history.add({.kind = EventKind::override, .subject = "fra1", .by = "anna"}, {}, {});
        history.add({.kind = EventKind::health, .to = "unhealthy", .text = "caf\xff"}, {}, {});
    }  // what there is, is written at the end
    std::ifstream in(file);
    std::vector<std::uint64_t> ids;
    for (std::string line; std::getline(in, line);)
        ids.push_back(nlohmann::json::parse(line)["id"].get<std::uint64_t>());
    CHECK(ids == std::vector<std::uint64_t>{100, 101, 200, 201});
    CHECK(log.lines().empty());
}

TEST_CASE("a large file makes room, and one older is kept", "[backend][events]") {
    const TemporaryDirectory directory;
    EventFile file(directory / "", 100);
    const std::string line = std::string(39, 'x') + "\n";
    for (int i = 0; i < 7; ++i)
        REQUIRE(file.append(line));
    CHECK(lines_in(file.path()) == 1);
    CHECK(lines_in(file.path().string() + ".1") == 2);
}

TEST_CASE("a disk without room is one warning, and is used again when it has some",
          "[backend][events]") {
    const TemporaryDirectory directory;
    const fs::path file = directory / "events.jsonl";
    fs::create_symlink("/dev/full", file);  // its writes fail with ENOSPC
    MemoryLog log;
    EventHistory history(1);
    {
        const EventWriter writer(directory / "", history, log, kPace);
        for (std::uint64_t i = 1; i <= 3; ++i) {
            history.add({}, {}, {});
            REQUIRE(comes_true([&] { return writer.lost() == i; }));
        }
        CHECK(log.lines().size() == 1);
        CHECK(log.has("No space left on device"));
        fs::remove(file);
        history.add({}, {}, {});
        REQUIRE(comes_true([&] { return log.has("events are written again"); }));
        CHECK(writer.lost() == 3);
    }
    CHECK(lines_in(file) == 1);
}

TEST_CASE("a directory that is not there is one warning", "[backend][events]") {
    const TemporaryDirectory directory;
    MemoryLog log;
    EventHistory history(1);
    history.add({}, {}, {});
    const EventWriter writer(directory / "absent", history, log, kPace);
    REQUIRE(comes_true([&] { return writer.lost() == 1; }));
    CHECK(log.has("cannot write events to "));
}

}  // namespace
}  // namespace fairlead::backend
