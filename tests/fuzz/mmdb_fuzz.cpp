// SPDX-License-Identifier: Apache-2.0

// Any bytes as a MaxMind DB: it does not open and the error names it, or every address is somewhere
// in a block of its own family's length.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "geo/locator.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fairlead;
    static const MemoryFile file("mmdb");
    static const auto clients = [] {
        std::vector<IpAddress> all;
        for (const auto* text : {"0.0.0.0", "192.0.2.1", "198.51.100.77", "255.255.255.255",
                                 "::", "2001:db8::1", "2001:db8:0:f000::1", "ffff::"})
            all.push_back(*IpAddress::parse(text));
        return all;
    }();
    file.hold(data, size);
    const auto locator = geo::Locator::open({file.path()});
    if (!locator) {
        require(locator.error().message.find(file.path()) != std::string::npos);
        return 0;
    }
    for (const auto& client : clients) {
        const auto found = (*locator)->locate(client);
        require(found.prefix_length <= client.width());
        require(!found.coordinates || (std::abs(found.coordinates->latitude) <= 90 &&
                                       std::abs(found.coordinates->longitude) <= 180));
    }
    return 0;
}
