// SPDX-License-Identifier: Apache-2.0
#pragma once

// Addresses of web servers in a configuration (RFC 3986). Thread rule: pure functions.

#include <boost/url/url_view.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/http_server.h"

namespace fairlead::config {

/// A view into `text`. Nothing unless it is http or https with a host, and perhaps a port other
/// than 0, a path and a query; no user, no fragment.
[[nodiscard]] std::optional<boost::urls::url_view> parse_http_url(std::string_view text);

[[nodiscard]] bool is_https(const boost::urls::url_view& url);

[[nodiscard]] HttpServer server_of(const boost::urls::url_view& url);

/// Its own, or the scheme's.
[[nodiscard]] std::uint16_t port_of(const boost::urls::url_view& url);

}  // namespace fairlead::config
