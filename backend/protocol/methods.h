// SPDX-License-Identifier: Apache-2.0
#pragma once

// The methods that are answered, as they are counted: each has a place in one list.
// Thread rule: pure functions.

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "backend/protocol/administration.h"
#include "backend/protocol/request.h"

namespace fairlead::backend {

/// Those that stand for themselves in Request, and those of administration.h after them.
inline constexpr std::size_t kMethods = 6 + kAdministrativeMethods;

/// "lookup", ...: by place.
[[nodiscard]] const std::vector<std::string_view>& method_names();

/// The place of what is asked; nothing for what is not answered.
[[nodiscard]] std::optional<std::size_t> method_of(const Request& request);

}  // namespace fairlead::backend
