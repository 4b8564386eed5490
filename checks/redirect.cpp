// SPDX-License-Identifier: Apache-2.0
#include "checks/redirect.h"

#include <boost/url/parse.hpp>
#include <boost/url/scheme.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <optional>

#include "base/ascii.h"
#include "checks/failure.h"

namespace fairlead::checks {
namespace {

namespace urls = boost::urls;

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

std::uint16_t usual_port(bool tls) {
    return tls ? kHttpsPort : kHttpPort;
}

/// In lower case and without a final dot.
std::string host_of(const urls::url_view& url) {
    std::string host = ascii::lower(url.host_address());
    if (host.ends_with('.')) host.pop_back();
    return host;
}

/// Port 0 stands for one that is none. (url.port_number() of Boost 1.81 takes 65537 for 1.)
std::uint16_t port_of(const urls::url_view& url, bool tls) {
    const std::string text(url.port());
    if (text.empty()) return usual_port(tls);
    std::uint16_t port = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
    return read.ec == std::errc() ? port : std::uint16_t{0};
}

std::optional<urls::url> parsed(const std::string& text) {
    const auto url = urls::parse_uri(text);  // a view of the text
    return url ? std::optional<urls::url>(*url) : std::nullopt;
}

/// The URL of what was asked, as the server sees it.
std::optional<urls::url> seen(const Resource& asked) {
    const std::string origin = (asked.tls ? "https://" : "http://") + asked.host;
    const auto url = parsed(origin + asked.path);
    return url ? url : parsed(origin + '/');  // a path with bytes that URLs do not have
}

std::string next_method(const std::string& method, unsigned status) {
    const bool becomes_get =
        status == 303 ? method != "HEAD" : (status == 301 || status == 302) && method == "POST";
    return becomes_get ? "GET" : method;
}

std::string path_of(const urls::url_view& url) {
    const std::string path(url.encoded_target());  // with query
    return path.starts_with('/') ? path : '/' + path;
}

}  // namespace

bool is_redirect(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<Resource> redirected(const Resource& asked, const IpAddress& address, unsigned status,
                            std::string_view location) {
    const auto reference = urls::parse_uri_reference({location.data(), location.size()});
    const auto base = seen(asked);
    urls::url to;
    if (!reference || !base || !urls::resolve(*base, *reference, to)) {
        return Error{"cannot be understood: " + printable(location)};
    }
    const bool tls = to.scheme_id() == urls::scheme::https;
    if (!tls && to.scheme_id() != urls::scheme::http)
        return Error{"not to http(s): " + printable(location)};
    if (asked.tls && !tls) return Error{"not followed from https to http: " + printable(location)};
    const std::string host = host_of(to);
    if (host != host_of(*base) && IpAddress::parse(host) != address) {
        return Error{"not followed to another host: " + printable(host)};
    }
    const std::uint16_t port = port_of(to, tls);
    if (port == 0) return Error{"cannot be understood: " + printable(location)};
    // The server's name for itself keeps the port that led to it, which may be another one.
    const bool same_origin =
        tls == asked.tls && host == host_of(*base) && port == port_of(*base, asked.tls);
    return Resource{.tls = tls,
                    .port = same_origin ? asked.port : port,
                    .host = same_origin ? asked.host : std::string(to.encoded_host_and_port()),
                    .method = next_method(asked.method, status),
                    .path = path_of(to)};
}

}  // namespace fairlead::checks
