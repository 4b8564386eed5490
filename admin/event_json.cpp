// SPDX-License-Identifier: Apache-2.0
#include "admin/event_json.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/event_members.h"
#include "base/iso_time.h"

namespace fairlead::admin {
namespace {
using Json = nlohmann::ordered_json;
}

Json event_json(const Event& event) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    Json json{{"id", event.id},
              {"time", iso_text_ms(event.time)},
              {"kind", to_string(event.kind)},
              {"severity", to_string(event.severity)}};
    add_members(json, event);
    if (event.lasted) {
        const auto lasted = duration_cast<milliseconds>(*event.lasted);
        json["since"] = iso_text_ms(event.time - lasted);
        json["lasted_ms"] = lasted.count();
    }
    if (event.checks) {
        json["checks"] = {{"agreeing", event.checks->agreeing}, {"of", event.checks->checks}};
    }
    json["text"] = event.text;
    return json;
}

std::string event_line(const Event& event) {
    return event_json(event).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace fairlead::admin
