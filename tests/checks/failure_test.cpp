// SPDX-License-Identifier: Apache-2.0
#include "checks/failure.h"

#include <boost/asio/error.hpp>
#include <cerrno>
#include <vector>

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

using boost::system::error_code;

error_code system_error(int number) {
    return {number, boost::system::system_category()};
}

TEST_CASE("an error of the system is told as what it says of the target", "[checks][failure]") {
    struct Case {
        int number;
        Failure expected;
    };
    const std::vector<Case> cases{
        {ECONNREFUSED, Failure::refused},     {EHOSTUNREACH, Failure::unreachable},
        {ENETUNREACH, Failure::unreachable},  {EACCES, Failure::unreachable},
        {ETIMEDOUT, Failure::timeout},        {ECONNRESET, Failure::closed},
        {EMFILE, Failure::resource},          {ENFILE, Failure::resource},
        {EADDRNOTAVAIL, Failure::resource},   {ENOBUFS, Failure::resource},
        {EAFNOSUPPORT, Failure::unreachable}, {ENOMEM, Failure::resource},
    };
    for (const auto& c : cases) {
        CAPTURE(c.number);
        CHECK(failure_at(Layer::connect, system_error(c.number)).failure == c.expected);
    }
}

TEST_CASE("a failure carries the reason where it adds something", "[checks][failure]") {
    CHECK(describe(failure_at(Layer::connect, system_error(ECONNREFUSED))) == "connect refused");
    CHECK(describe(failure_at(Layer::connect, system_error(EHOSTUNREACH))) ==
          "connect unreachable: No route to host");
    CHECK(describe(failure_at(Layer::http, boost::asio::error::eof)) ==
          "http closed early: end of stream");
    CHECK(describe(failure_at(Layer::http, system_error(ECONNRESET))) ==
          "http closed early: Connection reset by peer");
}

TEST_CASE("text from a peer is made fit for a log line", "[checks][failure]") {
    CHECK(printable("200 OK") == "200 OK");
    CHECK(printable("a\r\n\x1b[2J\xff") == "a???[2J?");
    CHECK(printable(std::string(500, 'x')).size() == 80);
}

}  // namespace
}  // namespace fairlead::checks
