// SPDX-License-Identifier: Apache-2.0
#pragma once

// Replies of the HTTP interface: JSON documents, and errors that say what was wrong.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "admin/http_server.h"

namespace fairlead::admin {

/// The document, indented, as UTF-8 whatever bytes a configuration holds.
[[nodiscard]] std::string to_text(const nlohmann::ordered_json& json);

[[nodiscard]] HttpReply document(const nlohmann::ordered_json& json, unsigned status = 200);

/// {"error": MESSAGE}.
[[nodiscard]] HttpReply failure(unsigned status, std::string_view message);

}  // namespace fairlead::admin
