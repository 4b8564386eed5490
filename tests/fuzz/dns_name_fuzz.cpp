// SPDX-License-Identifier: Apache-2.0

// Any bytes as a domain name: what is read can be written and read again, and stays the same name.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/dns_name.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using fairlead::DnsName;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto name = DnsName::parse(text);
    if (!name) return 0;
    require(name->wire().size() <= 254);
    require(DnsName::parse(name->to_string()) == name);
    require(name->is_at_or_below(DnsName()));
    require(!DnsName::canonically_before(*name, *name));
    if (name->is_root()) return 0;
    const DnsName parent = name->parent();
    require(parent.label_count() + 1 == name->label_count());
    require(name->is_at_or_below(parent));
    require(DnsName::canonically_before(parent, *name));
    return 0;
}
