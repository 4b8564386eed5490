// SPDX-License-Identifier: Apache-2.0
#pragma once

// The icmp check: healthy when one echo request is answered within the timeout. A lost packet is a
// failed probe; `fall` is what deals with loss.
//
// A ping socket (SOCK_DGRAM, icmp(7)) needs no privilege where net.ipv4.ping_group_range has the
// process's group, for IPv6 too; without it a raw socket is tried, which needs CAP_NET_RAW.

#include <memory>
#include <string_view>

#include "checks/health_check.h"
#include "checks/probe.h"

namespace fairlead::checks {

/// REQUIRES: `check.probe` holds an IcmpProbe.
[[nodiscard]] std::unique_ptr<const Probe> make_icmp_probe(const HealthCheck& check);

/// Whether this process gets one of the two kinds of socket.
[[nodiscard]] bool may_ping();

inline constexpr std::string_view kPingRemedy =
    "set net.ipv4.ping_group_range to contain this process's group, or give it CAP_NET_RAW";

}  // namespace fairlead::checks
