// SPDX-License-Identifier: Apache-2.0
#include "checks/alias_places.h"

#include <algorithm>
#include <utility>

namespace fairlead::checks {
namespace {

std::size_t first_place(Family family) {
    return family == Family::v4 ? 0 : kAliasPlaces;
}

}  // namespace

AliasPlaces::AliasPlaces(std::vector<Alias> aliases, std::vector<Subject>& subjects)
    : aliases_(std::move(aliases)), subjects_(subjects), is_empty_(subjects.size(), false) {
    for (std::size_t i = 0; i < aliases_.size(); ++i)
        hosts_[aliases_[i].host].aliases.push_back(i);
    for (SubjectIndex i = 0; i < subjects_.size(); ++i) {
        if (subjects_[i].place == 0) continue;
        is_empty_[i] = true;
        const auto host = hosts_.find(subjects_[i].host);
        if (host != hosts_.end()) host->second.subjects[subjects_[i].place - 1U].push_back(i);
    }
}

AliasPlaces::Change AliasPlaces::update(const NameState& state) {
    Change change;
    const auto found = hosts_.find(state.host);
    if (found == hosts_.end()) return change;
    settle(found->second, Family::v4, state.v4.addresses, change);
    settle(found->second, Family::v6, state.v6.addresses, change);
    return change;
}

void AliasPlaces::settle(Host& host, Family family, const std::vector<IpAddress>& addresses,
                         Change& change) {
    const auto begin = host.occupants.begin() + static_cast<std::ptrdiff_t>(first_place(family));
    const auto end = begin + kAliasPlaces;
    for (auto place = begin; place != end; ++place) {
        if (*place && std::ranges::find(addresses, **place) == addresses.end()) {
            vacate(host, static_cast<std::size_t>(place - host.occupants.begin()), change);
        }
    }
    for (const auto& address : addresses) {
        if (std::find(begin, end, std::optional(address)) != end) continue;
        const auto free = std::find(begin, end, std::nullopt);
        if (free == end) return;
        occupy(host, static_cast<std::size_t>(free - host.occupants.begin()), address, change);
    }
}

void AliasPlaces::vacate(Host& host, std::size_t place, Change& change) {
    host.occupants[place].reset();
    ++changes_;
    for (const auto subject : host.subjects[place]) {
        change.left.emplace_back(subject, subjects_[subject]);
        subjects_[subject].address = {};
        is_empty_[subject] = true;
    }
}

void AliasPlaces::occupy(Host& host, std::size_t place, const IpAddress& address, Change& change) {
    host.occupants[place] = address;
    ++changes_;
    for (const auto subject : host.subjects[place]) {
        subjects_[subject].address = address;
        is_empty_[subject] = false;
        change.occupied.push_back(subject);
    }
}

std::optional<std::string> AliasPlaces::take_overflow(const NameState& state) {
    const auto found = hosts_.find(state.host);
    if (found == hosts_.end()) return std::nullopt;
    const auto most = std::max(state.v4.addresses.size(), state.v6.addresses.size());
    const bool overflows = most > kAliasPlaces;
    if (std::exchange(found->second.overflowing, overflows) || !overflows) return std::nullopt;
    return "alias " + state.host + " has more than " + std::to_string(kAliasPlaces) +
           " addresses of one type: the others are neither checked nor answered";
}

std::shared_ptr<const AliasTable> AliasPlaces::table(bool asked) const {
    auto table = std::make_shared<AliasTable>();
    table->asked = asked;
    table->changes = changes_;
    table->aliases.resize(aliases_.size());
    for (const auto& [name, host] : hosts_) {
        for (std::size_t place = 0; place < kPlaces; ++place) {
            const auto& occupant = host.occupants[place];
            if (!occupant) continue;
            for (const auto subject : host.subjects[place])
                table->occupants.emplace(subject, *occupant);
            for (const auto alias : host.aliases) {
                const bool is_v4 = place < kAliasPlaces;
                auto& list = is_v4 ? table->aliases[alias].v4 : table->aliases[alias].v6;
                const auto& subjects = is_v4 ? aliases_[alias].v4 : aliases_[alias].v6;
                list.push_back({*occupant, subjects[place % kAliasPlaces]});
            }
        }
    }
    for (auto& alias : table->aliases) {
        std::ranges::sort(alias.v4, {}, &WatchedAddress::address);
        std::ranges::sort(alias.v6, {}, &WatchedAddress::address);
    }
    return table;
}

}  // namespace fairlead::checks
