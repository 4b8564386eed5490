// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one request that nearly all are: a lookup, letter by letter as PowerDNS writes it, with
// nothing escaped in it. Read in a tenth of the time that a JSON parser takes for it; what differs
// in a single byte, or is wrong in any way, is left to that parser.
//
// Source: PowerDNS modules/remotebackend/remotebackend.cc and ext/json11, which sorts members and
// puts one space after each colon and comma (4.7 to 5.1).
// Thread rule: a function of its argument.

#include <string_view>

#include "backend/protocol/request.h"

namespace fairlead::backend {

/// True when `line` is such a request; `lookup` is what it asks then, in the memory that it had.
/// Else `lookup` is of no use. The same as parse_json_request() would make of it.
[[nodiscard]] bool read_usual_lookup(std::string_view line, Lookup& lookup);

}  // namespace fairlead::backend
