// SPDX-License-Identifier: Apache-2.0
#include "policy/referrers.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "policy/cname_targets.h"

namespace fairlead::policy {
namespace {

bool has(const RecordSet& records, std::string_view type) {
    return std::ranges::any_of(records.statics,
                               [&](const StaticRecord& record) { return record.type == type; });
}

/// Calls `use` with each word that ends in a dot, as every name does that is not quoted.
template <typename Use>
void for_each_name(const StaticRecord& record, Use use) {
    std::string_view rest = record.content;
    if (record.type == "SOA" || rest.starts_with('"')) return;
    while (!rest.empty()) {
        const auto word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        if (!word.ends_with('.')) continue;
        if (const auto name = DnsName::parse(word)) use(*name);
    }
}

/// The names of a catalog that answer for others below them.
class Coverers {
  public:
    explicit Coverers(const Catalog& catalog) {
        for (RecordSetIndex i = 0; i < catalog.record_set_count(); ++i) {
            const RecordSet& records = catalog.record_set(i);
            if (records.name.is_wildcard()) by_top_[records.name.parent()].push_back(records.name);
            if (answers_below(catalog, records)) by_top_[records.name].push_back(records.name);
        }
    }
    /// Calls `use` with each that can answer for `name`.
    template <typename Use>
    void for_each_above(DnsName name, Use use) const {
        if (by_top_.empty()) return;
        while (!name.is_root()) {
            name = name.parent();
            const auto found = by_top_.find(name);
            if (found != by_top_.end()) std::ranges::for_each(found->second, use);
        }
    }

  private:
    std::unordered_map<DnsName, std::vector<DnsName>> by_top_;
};

}  // namespace

Referrers::Referrers(const Catalog& catalog) : catalog_(catalog) {
    const Coverers coverers(catalog);
    for (RecordSetIndex i = 0; i < catalog.record_set_count(); ++i) {
        const RecordSet& records = catalog.record_set(i);
        const auto refers_to = [&](const DnsName& name) {
            auto& referrers = of_[name];
            if (referrers.empty() || referrers.back() != i) referrers.push_back(i);
        };
        const auto note = [&](const DnsName& name) {
            if (catalog.find(name, -1) != nullptr) refers_to(name);
            coverers.for_each_above(name, refers_to);
        };
        for (const auto& record : records.statics)
            for_each_name(record, note);
        if (records.steering) {
            std::ranges::for_each(cname_targets(catalog.forest(), records.steering->root), note);
        }
        if (has(records, "DNAME")) rewriting_.push_back(i);
    }
}

std::vector<RecordSetIndex> Referrers::reached_from(std::vector<RecordSetIndex> names) const {
    if (names.empty()) return names;
    names.insert(names.end(), rewriting_.begin(), rewriting_.end());
    std::unordered_set<RecordSetIndex> seen(names.begin(), names.end());
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto found = of_.find(catalog_.record_set(names[i]).name);
        if (found == of_.end()) continue;
        for (const auto referrer : found->second) {
            if (seen.insert(referrer).second) names.push_back(referrer);
        }
    }
    return names;
}

bool answers_below(const Catalog& catalog, const RecordSet& records) {
    const bool is_apex = catalog.zones()[records.zone].name == records.name;
    return has(records, "DNAME") || (!is_apex && has(records, "NS"));
}

}  // namespace fairlead::policy
