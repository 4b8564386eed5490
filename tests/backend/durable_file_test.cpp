// SPDX-License-Identifier: Apache-2.0
#include "backend/durable_file.h"

#include "tests/backend/as_nobody.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a file is replaced whole, and for its owner alone", "[backend][durable_file]") {
    const TemporaryDirectory directory;
    const auto file = directory / "file";
    for (const std::string text : {"old", "", "new and longer"}) {
        REQUIRE(bool(write_durably(file, text)));
        CHECK(*read_whole(file, 100) == text);
        CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    }
    CHECK(read_whole(file, 13).error().message == "it is too large");
    CHECK_FALSE(fs::exists(directory / "file.new"));
}

TEST_CASE("what cannot replace a file for good leaves it as it is", "[backend][durable_file]") {
    const TemporaryDirectory directory;
    const auto file = directory / "file";
    REQUIRE(bool(write_durably(file, "old")));
    fs::create_directory(directory / "occupied");
    CHECK_FALSE(bool(write_durably(directory / "occupied", "new")));
    CHECK_FALSE(fs::exists(directory / "occupied.new"));

    // A directory that can be written but not opened, so that it cannot be told to keep the name.
    fs::permissions(file, fs::perms::all);
    fs::permissions(directory / "", fs::perms::owner_write | fs::perms::owner_exec |
                                        fs::perms::others_write | fs::perms::others_exec);
    const auto written = [&] {
        const AsNobody nobody;
        return write_durably(file, "new");
    }();
    fs::permissions(directory / "", fs::perms::owner_all);
    REQUIRE_FALSE(bool(written));
    CHECK(written.error().message == "Permission denied");
    CHECK(*read_whole(file, 100) == "old");
    CHECK_FALSE(fs::exists(directory / "file.new"));
}

}  // namespace
}  // namespace fairlead::backend
