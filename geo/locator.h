// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where an address is, from MaxMind DB files (GeoLite2/GeoIP2 or compatible), compiled: the files
// are read once, whole, when they are opened, so that a damaged one is found then and a lookup
// decodes nothing.
//
// Thread rule: immutable; locate() is safe from any thread, takes no lock and allocates nothing.

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "geo/location.h"
#include "geo/partition.h"

namespace fairlead::geo {

class Locator {
  public:
    /// Reads every file. The error names the file, what is wrong with it and what to do. No files
    /// is legal: then every location is empty.
    [[nodiscard]] static Result<std::shared_ptr<const Locator>> open(
        const std::vector<std::filesystem::path>& files);

    explicit Locator(Partition partition) : partition_(std::move(partition)) {}

    /// Each field is taken from the first file that knows it; `prefix_length` is the shortest with
    /// which all of them say the same of every address, in bits of the client's own family.
    [[nodiscard]] Location locate(const IpAddress& address) const noexcept {
        return partition_.locate(address);
    }

    /// Everything it knows, for compiling policies against.
    [[nodiscard]] const Partition& partition() const { return partition_; }

  private:
    Partition partition_;
};

}  // namespace fairlead::geo
