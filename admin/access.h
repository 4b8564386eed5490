// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who may ask: bearer tokens (RFC 6750), or, where none is configured, everybody who can reach the
// socket: the configuration allows that on loopback and on unix sockets only.
//
// Without tokens a browser on the same machine is kept out as well: a page cannot send a request
// that changes something without an Origin header, and one that had its own name resolve to
// 127.0.0.1 (DNS rebinding) shows in Host.
//
// Thread rule: one thread.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fairlead::admin {

struct Token {
    std::string name;    // who it stands for, in logs
    std::string secret;  // never in one
    friend bool operator==(const Token&, const Token&) = default;
};

class Access {
  public:
    explicit Access(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    [[nodiscard]] bool asks_for_token() const { return !tokens_.empty(); }

    /// The name of the token in an Authorization header; empty where none is needed, and it is the
    /// user of the connection. Takes the same time whichever token it is and however much of it is
    /// right.
    [[nodiscard]] Result<std::string> who(std::string_view authorization) const;

    /// Whether a browser may have been made to send this. `host`: the Host header.
    [[nodiscard]] Result<void> is_no_browser(std::string_view host, std::string_view origin) const;

  private:
    std::vector<Token> tokens_;
};

}  // namespace fairlead::admin
