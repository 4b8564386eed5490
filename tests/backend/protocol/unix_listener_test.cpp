// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/unix_listener.h"

#include <sys/stat.h>

#include <fstream>
#include <optional>

#include "tests/backend/as_nobody.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;

struct stat status_of(const fs::path& path) {
    struct stat found {};
    REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found;
}

std::string failure_of(const UnixListener::Settings& settings) {
    const auto listener = UnixListener::open(settings);
    REQUIRE_FALSE(bool(listener));
    CHECK(listener.error().message.find(settings.path.string()) != std::string::npos);
    return listener.error().message;
}

bool mentions(const std::string& text, const std::string& part) {
    CAPTURE(text, part);
    return text.find(part) != std::string::npos;
}

/// A socket file that nobody listens on, as a killed process leaves it.
void leave_stale_socket(const fs::path& path) {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(descriptor);
}

TEST_CASE("the socket has its mode and is connectable at once", "[backend][listener]") {
    const TemporaryDirectory directory;
    const auto path = directory / "pdns.sock";
    for (const std::uint32_t mode : {0600U, 0660U, 0666U}) {
        const auto listener = UnixListener::open({.path = path, .group = {}, .mode = mode});
        REQUIRE(bool(listener));
        CHECK(S_ISSOCK(status_of(path).st_mode));
        CHECK((status_of(path).st_mode & 0777U) == mode);
        CHECK(UnixClient(path).connected());
    }
    CHECK_FALSE(fs::exists(path));
    CHECK_FALSE(fs::exists(directory / "pdns.sock.new"));
}

TEST_CASE("the socket is given to its group", "[backend][listener]") {
    if (::geteuid() != 0) return;  // only root may give files to any group
    const TemporaryDirectory directory;
    const auto path = directory / "pdns.sock";
    const auto listener = UnixListener::open({.path = path, .group = "daemon", .mode = 0660});
    REQUIRE(bool(listener));
    CHECK(status_of(path).st_gid != ::getegid());
}

TEST_CASE("a group that does not exist is named", "[backend][listener]") {
    const TemporaryDirectory directory;
    const auto path = directory / "pdns.sock";
    CHECK(mentions(failure_of({.path = path, .group = "no-such-group"}), "no-such-group"));
    CHECK_FALSE(fs::exists(path));
    CHECK_FALSE(fs::exists(directory / "pdns.sock.new"));
}

TEST_CASE("a live instance keeps its socket", "[backend][listener]") {
    const TemporaryDirectory directory;
    const auto path = directory / "pdns.sock";
    const auto first = UnixListener::open({.path = path});
    REQUIRE(bool(first));
    const auto inode = status_of(path).st_ino;
    const std::string message = failure_of({.path = path});
    CHECK(mentions(message, "process " + std::to_string(::getpid())));
    CHECK(status_of(path).st_ino == inode);
    CHECK(UnixClient(path).connected());
}

TEST_CASE("a live instance with a full backlog keeps its socket", "[backend][listener]") {
    const TemporaryDirectory directory;
    const auto path = directory / "pdns.sock";
    const int busy = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(busy, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(busy, 0) == 0);
    const UnixClient waiting(path);
    CHECK(mentions(failure_of({.path = path}), "another process"));
    ::close(busy);
}

TEST_CASE("a socket that nobody serves is replaced", "[backend][listener]") {
    const TemporaryDirectory directory;
    const auto path = directory / "pdns.sock";
    leave_stale_socket(path);
    leave_stale_socket(directory / "pdns.sock.new");
    const auto listener = UnixListener::open({.path = path});
    REQUIRE(bool(listener));
    CHECK(UnixClient(path).connected());
}

TEST_CASE("what is not a socket is not touched", "[backend][listener]") {
    const TemporaryDirectory directory;
    const auto path = directory / "pdns.sock";
    std::ofstream(path) << "precious";
    CHECK(mentions(failure_of({.path = path}), "not a socket"));
    CHECK(fs::file_size(path) == 8);
}

TEST_CASE("at the end only the own socket is removed", "[backend][listener]") {
    const TemporaryDirectory directory;
    const auto path = directory / "pdns.sock";
    {
        const auto first = UnixListener::open({.path = path});
        REQUIRE(bool(first));
        fs::remove(path);  // somebody cleans up, and another instance starts
        leave_stale_socket(path);
    }
    CHECK(fs::exists(path));
}

TEST_CASE("a listener that is given away leaves its path, and is taken on there",
          "[backend][listener]") {
    const TemporaryDirectory directory;
    const auto path = directory / "pdns.sock";
    Descriptor given;
    {
        auto first = UnixListener::open({.path = path});
        REQUIRE(bool(first));
        given = std::move(*first).release();
    }
    const UnixClient waiting(path);
    CHECK(waiting.connected());
    CHECK(UnixListener::listens_at(given.get(), path));
    CHECK_FALSE(UnixListener::listens_at(given.get(), directory / "other.sock"));
    CHECK_FALSE(UnixListener::listens_at(STDERR_FILENO, path));
    CHECK(mentions(failure_of({.path = path}), "another process"));
    {
        const auto second = UnixListener::adopt(path, std::move(given));
        REQUIRE(bool(second));
        CHECK((status_of(path).st_mode & 0777U) == 0660);  // until it is this one's
        CHECK(bool(second->permit({.path = path, .group = {}, .mode = 0600})));
        CHECK((status_of(path).st_mode & 0777U) == 0600);
        const Descriptor accepted(::accept(second->descriptor(), nullptr, nullptr));
        CHECK(accepted.is_open());
    }
    CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a path that cannot work is explained", "[backend][listener]") {
    const TemporaryDirectory directory;
    CHECK(mentions(failure_of({.path = directory / "missing" / "pdns.sock"}), "create it first"));
    const auto room = UnixListener::kPathMax - (directory / "").native().size();
    const auto longest = directory / std::string(room, 'x').c_str();
    CHECK(bool(UnixListener::open({.path = longest})));
    const auto too_long = directory / std::string(room + 1, 'x').c_str();
    CHECK(mentions(failure_of({.path = too_long}), std::to_string(UnixListener::kPathMax)));
}

TEST_CASE("a directory that may not be written is named with the remedy", "[backend][listener]") {
    const TemporaryDirectory directory;
    for (const unsigned mode : {0700U, 0755U}) {
        fs::permissions(directory / "", static_cast<fs::perms>(mode & ~0200U));
        const auto said = [&] {
            const AsNobody nobody;
            return failure_of({.path = directory / "pdns.sock"});
        }();
        CHECK(mentions(said,
                       "cannot be made in directory " + (directory / "").parent_path().string()));
        CHECK(
            mentions(said, "Permission denied; the user that runs fairlead must be able to write"));
    }
    fs::permissions(directory / "", fs::perms::owner_all);
}

}  // namespace
}  // namespace fairlead::backend
