// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where a redirect leads, and whether a health check goes there (RFC 9110 sections 10.2.2 and 15.4,
// RFC 3986 section 5).
//
// A check speaks of one address, so every request goes there: a redirect is followed when it names
// the host of the request, or the address itself, under whatever path, port or scheme - except from
// https to http, where nothing is verified any more.
// Thread rule: pure functions.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "base/result.h"

namespace fairlead::checks {

/// What is asked of the target.
struct Resource {
    bool tls = false;
    std::uint16_t port = 80;  // that is connected to
    std::string host;         // the Host header
    std::string method;
    std::string path;  // with query
    friend bool operator==(const Resource&, const Resource&) = default;
};

/// 301, 302, 303, 307, 308. The other 3xx lead nowhere.
[[nodiscard]] bool is_redirect(unsigned status);

/// What to ask after `status` with this `location` came for `asked` at `address`; the error says
/// why it is not followed. REQUIRES: is_redirect(status).
[[nodiscard]] Result<Resource> redirected(const Resource& asked, const IpAddress& address,
                                          unsigned status, std::string_view location);

}  // namespace fairlead::checks
