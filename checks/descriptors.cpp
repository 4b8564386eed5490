// SPDX-License-Identifier: Apache-2.0
#include "checks/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace fairlead::checks {

std::size_t open_files_max() {
    static constexpr std::size_t kUnlimited = std::numeric_limits<int>::max();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, kUnlimited));
}

}  // namespace fairlead::checks
