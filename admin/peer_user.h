// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who is at the other end of a connection, as far as the kernel knows. Thread rule: any thread.

#include <string>

namespace fairlead::admin {

inline constexpr const char* kSomebodyLocal = "local";

/// Of a unix socket: the name of the user whose process connected (SO_PEERCRED of unix(7)), or
/// "uid 1234" for one without a name. Of any other socket: kSomebodyLocal.
[[nodiscard]] std::string peer_user(int socket);

}  // namespace fairlead::admin
