// SPDX-License-Identifier: Apache-2.0
#include "policy/changes.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "base/fingerprint.h"
#include "checks/definition.h"

namespace fairlead::policy {
namespace {

/// Digests of a catalog's trees and record sets. Each structure is taken apart as a whole: a member
/// that is added to one of them and not here does not compile.
class Digests {
  public:
    explicit Digests(const Catalog& catalog) : catalog_(catalog), forest_(catalog.forest()) {
        endpoints_.reserve(forest_.endpoint_count());
        for (EndpointIndex i = 0; i < forest_.endpoint_count(); ++i)
            endpoints_.push_back(of(forest_.endpoint(i)));
        nodes_.reserve(forest_.node_count());
        for (NodeIndex i = 0; i < forest_.node_count(); ++i)  // children stand before parents
            nodes_.push_back(of(forest_.node(i)));
    }

    [[nodiscard]] std::uint64_t of(const RecordSet& set) const;

  private:
    [[nodiscard]] std::uint64_t of(const Endpoint& endpoint) const;
    [[nodiscard]] std::uint64_t of(const Node& node) const;
    void add(Fingerprint& print, checks::SubjectIndex subject) const;
    void add(Fingerprint& print, const std::vector<EndpointAddress>& addresses) const;
    void add(Fingerprint& print, const Target& target) const;

    const Catalog& catalog_;
    const Forest& forest_;
    std::vector<std::uint64_t> endpoints_;
    std::vector<std::uint64_t> nodes_;
};

void add(Fingerprint& print, const IpAddress& address) {
    const auto bytes = address.bytes();
    print.add(bytes.size());
    for (const auto byte : bytes)
        print.add(byte);
}

void add(Fingerprint& print, const ClientSelector& selector) {
    const auto& [areas, asns, subnets, european_union, location, bias, region] = selector;
    print.add(areas.size());
    for (const auto& [area, specificity] : areas)
        print.add(area.to_string()).add(specificity);
    print.add(asns.size());
    for (const auto asn : asns)
        print.add(asn);
    print.add(subnets.size());
    for (const auto& [address, length] : subnets) {
        add(print, address);
        print.add(length);
    }
    print.add(european_union).add(location.has_value());
    if (location) print.add(location->latitude).add(location->longitude);
    print.add(int{bias});
    print.add(region.has_value());  // its name is in the label; another table numbers it anew
}

/// "ns1 hostmaster 2024010101 3600 ..." without its third word.
std::string without_serial(std::string_view soa) {
    const auto from = soa.find(' ', soa.find(' ') + 1);
    const auto to = soa.find(' ', from + 1);
    if (from >= soa.size() || to >= soa.size()) return std::string(soa);
    return std::string(soa.substr(0, from)) += soa.substr(to);
}

void Digests::add(Fingerprint& print, checks::SubjectIndex subject) const {
    if (subject == checks::kUnchecked) {
        print.add("");
        return;
    }
    const auto& probed = catalog_.subjects()[subject];
    print.add(catalog_.checks()[probed.check].name);
    policy::add(print, probed.address);
    print.add(probed.host);
}

void Digests::add(Fingerprint& print, const std::vector<EndpointAddress>& addresses) const {
    print.add(addresses.size());
    for (const auto& [address, subject] : addresses) {
        policy::add(print, address);
        add(print, subject);
    }
}

std::uint64_t Digests::of(const Endpoint& endpoint) const {
    const auto& [name, alias, cname, v4, v6, state, labels] = endpoint;  // labels change no answer
    Fingerprint print;
    print.add(name).add(state).add(alias.has_value());
    if (alias) {
        const auto& resolved = catalog_.aliases()[alias->index];
        print.add(resolved.host);
        add(print, {{.address = {}, .subject = resolved.v4.front()}});
    }
    print.add(cname != nullptr);
    if (cname) {
        print.add(cname->target);
        add(print, cname->subject);
    }
    add(print, v4);
    add(print, v6);
    return print.value();
}

void Digests::add(Fingerprint& print, const Target& target) const {
    const auto& [kind, index, weight, client, identity, label] = target;
    const bool is_node = kind == Target::Kind::node;
    print.add(kind).add(is_node ? nodes_[index] : endpoints_[index]).add(weight).add(label);
    policy::add(print, target.selector());
}

std::uint64_t Digests::of(const Node& node) const {
    const auto& [label, policy, targets, default_target, min_healthy, on_all_unhealthy, fallback,
                 max_answers, affinity, failback, path, failback_slot, strict, ignores_ecs] = node;
    Fingerprint print;
    print.add(label).add(policy).add(targets.size());
    for (const auto& target : targets)
        add(print, target);
    print.add(default_target.has_value());
    if (default_target) add(print, *default_target);
    print.add(min_healthy.count).add(min_healthy.percent).add(on_all_unhealthy);
    if (on_all_unhealthy == OnAllUnhealthy::use) print.add(nodes_[fallback]);
    print.add(max_answers).add(affinity.has_value());
    if (affinity) print.add(affinity->v4).add(affinity->v6);
    print.add(failback.mode).add(failback.after).add(strict).add(ignores_ecs);
    return print.value();
}

std::uint64_t Digests::of(const RecordSet& set) const {
    const auto& [name, zone, statics, steering, occluded] = set;
    Fingerprint print;
    print.add(statics.size());
    for (const auto& [type, ttl, content, auth] : statics) {
        print.add(type).add(ttl).add(type == "SOA" ? without_serial(content) : content).add(auth);
    }
    if (steering) {
        print.add(nodes_[steering->root]).add(steering->ttl).add(steering->ttl_min.has_value());
        print.add(steering->ttl_min.value_or(0));
    }
    return print.value();
}

/// Both zones list their names in canonical order, so that one walk sees them side by side.
class NameWalk {
  public:
    NameWalk(const Catalog& before, const Catalog& after) : before_(before), after_(after) {}

