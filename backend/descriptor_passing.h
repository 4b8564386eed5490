// SPDX-License-Identifier: Apache-2.0
#pragma once

// Descriptors and bytes between two processes, over a connected unix stream socket (SCM_RIGHTS,
// unix(7)). Every wait has a deadline, and every message begins with one byte that says what it is:
// what a receiver takes is then exactly what one send has sent, descriptors included.
//
// Thread rule: functions of their arguments, which may wait until `deadline`.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace fairlead::backend {

/// What the system takes with one message (SCM_MAX_FD).
inline constexpr std::size_t kDescriptorsAtOnce = 253;

/// Sends one byte, and with it these descriptors, at most kDescriptorsAtOnce. They stay the
/// caller's.
[[nodiscard]] Result<void> send_byte(int socket, char kind, std::span<const int> descriptors,
                                     TimePoint deadline);
/// Sends all of `text`.
[[nodiscard]] Result<void> send_text(int socket, std::string_view text, TimePoint deadline);

struct ReceivedByte {
    char kind = 0;  // 0: the peer has closed
    std::vector<Descriptor> descriptors{};
};
[[nodiscard]] Result<ReceivedByte> receive_byte(int socket, TimePoint deadline);
/// Exactly `size` bytes; an error when the peer closes before that.
[[nodiscard]] Result<std::string> receive_text(int socket, std::size_t size, TimePoint deadline);

}  // namespace fairlead::backend
