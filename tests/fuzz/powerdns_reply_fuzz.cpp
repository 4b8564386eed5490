// SPDX-License-Identifier: Apache-2.0

// Any bytes as what PowerDNS says of itself: its settings, as the control socket has them, or the
// whole reply of its HTTP API over a real connection. What is made of them can be told in a line.
// The first byte says which.

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "backend/powerdns/advice.h"
#include "backend/powerdns/api_channel.h"
#include "tests/fuzz/require.h"
#include "tests/support/http_endpoint.h"

namespace {

using namespace fairlead;
using namespace fairlead::backend;

void require_line(std::string_view text) {
    require(!text.empty() &&
            std::ranges::all_of(text, [](unsigned char c) { return std::iscntrl(c) == 0; }));
}

void examine(const PowerDnsSettings& settings, std::string_view version) {
    for (const bool needed : {false, true}) {
        const Needs needs{.client_subnets = needed, .purges = needed, .signatures = needed};
        for (const auto& [found, problem, line] : advice(settings, version, needs)) {
            require(!found.empty());  // may quote anything
            require_line(problem);
            require_line(line);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static test::HttpEndpoint endpoint;
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 2 == 0) {
        examine(parse_settings(text), text.substr(0, text.find('\n')));
        return 0;
    }
    endpoint.behave(test::sends(text));
    const ApiChannel channel({.url = "http://127.0.0.1",
                              .server = {.host = "127.0.0.1", .port = endpoint.port()},
                              .key = "secret"});
    const auto version = channel.version();
    if (!version) require_line(version.error().message);
    const auto settings = channel.settings();
    if (!settings) require_line(settings.error().message);
    if (settings) examine(*settings, version ? *version : "");
    return 0;
}
