// SPDX-License-Identifier: Apache-2.0
#include "config/http_url.h"

#include <boost/url/parse.hpp>

namespace fairlead::config {

namespace urls = boost::urls;

std::optional<urls::url_view> parse_http_url(std::string_view text) {
    const auto url = urls::parse_uri({text.data(), text.size()});
    if (!url || url->has_fragment() || url->has_userinfo()) return std::nullopt;
    const bool known = url->scheme_id() == urls::scheme::http || is_https(*url);
    const bool port = !url->has_port() || url->port_number() != 0;
    if (!known || !port || url->encoded_host().empty()) return std::nullopt;
    return *url;
}

bool is_https(const urls::url_view& url) {
    return url.scheme_id() == urls::scheme::https;
}

HttpServer server_of(const urls::url_view& url) {
    return {.https = is_https(url),
            .host = std::string(url.host_address()),
            .port = port_of(url),
            .host_header = std::string(url.encoded_host_and_port())};
}

std::uint16_t port_of(const urls::url_view& url) {
    if (url.has_port()) return url.port_number();
    return is_https(url) ? 443 : 80;
}

}  // namespace fairlead::config
