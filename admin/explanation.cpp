// SPDX-License-Identifier: Apache-2.0
#include "admin/explanation.h"

#include <algorithm>
#include <utility>

#include "admin/explain_json.h"
#include "admin/question.h"
#include "base/iso_time.h"
#include "policy/explain.h"
#include "policy/operator_names.h"

namespace fairlead::admin {

Explanation::Explanation(View view, policy::Query query)
    : view_(std::move(view)), query_(std::move(query)) {
    if (view_.catalog->find(query_.name, -1) == nullptr) {
        if (auto wildcard = wildcard_for(*view_.catalog, query_.name)) {
            wildcard_ = query_.name.to_string() + " does not exist; PowerDNS answers from " +
                        wildcard->to_string() + "\n\n";
            query_.name = *std::move(wildcard);
        }
    }
    policy::lookup(*view_.catalog, view_.conditions(), query_, reply_, &traces_);
}

std::string Explanation::text(TimePoint now) const {
    return wildcard_ +
           policy::explain(*view_.catalog, view_.conditions(), *view_.locator, query_, reply_,
                           traces_, now) +
           overrides();
}

std::string Explanation::json() const {
    return explain_json(*view_.catalog, *view_.locator, query_, reply_, traces_);
}

/// What operators have set in the tree of this name.
std::string Explanation::overrides() const {
    const policy::RecordSet* const records = reply_.records;
    if (view_.set == nullptr || records == nullptr || !records->steering) return "";
    const auto below = policy::endpoints_below(view_.forest(), records->steering->root);
    std::string text;
    for (const auto& entry : view_.set->all()) {
        const auto named = policy::endpoints_named(view_.forest(), entry.target);
        const bool concerns = std::ranges::any_of(
            named, [&](auto endpoint) { return std::ranges::binary_search(below, endpoint); });
        if (!concerns) continue;
        text += " override    " + entry.target + " " + to_string(entry.state) + " by " + entry.by +
                ": " + entry.reason +
                (entry.until ? " (until " + iso_text(*entry.until) + ")" : "") + "\n";
    }
    return text;
}

}  // namespace fairlead::admin