    void compare(const Zone& before, const Zone& after) {
        auto old = before.contents.begin();
        auto now = after.contents.begin();
        while (old != before.contents.end() && now != after.contents.end()) {
            const RecordSet& a = before_.record_set(*old);
            const RecordSet& b = after_.record_set(*now);
            if (a.name == b.name) {
                if (old_digests_.of(a) != new_digests_.of(b)) found.push_back({&a, &b});
                ++old, ++now;
            } else if (DnsName::canonically_before(a.name, b.name)) {
                found.push_back({&a, nullptr});
                ++old;
            } else {
                found.push_back({nullptr, &b});
                ++now;
            }
        }
        for (; old != before.contents.end(); ++old)
            found.push_back({&before_.record_set(*old), nullptr});
        for (; now != after.contents.end(); ++now)
            found.push_back({nullptr, &after_.record_set(*now)});
    }

    std::vector<ChangedName> found;

  private:
    const Catalog& before_;
    const Catalog& after_;
    Digests old_digests_{before_};
    Digests new_digests_{after_};
};

std::map<std::string_view, std::uint64_t> definitions(const Catalog& catalog) {
    std::map<std::string_view, std::uint64_t> found;
    for (const auto& check : catalog.checks())
        found.emplace(check.name, checks::definition_of(check));
    return found;
}

Changes::Count compare_checks(const Catalog& before, const Catalog& after) {
    const auto old = definitions(before);
    const auto now = definitions(after);
    Changes::Count count;
    for (const auto& [name, definition] : now) {
        const auto was = old.find(name);
        if (was == old.end()) {
            ++count.added;
        } else if (was->second != definition) {
            ++count.changed;
        }
    }
    // Whoever is in the old list and not added to the new one is in both.
    count.removed = old.size() - (now.size() - count.added);
    return count;
}

void append(std::string& text, const char* things, const Changes::Count& count) {
    std::string part;
    const auto add = [&](std::size_t number, const char* what) {
        if (number != 0) part += (part.empty() ? "" : ", ") + std::to_string(number) + what;
    };
    add(count.added, " added");
    add(count.removed, " removed");
    add(count.changed, " changed");
    if (!part.empty()) text += (text.empty() ? "" : "; ") + std::string(things) + ": " + part;
}

}  // namespace

std::vector<ChangedName> changed_names(const Catalog& before, const Catalog& after) {
    NameWalk names(before, after);
    for (const auto& zone : after.zones()) {
        const Zone* old = before.find_zone(zone.name);
        names.compare(old == nullptr ? Zone{} : *old, zone);
    }
    for (const auto& zone : before.zones()) {
        if (after.find_zone(zone.name) == nullptr) names.compare(zone, Zone{});
    }
    return std::move(names.found);
}

Changes changes(const Catalog& before, const Catalog& after) {
    Changes found;
    const auto absent_in = [](const Catalog& other) {
        return [&other](const Zone& zone) { return other.find_zone(zone.name) == nullptr; };
    };
    const auto count = [](std::ptrdiff_t number) { return static_cast<std::size_t>(number); };
    found.zones.added = count(std::ranges::count_if(after.zones(), absent_in(before)));
    found.zones.removed = count(std::ranges::count_if(before.zones(), absent_in(after)));
    for (const auto& [old, now] : changed_names(before, after)) {
        ++(old == nullptr ? found.names.added
                          : (now == nullptr ? found.names.removed : found.names.changed));
    }
    found.checks = compare_checks(before, after);
    return found;
}

std::string to_string(const Changes& changes) {
    std::string text;
    append(text, "zones", changes.zones);
    append(text, "names", changes.names);
    append(text, "health checks", changes.checks);
    return text.empty() ? "nothing changed" : text;
}

}  // namespace fairlead::policy
