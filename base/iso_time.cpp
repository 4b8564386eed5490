// SPDX-License-Identifier: Apache-2.0
#include "base/iso_time.h"

#include <ctime>

namespace fairlead {

std::string iso_text_ms(WallTime time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    std::string text = iso_text(whole);
    text.insert(text.size() - 1, "." + std::to_string(1000 + (time - whole).count()).substr(1));
    return text;
}

std::string iso_text(WallTime time) {
    const std::time_t whole = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
    std::tm parts{};
    char text[32];
    if (::gmtime_r(&whole, &parts) == nullptr) return "";
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace fairlead
