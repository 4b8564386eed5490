// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace fairlead::backend {

/// "1 zone", "2 zones".
[[nodiscard]] inline std::string counted(std::uint64_t number, const std::string& thing,
                                         const char* plural = "s") {
    return std::to_string(number) + " " + thing + (number == 1 ? "" : plural);
}

}  // namespace fairlead::backend
