// SPDX-License-Identifier: Apache-2.0
#include "geo/locator.h"

#include <utility>

#include "geo/mmdb.h"

namespace fairlead::geo {

Result<std::shared_ptr<const Locator>> Locator::open(
    const std::vector<std::filesystem::path>& files) {
    Partition known;
    for (const auto& file : files) {
        auto more = read_mmdb(file);
        if (!more) return more.error();
        known = known.is_empty() ? *std::move(more) : combined(known, *more);
    }
    return std::make_shared<const Locator>(std::move(known));
}

}  // namespace fairlead::geo
