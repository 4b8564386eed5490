// SPDX-License-Identifier: Apache-2.0
#pragma once

// Asks a running PowerDNS how it is set up. Thread rule: blocks the calling thread as
// the channel does.

#include <string>
#include <vector>

#include "backend/powerdns/advice.h"
#include "backend/powerdns/channel.h"
#include "base/result.h"
#include "policy/catalog.h"

namespace fairlead::backend {

struct Examined {
    std::string version;  // "4.7.3"
    std::vector<Advice> advice;
};

/// The error is the channel's.
[[nodiscard]] Result<Examined> examine(const Channel& channel, const Needs& needs);

/// What a configuration needs of PowerDNS; `is_told`: what to forget, too.
[[nodiscard]] Needs needs_of(const policy::Catalog& catalog, bool is_told);

}  // namespace fairlead::backend
