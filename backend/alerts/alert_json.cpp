// SPDX-License-Identifier: Apache-2.0
#include "backend/alerts/alert_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "admin/event_json.h"
#include "base/iso_time.h"

namespace fairlead::backend {

using Json = nlohmann::ordered_json;

std::string alert_json(const AlertMessage& message, const std::string& instance) {
    Json counts = Json::object();
    for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
        if (message.counts[kind] > 0)
            counts[to_string(static_cast<EventKind>(kind))] = message.counts[kind];
    }
    Json events = Json::array();
    for (const auto& event : message.events)
        events.push_back(admin::event_json(*event));
    const Json json{{"version", 1},
                    {"group", message.group},
                    {"status", to_string(message.status)},
                    {"about", message.about},
                    {"instance", instance},
                    {"summary", summary_of(message)},
                    {"began", iso_text_ms(message.began)},
                    {"time", iso_text_ms(message.time)},
                    {"counts", std::move(counts)},
                    {"active", message.active},
                    {"events", std::move(events)},
                    {"more", message.more}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace fairlead::backend
