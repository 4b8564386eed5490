// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads a MaxMind DB file once, whole, into a partition of the address space. libmaxminddb is kept
// in this file's .cpp.
//
// Source: MaxMind DB File Format Specification 2.0; field names of GeoIP2 Country, City and ASN.

#include <filesystem>

#include "base/result.h"
#include "geo/partition.h"

namespace fairlead::geo {

/// The error names the file, what is wrong with it and what to do. A record with damaged or unknown
/// fields lacks those fields; a damaged tree is an error.
///
/// IPv4 is read from where an IPv6 tree keeps it (::/96). The places in the tree that only lead
/// there again (::ffff:0:0/96, 2002::/16) are not known: such clients no longer exist (RFC 7526).
[[nodiscard]] Result<Partition> read_mmdb(const std::filesystem::path& file);

}  // namespace fairlead::geo
