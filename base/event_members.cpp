// SPDX-License-Identifier: Apache-2.0
#include "base/event_members.h"

#include <nlohmann/json.hpp>
#include <string>

namespace fairlead {

void add_members(nlohmann::ordered_json& document, const Event& event) {
    const auto add = [&](const char* key, const std::string& text) {
        if (!text.empty()) document[key] = text;
    };
    if (event.phase != Phase::instant) document["active"] = event.phase == Phase::begins;
    add("subject", event.subject);
    add("zone", event.zone);
    add("from", event.from);
    add("to", event.to);
    add("outcome", event.outcome);
    add("reason", event.reason);
    add("by", event.by);
}

}  // namespace fairlead
