// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a name shows when there is no client and no moment, as in a transfer or a search: its static
// records, and every address that it can answer with, each once, in the order of its tree. Of a
// name that has no address, but can be a CNAME, the first: a zone has room for one, and beside
// addresses for none. Thread rule: functions of their arguments.

#include <optional>
#include <vector>

#include "backend/protocol/reply_writer.h"
#include "base/ip.h"
#include "policy/catalog.h"
#include "policy/conditions.h"

namespace fairlead::backend {

struct Reachable {
    std::vector<IpAddress> addresses;
    const policy::Cname* cname = nullptr;  // only without addresses
};

/// What a tree can ever answer with, of the families that it answers at all; of an alias, what it
/// has in these conditions.
[[nodiscard]] Reachable reachable(const policy::Forest& forest,
                                  const policy::Conditions& conditions, policy::NodeIndex root);

/// "A" or "AAAA".
[[nodiscard]] std::string_view type_of(const IpAddress& address);

/// Calls `take(fields, content)` for each record; `content` is a text or an IpAddress.
template <typename Take>
void for_each_record(const policy::Catalog& catalog, const policy::Conditions& conditions,
                     const policy::RecordSet& records, Take&& take) {
    const std::string name = records.name.to_string();
    RecordFields fields{.name = name, .type = {}, .zone_id = catalog.zones()[records.zone].id};
    for (const auto& record : records.statics) {
        fields.type = record.type;
        fields.ttl = record.ttl;
        fields.auth = record.auth;
        take(fields, std::string_view(record.content));
    }
    if (!records.steering) return;
    fields.ttl = records.steering->ttl;
    fields.auth = records.steering->auth;
    const auto [addresses, cname] = reachable(catalog.forest(), conditions, records.steering->root);
    for (const auto& address : addresses) {
        fields.type = type_of(address);
        take(fields, address);
    }
    if (cname != nullptr) {
        fields.type = "CNAME";
        take(fields, std::string_view(cname->target));
    }
}

}  // namespace fairlead::backend
