// SPDX-License-Identifier: Apache-2.0
#include "admin/client_list.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

namespace fairlead::admin {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r";
    const auto from = text.find_first_not_of(kBlank);
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

std::optional<double> parse_weight(std::string_view text) {
    double weight = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, weight);
    const bool whole = error == std::errc{} && rest == end;
    return whole && std::isfinite(weight) && weight > 0 ? std::optional(weight) : std::nullopt;
}

Result<policy::ClientBlock> parse_line(std::string_view line) {
    const auto comma = line.find(',');
    const auto network = Prefix::parse(trimmed(line.substr(0, comma)));
    if (!network) return Error{"expected a network such as 192.0.2.0/24 and its weight"};
    if (comma == std::string_view::npos) return policy::ClientBlock{.network = *network};
    const auto weight = parse_weight(trimmed(line.substr(comma + 1)));
    if (!weight) return Error{"the weight behind the network is no number above 0"};
    return policy::ClientBlock{.network = *network, .weight = *weight};
}

}  // namespace

Result<std::vector<policy::ClientBlock>> read_client_list(std::istream& in,
                                                          const std::string& source) {
    if (!in) return Error{source + ": cannot be read"};
    std::vector<policy::ClientBlock> clients;
    std::string text;
    for (int number = 1; std::getline(in, text); ++number) {
        const auto line = trimmed(text);
        if (line.empty() || line.front() == '#') continue;
        const auto block = parse_line(line);
        if (!block) {
            return Error{source + ":" + std::to_string(number) + ": " + block.error().message};
        }
        clients.push_back(*block);
    }
    if (clients.empty()) return Error{source + ": lists no clients"};
    return clients;
}

}  // namespace fairlead::admin
