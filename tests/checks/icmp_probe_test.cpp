// SPDX-License-Identifier: Apache-2.0

// Against the kernel's own replies on loopback. Where the machine allows pings to nobody, what is
// left to test is that it is said.

#include "checks/icmp_probe.h"

#include "tests/checks/run_probe.h"
#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

Outcome ping(const std::string& address, milliseconds timeout = milliseconds(5000)) {
    HealthCheck check;
    check.probe = IcmpProbe{};
    check.timeout = timeout;
    return run_probe(*make_icmp_probe(check), address);
}

TEST_CASE("an icmp check pings over both families", "[checks][icmp]") {
    for (const std::string address : {"127.0.0.1", "::1"}) {
        CAPTURE(address);
        const auto outcome = ping(address);
        if (may_ping()) {
            CHECK(describe(outcome) == "ok");
            CHECK(outcome.layer == Layer::icmp);
        } else {
            CHECK(outcome.failure == Failure::resource);
            CHECK(outcome.detail.find("ping_group_range") != std::string::npos);
        }
    }
}

TEST_CASE("many pings at once each find their own reply", "[checks][icmp]") {
    if (!may_ping()) return;
    HealthCheck check;
    check.probe = IcmpProbe{};
    const auto probe = make_icmp_probe(check);
    boost::asio::io_context io;
    int answered = 0;
    for (int i = 1; i <= 100; ++i) {
        probe->start(io, *IpAddress::parse("127.0.0." + std::to_string(i)),
                     [&](const Outcome& outcome) { answered += outcome.success() ? 1 : 0; });
    }
    io.run();
    CHECK(answered == 100);
}

TEST_CASE("an address that nobody has does not answer", "[checks][icmp]") {
    if (!may_ping()) return;
    const auto outcome = ping("240.0.0.1", milliseconds(200));
    CAPTURE(describe(outcome));
    CHECK(outcome.layer == Layer::icmp);
    // Silence, or what a router on the way says to it.
    const bool told =
        outcome.failure == Failure::unreachable || outcome.failure == Failure::refused;
    CHECK((told || outcome.failure == Failure::timeout));
}

}  // namespace
}  // namespace fairlead::checks
