// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/channels.h"

#include "backend/powerdns/api_channel.h"
#include "backend/powerdns/control_channel.h"

namespace fairlead::backend {

std::vector<std::unique_ptr<const Channel>> open_channels(const config::ServerSettings& settings) {
    std::vector<std::unique_ptr<const Channel>> channels;
    for (const auto& socket : settings.pdns_control)
        channels.push_back(std::make_unique<ControlChannel>(socket));
    for (const auto& api : settings.pdns_api)
        channels.push_back(std::make_unique<ApiChannel>(api));
    return channels;
}

bool is_told(const config::ServerSettings& settings) {
    return !settings.pdns_control.empty() || !settings.pdns_api.empty();
}

}  // namespace fairlead::backend
