// SPDX-License-Identifier: Apache-2.0
#include "config/resolver_reader.h"

#include <optional>
#include <string_view>

namespace fairlead::config {
namespace {

constexpr std::size_t kServersMax = 8;

/// "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353" as "ADDRESS:PORT".
std::optional<std::string> server(std::string_view text) {
    const auto with_port = [](const IpAddress& address, std::string_view port) {
        const auto host = address.to_string();
        return (address.is_v4() ? host : '[' + host + ']') + ':' + std::string(port);
    };
    if (const auto address = IpAddress::parse(text)) return with_port(*address, "53");
    const auto colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const bool in_brackets = host.starts_with('[') && host.ends_with(']');
    if (in_brackets) host = host.substr(1, host.size() - 2);
    const auto address = IpAddress::parse(host);
    const auto port = parse_integer(text.substr(colon + 1));
    if (!address || address->is_v4() == in_brackets || !port || *port < 1 || *port > 65535) {
        return std::nullopt;
    }
    return with_port(*address, std::to_string(*port));
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
