// SPDX-License-Identifier: Apache-2.0
#include "admin/peer_user.h"

#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "tests/support/catch.h"

namespace fairlead::admin {
namespace {

std::string my_name() {
    const passwd* const me = ::getpwuid(::getuid());
    return me == nullptr ? "uid " + std::to_string(::getuid()) : std::string(me->pw_name);
}

TEST_CASE("of a unix socket the kernel knows the user", "[admin][access]") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    CHECK(peer_user(ends[0]) == my_name());
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("of any other socket it says no more than that it is local", "[admin][access]") {
    const int tcp = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(tcp >= 0);
    CHECK(peer_user(tcp) == kSomebodyLocal);
    ::close(tcp);
    CHECK(peer_user(-1) == kSomebodyLocal);
}

}  // namespace
}  // namespace fairlead::admin
