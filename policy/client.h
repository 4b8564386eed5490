// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who asks. Thread rule: a value.

#include <optional>

#include "base/ip.h"

namespace fairlead::policy {

struct Client {
    /// Whom the answer is for: the network that an EDNS client subnet (RFC 7871) names, host bits
    /// cleared, else the resolver. Nothing when PowerDNS asks for itself.
    std::optional<IpAddress> network;
    /// Who sent the question to PowerDNS, for nodes with `ecs: ignore`.
    std::optional<IpAddress> resolver;

    Client() = default;
    /// One that asks without a client subnet.
    Client(const IpAddress& address) : network(address), resolver(address) {}  // NOLINT: the same
    Client(const std::optional<IpAddress>& one)
        : network(one), resolver(one) {}  // NOLINT: or nobody
    Client(const IpAddress& subnet, const IpAddress& asking) : network(subnet), resolver(asking) {}

    friend bool operator==(const Client&, const Client&) = default;
};

}  // namespace fairlead::policy
