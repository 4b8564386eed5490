// SPDX-License-Identifier: Apache-2.0
#pragma once

// A way to a running PowerDNS: what it can be told, and asked of itself. Its control socket
// (control_channel.h), or its HTTP API (api_channel.h) when that cannot be reached.
//
// Every error names the channel, what is wrong with it and the remedy, in one line.
// Thread rule: constant once made; each call blocks the calling thread, for kPatience at most an
// exchange, and purge() for three times as long at most.

#include <chrono>
#include <string>
#include <vector>

#include "backend/powerdns/purge_targets.h"
#include "backend/powerdns/settings.h"
#include "base/result.h"

namespace fairlead::backend {

class Channel {
  public:
    static constexpr std::chrono::milliseconds kPatience{2000};

    Channel() = default;
    virtual ~Channel() = default;
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// A path, or a URL.
    [[nodiscard]] virtual const std::string& address() const = 0;

    /// "4.7.3".
    [[nodiscard]] virtual Result<std::string> version() const = 0;
    [[nodiscard]] virtual Result<PowerDnsSettings> settings() const = 0;

    /// PowerDNS's packet, query and key caches have forgotten these, and perhaps more.
    [[nodiscard]] virtual Result<void> purge(const PurgeTargets& targets) const = 0;

    /// PowerDNS looks anew which zones there are. `zones`: all that it can have of fairlead; those
    /// that it has been told of in this exchange are taken off, from the end. To be called until
    /// none is left.
    [[nodiscard]] virtual Result<void> rediscover(std::vector<std::string>& zones) const = 0;

    /// How often it may be asked whether it is still there.
    [[nodiscard]] virtual std::chrono::milliseconds between_looks() const = 0;
};

}  // namespace fairlead::backend
