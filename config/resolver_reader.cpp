// SPDX-License-Identifier: Apache-2.0
#include "config/resolver_reader.h"

#include <optional>
#include <string_view>

#include "config/values.h"

namespace fairlead::config {
namespace {

constexpr std::size_t kServersMax = 8;

/// "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353" as "ADDRESS:PORT".
std::optional<std::string> server(std::string_view text) {
    static constexpr std::uint16_t kPort = 53;
    if (const auto address = IpAddress::parse(text))
        return to_string(SocketAddress{*address, kPort});
    const auto at = parse_socket_address(text);
    return at ? std::optional(to_string(*at)) : std::nullopt;
}

}  // namespace

std::string read_resolver(const Fields* resolver, Findings& findings) {
    std::string servers;
    if (resolver == nullptr) return servers;
    const auto list = resolver->list("servers");
    if (list.size() > kServersMax) {
        findings.add(Rule::out_of_range, list[kServersMax], "at most 8 servers are asked");
    }
    for (const auto& item : list) {
        const auto text = read_text(item, findings);
        if (!text) continue;
        const auto one = server(*text);
        if (!one) {
            findings.add(Rule::bad_value, item,
                         in_quotes(*text) +
                             " is no address of a resolver; write 192.0.2.53 or "
                             "\"192.0.2.53:5353\"");
            continue;
        }
        servers += (servers.empty() ? "" : ",") + *one;
    }
    return servers;
}

}  // namespace fairlead::config
