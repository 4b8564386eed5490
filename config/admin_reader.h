// SPDX-License-Identifier: Apache-2.0
#pragma once

// `admin:`: where operators reach the process, and who they are.
// Thread rule: one thread; reads the token file.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/ip.h"
#include "config/fields.h"
#include "config/findings.h"

namespace fairlead::config {

struct AdminToken {
    std::string name;    // who it stands for
    std::string secret;  // never in a finding or a log
    friend bool operator==(const AdminToken&, const AdminToken&) = default;
};

/// `admin:`, with its defaults.
struct AdminSettings {
    std::filesystem::path socket;  // unix; empty: `address` and `port`
    std::string socket_group;      // empty: the process's own, and nobody else may connect
    IpAddress address;
    std::uint16_t port = 0;
    std::vector<AdminToken> tokens;  // empty: whoever reaches the socket may do everything
    /// Of heartbeat checks that have a file of their own, by name: good for that check alone.
    std::map<std::string, std::vector<AdminToken>> heartbeat_tokens;

    /// "127.0.0.1:8080", "[::1]:8080", "unix:/run/fairlead/admin.sock".
    [[nodiscard]] std::string listen_text() const;
};

/// The tokens of a file: a line each, "NAME TOKEN" or "TOKEN" alone, which is then called "token";
/// empty lines and those that start with '#' are passed over. The error says what is wrong, and
/// never a part of a token.
[[nodiscard]] Result<std::vector<AdminToken>> read_token_file(const std::filesystem::path& file);

/// What `token_file` of `fields` names; a finding, and nothing, when it cannot be used.
[[nodiscard]] std::vector<AdminToken> read_tokens(const Fields& fields,
                                                  const std::filesystem::path& directory,
                                                  Findings& findings);

/// Relative paths start at `directory`.
[[nodiscard]] AdminSettings read_admin(const Fields& fields, const std::filesystem::path& directory,
                                       Findings& findings);

}  // namespace fairlead::config
