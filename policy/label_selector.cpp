// SPDX-License-Identifier: Apache-2.0
#include "policy/label_selector.h"

#include <algorithm>
#include <set>

namespace fairlead::policy {

bool is_selection(std::string_view target) {
    return target.find('=') != target.npos;
}

std::optional<LabelSelector> LabelSelector::parse(std::string_view text) {
    LabelSelector selector;
    for (bool more = true; more;) {
        const auto label = text.substr(0, text.find(','));
        more = label.size() < text.size();
        text.remove_prefix(more ? label.size() + 1 : label.size());
        const auto equals = label.find('=');
        if (equals == label.npos || selector.wanted_.size() >= kLabelsMax) return std::nullopt;
        const auto value = label.substr(equals + 1);
        if (equals == 0 || value.empty() || is_selection(value)) return std::nullopt;
        selector.wanted_.emplace_back(label.substr(0, equals), value);
    }
    return selector;
}

bool LabelSelector::selects(const Endpoint& endpoint) const {
    const Labels* const labels = endpoint.labels.get();
    return labels != nullptr && std::ranges::all_of(wanted_, [&](const auto& wanted) {
               const auto found = labels->find(wanted.first);
               return found != labels->end() && found->second == wanted.second;
           });
}

std::vector<std::string> labels_of(const Forest& forest) {
    std::set<const Labels*> seen;  // the endpoints of a pool share theirs
    std::set<std::string> labels;
    for (EndpointIndex i = 0; i < forest.endpoint_count(); ++i) {
        const Labels* const of_endpoint = forest.endpoint(i).labels.get();
        if (of_endpoint == nullptr || !seen.insert(of_endpoint).second) continue;
        for (const auto& [name, value] : *of_endpoint)
            labels.insert(std::string(name).append("=").append(value));
    }
    return {labels.begin(), labels.end()};
}

}  // namespace fairlead::policy
