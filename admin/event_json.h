// SPDX-License-Identifier: Apache-2.0
#pragma once

// Events for machines: in /api/v1/events, its stream, events.jsonl and alerts alike. Thread rule:
// pure.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/event.h"

namespace fairlead::admin {

/// Members that mean nothing for the event are left out.
[[nodiscard]] nlohmann::ordered_json event_json(const Event& event);

/// The same as one line, with its end.
[[nodiscard]] std::string event_line(const Event& event);

}  // namespace fairlead::admin
