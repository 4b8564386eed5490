// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a document about an event says of it: the same names in the log, in events.jsonl and in the
// interface for operators. Thread rule: pure.

#include <nlohmann/json_fwd.hpp>

#include "base/event.h"

namespace fairlead {

/// Adds "active" (of what begins or ends), "subject", "zone", "from", "to", "outcome", "reason" and
/// "by", those that the event has.
void add_members(nlohmann::ordered_json& document, const Event& event);

}  // namespace fairlead
