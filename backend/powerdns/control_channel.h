// SPDX-License-Identifier: Apache-2.0
#pragma once

// A running PowerDNS's control socket, as pdns_control uses it: one command a connection, answered
// by a text up to the end of the stream (PowerDNS pdns/dynlistener.cc, 4.7 to 5.1).
//
// Thread rule: as Channel.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "backend/powerdns/channel.h"

namespace fairlead::backend {

class ControlChannel final : public Channel {
  public:
    explicit ControlChannel(const std::filesystem::path& socket) : socket_(socket.string()) {}

    [[nodiscard]] const std::string& address() const override { return socket_; }
    [[nodiscard]] Result<std::string> version() const override { return ask("VERSION"); }
    [[nodiscard]] Result<PowerDnsSettings> settings() const override;
    [[nodiscard]] Result<void> purge(const PurgeTargets& targets) const override;
    [[nodiscard]] Result<void> rediscover(std::vector<std::string>& zones) const override;
    [[nodiscard]] std::chrono::milliseconds between_looks() const override {
        return std::chrono::seconds(1);
    }

  private:
    /// The answer to one command ("VERSION", "PURGE www.example.com.").
    [[nodiscard]] Result<std::string> ask(std::string_view command) const;

    std::string socket_;
};

}  // namespace fairlead::backend
