// SPDX-License-Identifier: Apache-2.0
#include "base/log_line.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/event_members.h"
#include "base/iso_time.h"

namespace fairlead {
namespace {

using Json = nlohmann::ordered_json;

void add_event(Json& line, const Event& event) {
    line["kind"] = to_string(event.kind);
    add_members(line, event);
    if (event.lasted) {
        line["lasted_ms"] =
            std::chrono::duration_cast<std::chrono::milliseconds>(*event.lasted).count();
    }
}

}  // namespace

std::string text_line(std::string_view message) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    out.reserve(message.size());
    for (const char c : message) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) {
            out += c;
        } else {
            out += "\\x";
            out += kHex[byte / 16];
            out += kHex[byte % 16];
        }
    }
    return out;
}

std::string json_line(WallTime time, LogLevel level, std::string_view message, const Event* event) {
    Json line{{"time", iso_text_ms(time)}, {"level", to_string(level)}, {"message", message}};
    if (event != nullptr) add_event(line, *event);
    return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace fairlead
