// SPDX-License-Identifier: Apache-2.0
#pragma once

// One entry of the log as a line: for people, or as JSON for machines. Whatever bytes are in it,
// it stays one line, and what a client sent cannot forge another. Thread rule: pure functions.

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"

namespace fairlead {

/// The text with control bytes written as \xNN.
[[nodiscard]] std::string text_line(std::string_view message);

/// {"time": ..., "level": ..., "message": ...} on one line, as UTF-8. `event`: nullptr, or that
/// which the message is about; its members have the names that they have in /api/v1/events.
[[nodiscard]] std::string json_line(WallTime time, LogLevel level, std::string_view message,
                                    const Event* event);

}  // namespace fairlead
