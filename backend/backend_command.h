// SPDX-License-Identifier: Apache-2.0
#pragma once

// What operators can ask through PowerDNS: `pdnsutil backend-cmd remote "status"` and
// `"explain NAME [TYPE [CLIENT]]"`. Thread rule: control thread.

#include <string>
#include <string_view>

#include "admin/process.h"

namespace fairlead::backend {

/// The lines that answer `command`; for anything else, what there is. pdnsutil prints them as they
/// are.
[[nodiscard]] std::string run_backend_command(std::string_view command,
                                              const admin::Process& process);

}  // namespace fairlead::backend
