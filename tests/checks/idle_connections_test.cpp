// SPDX-License-Identifier: Apache-2.0
#include "checks/idle_connections.h"

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{1h};

/// Open as long as somebody has it.
using Stream = std::shared_ptr<int>;
using Connections = IdleConnections<Stream>;

/// A loop that keeps connections of one check.
struct Loop {
    boost::asio::io_context io;
    Connections& kept = boost::asio::use_service<Connections>(io);
    int check = 0;

    /// Watches the connection that was kept.
    std::weak_ptr<int> keep(const std::string& address, Duration opened, Duration now) {
        auto stream = std::make_shared<int>();
        std::weak_ptr<int> watch = stream;
        kept.keep(&check, *IpAddress::parse(address),
                  {std::move(stream), kStart + opened, std::nullopt}, kStart + now);
        return watch;
    }
    bool take(const std::string& address) {
        return kept.take(&check, *IpAddress::parse(address)).has_value();
    }
};

TEST_CASE("a connection is taken once, by the check and the address that it was kept for",
          "[checks][keep_alive]") {
    Loop loop;
    const auto watch = loop.keep("192.0.2.1", 0s, 1s);
    CHECK_FALSE(watch.expired());
    CHECK_FALSE(loop.take("192.0.2.2"));
    const int another_check = 0;
    CHECK_FALSE(loop.kept.take(&another_check, *IpAddress::parse("192.0.2.1")));
    CHECK(loop.take("192.0.2.1"));
    CHECK(watch.expired());
    CHECK_FALSE(loop.take("192.0.2.1"));
}

TEST_CASE("an old connection is closed", "[checks][keep_alive]") {
    Loop loop;
    CHECK(loop.keep("192.0.2.1", 0s, 10min + 1s).expired());
    CHECK_FALSE(loop.take("192.0.2.1"));
}

TEST_CASE("connections to addresses that are probed no more are closed", "[checks][keep_alive]") {
    Loop loop;
    const auto left = loop.keep("192.0.2.1", 0s, 0s);
    for (const auto now : {1min, 5min, 10min}) {
        CHECK(loop.take("192.0.2.2") == (now > 1min));
        loop.keep("192.0.2.2", 0s, now);
        CHECK_FALSE(left.expired());
    }
    CHECK(loop.take("192.0.2.2"));
    const auto used = loop.keep("192.0.2.2", 10min, 10min + 1s);
    CHECK(left.expired());
    CHECK_FALSE(used.expired());
    CHECK_FALSE(loop.take("192.0.2.1"));
    CHECK(loop.take("192.0.2.2"));
}

}  // namespace
}  // namespace fairlead::checks
