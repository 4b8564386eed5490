// SPDX-License-Identifier: Apache-2.0
#include "checks/name_lookup.h"

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "tests/support/catch.h"

// Answers of real servers are looked at by tests/integration/names_test.py.

namespace fairlead::checks {
namespace {

using boost::asio::ip::udp;
using std::chrono::milliseconds;

/// A resolver that takes every question and answers none.
class SilentResolver {
  public:
    explicit SilentResolver(boost::asio::io_context& io)
        : socket_(io, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {}
    std::string address() const {
        return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
    }

  private:
    udp::socket socket_;
};

Result<Resolved> look_up(const std::string& host, const std::string& servers, Family family,
                         milliseconds timeout) {
    boost::asio::io_context io;
    std::optional<Result<Resolved>> result;
    NameLookup::start(io, servers, host, family, timeout, [&](const Result<Resolved>& found) {
        if (result) std::abort();  // it answers once
        result = found;
    });
    if (result) std::abort();  // and never from within start()
    io.run();
    return result.value();
}

TEST_CASE("localhost is this machine in both families, and nobody is asked", "[checks][names]") {
    boost::asio::io_context other;
    const SilentResolver silent(other);
    for (const auto& [family, address] :
         {std::pair(Family::v4, "127.0.0.1"), {Family::v6, "::1"}}) {
        const auto found = look_up("localhost", silent.address(), family, milliseconds(10000));
        REQUIRE(found.has_value());
        CHECK(found->addresses == std::vector{*IpAddress::parse(address)});
    }
}

TEST_CASE("a resolver that never answers costs its timeout and no more", "[checks][names]") {
    boost::asio::io_context other;
    const SilentResolver silent(other);
    const auto found = look_up("www.example.com", silent.address(), Family::v6, milliseconds(300));
    REQUIRE(found.has_error());
    CHECK(found.error().message == "no answer in time");
}

TEST_CASE("a resolver that is not there is a failure in time", "[checks][names]") {
    const auto found = look_up("www.example.com", "127.0.0.1:1", Family::v4, milliseconds(10000));
    CHECK(found.has_error());
}

TEST_CASE("nothing is left behind when the loop ends in the middle", "[checks][names]") {
    boost::asio::io_context other;
    const SilentResolver silent(other);
    boost::asio::io_context io;
    bool called = false;
    NameLookup::start(io, silent.address(), "www.example.com", Family::v4, milliseconds(10000),
                      [&](const Result<Resolved>&) { called = true; });
    boost::asio::steady_timer soon(io, milliseconds(20));
    soon.async_wait([&](const boost::system::error_code&) { io.stop(); });
    io.run();
    CHECK_FALSE(called);
}

}  // namespace
}  // namespace fairlead::checks
