// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where an address is, from MaxMind DB files (GeoLite2/GeoIP2 or compatible).
//
// Source: MaxMind DB File Format Specification 2.0; field names of GeoIP2 Country, City and ASN.
// Thread rule: immutable after open(); locate() is safe from any thread and takes no lock.
// The files stay mapped: replace one by renaming a new one over it, never by writing into it.

#include <filesystem>
#include <memory>
#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "geo/location.h"

namespace fairlead::geo {

class Locator {
  public:
    /// Opens every file (mapped into memory, shared by the page cache). The error names the file,
    /// what is wrong with it and what to do. No files is legal: then every location is empty.
    [[nodiscard]] static Result<std::shared_ptr<const Locator>> open(
        const std::vector<std::filesystem::path>& files);

    ~Locator();
    Locator(const Locator&) = delete;
    Locator& operator=(const Locator&) = delete;

    /// Each field is taken from the first file that knows it; but a file that contradicts the
    /// country or continent found so far adds nothing to the place, only its ASN, since Canada from
    /// one file and California from another would be nowhere. `prefix_length` is the longest that
    /// any of the files gave, because only there all of them say the same. An IPv4 client gets a
    /// length of IPv4 bits: files with an IPv6 tree count 96 bits more, which are taken off here.
    /// Damaged data inside a file reads as "not known"; nothing is thrown or allocated.
    [[nodiscard]] Location locate(const IpAddress& address) const noexcept;

  private:
    struct Databases;
    explicit Locator(std::unique_ptr<Databases> databases);
    std::unique_ptr<Databases> databases_;
};

}  // namespace fairlead::geo
