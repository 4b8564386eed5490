// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/refusal.h"

#include <ostream>

#include "backend/daemon.h"

namespace fairlead::backend {

int refuse(std::string_view command, const std::string& why, const Streams& streams) {
    streams.err << "fairlead " << command << ": " << why << '\n';
    return kExitBadConfig;
}

}  // namespace fairlead::backend
