// SPDX-License-Identifier: Apache-2.0

// Any bytes as an address or a prefix: what is read can be written and read again.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ip.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using fairlead::IpAddress;
    using fairlead::Prefix;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto address = IpAddress::parse(text)) {
        require(IpAddress::parse(address->to_string()) == address);
        require(Prefix{*address, address->width()}.contains(*address));
    }
    if (const auto prefix = Prefix::parse(text)) {
        require(prefix->length <= prefix->address.width());
        require(prefix->address.masked(prefix->length) == prefix->address);
        require(prefix->contains(prefix->address));
        require(Prefix::parse(prefix->to_string()) == prefix);
    }
    return 0;
}
