// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/assumed_health.h"

#include <algorithm>
#include <sstream>

#include "checks/alias_places.h"
#include "policy/assume_down.h"
#include "policy/conditions.h"
#include "policy/operator_names.h"

namespace fairlead::backend {
namespace {

/// One "NAME=ADDRESS,ADDRESS".
Result<checks::NameState> read_resolved(const policy::Catalog& catalog, const std::string& text) {
    const auto equals = text.find('=');
    checks::NameState name;
    name.host = text.substr(0, equals);
    if (std::ranges::find(catalog.aliases(), name.host, &checks::Alias::host) ==
        catalog.aliases().end()) {
        return Error{"--resolve: \"" + name.host + "\" is no alias of the configuration; write " +
                     "--resolve NAME=ADDRESS,ADDRESS"};
    }
    std::istringstream list(equals == text.npos ? "" : text.substr(equals + 1));
    for (std::string item; std::getline(list, item, ',');) {
        const auto address = IpAddress::parse(item);
        if (!address) return Error{"--resolve: \"" + item + "\" is no IP address"};
        name.of(address->family()).addresses.push_back(*address);
    }
    return name;
}

Result<void> resolve(const policy::Catalog& catalog, const std::vector<std::string>& texts,
                     checks::Snapshot& health) {
    auto subjects = catalog.subjects();
    checks::AliasPlaces places(catalog.aliases(), subjects);
    for (const auto& text : texts) {
        const auto name = read_resolved(catalog, text);
        if (!name) return name.error();
        static_cast<void>(places.update(*name));
    }
    health.aliases = places.table(true);
    return {};
}

}  // namespace

Result<checks::Snapshot> assumed_health(const policy::Catalog& catalog,
                                        const Assumptions& assumed) {
    auto health = checks::Snapshot::all_unknown(catalog.subjects().size());
    if (const auto read = resolve(catalog, assumed.resolve, health); !read) return read.error();
    const auto never = policy::assume_down(catalog, assumed.down, health);
    if (!never) return health;
    const bool is_unresolved = never->reason == policy::NeverDown::Reason::unresolved;
    return Error{"--down: " + to_string(*never) +
                 (is_unresolved ? "; give it some with --resolve NAME=ADDRESS,ADDRESS" : "")};
}

std::string advice_on_aliases(const policy::Catalog& catalog, const checks::Snapshot& health,
                              policy::NodeIndex root) {
    std::vector<std::string> hosts;
    for (const auto index : policy::endpoints_below(catalog.forest(), root)) {
        const auto& endpoint = catalog.forest().endpoint(index);
        if (!policy::Conditions(health).is_unresolved(endpoint)) continue;
        const auto& host = catalog.aliases()[endpoint.alias->index].host;
        if (std::ranges::find(hosts, host) == hosts.end()) hosts.push_back(host);
    }
    if (hosts.empty()) return "";
    std::string text = "not resolved, so without an address:";
    for (const auto& host : hosts)
        text += " " + host;
    return text + "; give addresses with --resolve " + hosts.front() + "=ADDRESS,ADDRESS";
}

}  // namespace fairlead::backend
