// SPDX-License-Identifier: Apache-2.0
#pragma once

// A running PowerDNS's HTTP API, for one whose control socket is out of reach: on another host, or
// in a container that shares nothing else.
//
// It can do less than the socket. A flush of a name takes all below that name with it, and the list
// of zones can be added to, zone by zone, but what has left it stays until PowerDNS looks by
// itself. Each flush is a connection, and has PowerDNS ask fairlead whether the name is a zone; so
// of many names everything is flushed.
//
// Source: PowerDNS pdns/ws-auth.cc, apiServerCacheFlush() and apiServerConfig() (4.7 to 5.1).
// Thread rule: as Channel. Finding the host's address may take longer than kPatience.

#include <string>
#include <vector>

#include "backend/powerdns/channel.h"
#include "checks/tls_context.h"
#include "config/pdns_api_reader.h"

namespace fairlead::backend {

class ApiChannel final : public Channel {
  public:
    /// More names than these are flushed as everything, and so are those that kPatience has not
    /// been enough for; more zones are left to be found.
    static constexpr std::size_t kFlushesMax = 50;

    explicit ApiChannel(config::PdnsApiSettings settings);

    [[nodiscard]] const std::string& address() const override { return settings_.url; }
    [[nodiscard]] Result<std::string> version() const override;
    [[nodiscard]] Result<PowerDnsSettings> settings() const override;
    [[nodiscard]] Result<void> purge(const PurgeTargets& targets) const override;
    [[nodiscard]] Result<void> rediscover(std::vector<std::string>& zones) const override;
    /// PowerDNS logs every request (`webserver-loglevel`).
    [[nodiscard]] std::chrono::milliseconds between_looks() const override {
        return std::chrono::seconds(5);
    }

  private:
    [[nodiscard]] Result<void> flush(const std::string& name) const;
    /// The body of a reply with status 200.
    [[nodiscard]] Result<std::string> ask(const char* method, const std::string& target) const;
    [[nodiscard]] Error failed(const std::string& problem) const;

    const config::PdnsApiSettings settings_;
    checks::TlsContext tls_;   // null without https, or when it could not be made:
    std::string tls_problem_;  // why
};

}  // namespace fairlead::backend
