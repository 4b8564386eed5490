// SPDX-License-Identifier: Apache-2.0
#include "policy/heartbeat_targets.h"

#include <algorithm>
#include <variant>

namespace fairlead::policy {
namespace {

using checks::SubjectIndex;

/// The subjects of heartbeat checks that decide over others.
class Reached {
  public:
    explicit Reached(const Catalog& catalog) : catalog_(catalog) {
        const auto& subjects = catalog.subjects();
        for (SubjectIndex i = 0; i < subjects.size(); ++i) {
            if (is_heartbeat(subjects[i])) index_.emplace(subjects[i], i);
        }
    }

    [[nodiscard]] bool is_empty() const { return index_.empty(); }

    /// Itself, or those below a calculated one. As deep as checks are nested, which is bounded.
    [[nodiscard]] std::vector<SubjectIndex> from(const checks::Subject& subject) const {
        if (is_heartbeat(subject)) return {index_.at(subject)};
        const auto* calculation =
            std::get_if<checks::Calculation>(&catalog_.checks()[subject.check].probe);
        std::vector<SubjectIndex> found;
        if (calculation == nullptr) return found;
        for (const auto child : calculation->children) {
            const auto below = from(checks::subject_of(catalog_.checks(), child, subject));
            found.insert(found.end(), below.begin(), below.end());
        }
        return found;
    }

  private:
    [[nodiscard]] bool is_heartbeat(const checks::Subject& subject) const {
        return std::holds_alternative<checks::Heartbeat>(catalog_.checks()[subject.check].probe);
    }

    const Catalog& catalog_;
    std::map<checks::Subject, SubjectIndex> index_;
};

}  // namespace

HeartbeatTargets::HeartbeatTargets(const Catalog& catalog) {
    const Reached reached(catalog);
    if (reached.is_empty()) return;
    const auto add = [&](const std::string& endpoint, SubjectIndex subject) {
        const auto& check = catalog.checks()[catalog.subjects()[subject].check].name;
        auto& list = targets_[{check, endpoint}];
        if (std::ranges::find(list, subject) == list.end()) list.push_back(subject);
    };
    const auto add_reached = [&](const std::string& endpoint, SubjectIndex from) {
        if (from == checks::kUnchecked) return;
        for (const auto heartbeat : reached.from(catalog.subjects()[from]))
            add(endpoint, heartbeat);
    };
    for (EndpointIndex i = 0; i < catalog.forest().endpoint_count(); ++i) {
        const Endpoint& endpoint = catalog.forest().endpoint(i);
        // Whoever reports in for an alias does so by the endpoint's name: its addresses change.
        if (endpoint.alias && endpoint.alias->is_checked) {
            add_reached(endpoint.name, catalog.aliases()[endpoint.alias->index].v4.front());
        }
        if (endpoint.cname) add_reached(endpoint.name, endpoint.cname->subject);
        for (const auto family : kFamilies) {
            for (const auto& [address, subject] : endpoint.addresses(family)) {
                add_reached(endpoint.name, subject);
                add_reached(address.to_string(), subject);
            }
        }
    }
}

const std::vector<SubjectIndex>& HeartbeatTargets::find(std::string_view check,
                                                        std::string_view endpoint) const {
    static const std::vector<SubjectIndex> kNone;
    const auto found = targets_.find({std::string(check), std::string(endpoint)});
    return found == targets_.end() ? kNone : found->second;
}

}  // namespace fairlead::policy
