// SPDX-License-Identifier: Apache-2.0
#include "admin/reply.h"

#include <nlohmann/json.hpp>

namespace fairlead::admin {
namespace {
using Json = nlohmann::ordered_json;
}

std::string to_text(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

HttpReply document(const Json& json, unsigned status) {
    return {.status = status, .body = to_text(json)};
}

HttpReply failure(unsigned status, std::string_view message) {
    return document({{"error", std::string(message)}}, status);
}

}  // namespace fairlead::admin
