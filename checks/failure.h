// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an error code means for a probe: errno, Asio, Beast and OpenSSL in one vocabulary.
// Thread rule: pure functions.

#include <boost/system/error_code.hpp>
#include <string>
#include <string_view>

#include "checks/outcome.h"

namespace fairlead::checks {

/// The outcome of an operation at `layer` that ended with `error`. REQUIRES: error is set.
/// Certificate problems are not seen here: OpenSSL keeps them in the session.
[[nodiscard]] Outcome failure_at(Layer layer, const boost::system::error_code& error);

/// Text that came from a peer, fit for a log line: printable ASCII only, not longer than 80.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace fairlead::checks
