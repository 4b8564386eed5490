// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who lives at the places of aliases: gives each address of a name a place, which it keeps as long
// as the name has it, so that it keeps its health too.
// Thread rule: owned by the checker thread. Pure.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "checks/alias.h"
#include "checks/health_check.h"
#include "checks/name_state.h"

namespace fairlead::checks {

class AliasPlaces {
  public:
    /// Writes the address of each place into `subjects`, which must outlive this object.
    AliasPlaces(std::vector<Alias> aliases, std::vector<Subject>& subjects);

    [[nodiscard]] const std::vector<Alias>& aliases() const { return aliases_; }

    [[nodiscard]] bool is_alias(const std::string& host) const { return hosts_.contains(host); }
    /// Whether nobody lives there; false for a subject that is no place.
    [[nodiscard]] bool is_empty(SubjectIndex subject) const { return is_empty_[subject]; }
    /// Counts how often some alias has got other addresses.
    [[nodiscard]] std::uint64_t changes() const { return changes_; }

    /// What has happened to the places of one name.
    struct Change {
        std::vector<std::pair<SubjectIndex, Subject>> left;  // whose address has left, as they were
        std::vector<SubjectIndex> occupied;  // those that have a new one, maybe in its stead
    };

    /// Brings the places of the aliases for this name up to date.
    Change update(const NameState& state);

    /// A line for the log when a name has begun to have more addresses than there are places.
    [[nodiscard]] std::optional<std::string> take_overflow(const NameState& state);

    /// A new table, of this moment.
    [[nodiscard]] std::shared_ptr<const AliasTable> table(bool asked) const;

  private:
    static constexpr std::size_t kPlaces = 2 * kAliasPlaces;

    /// One name, and the aliases for it, which differ in their checks.
    struct Host {
        std::array<std::optional<IpAddress>, kPlaces> occupants;  // by place - 1
        std::array<std::vector<SubjectIndex>, kPlaces> subjects;
        std::vector<std::size_t> aliases;
        bool overflowing = false;  // as it was told
    };

    void settle(Host& host, Family family, const std::vector<IpAddress>& addresses, Change& change);
    void vacate(Host& host, std::size_t place, Change& change);
    void occupy(Host& host, std::size_t place, const IpAddress& address, Change& change);

    const std::vector<Alias> aliases_;
    std::vector<Subject>& subjects_;
    std::unordered_map<std::string_view, Host> hosts_;
    std::vector<bool> is_empty_;  // by subject
    std::uint64_t changes_ = 0;
};

}  // namespace fairlead::checks
