// SPDX-License-Identifier: Apache-2.0
#include "config/check_nesting.h"

#include <algorithm>

namespace fairlead::config {
namespace {

/// A search in depth that visits each check once. It goes no deeper than is allowed, so a list of
/// any length is safe.
class Search {
  public:
    explicit Search(const std::vector<checks::HealthCheck>& list)
        : list_(list), height_(list.size(), kNotVisited) {}

    std::optional<NestingProblem> visit(std::uint32_t check) {
        if (height_[check] != kNotVisited) return std::nullopt;
        const auto* calculation = std::get_if<checks::Calculation>(&list_[check].probe);
        std::size_t height = 0;
        if (calculation != nullptr) {
            if (std::ranges::count(way_, check) > 0) return loop(check);
            if (way_.size() == kCheckDepthMax) return too_deep(way_.front());
            way_.push_back(check);
            for (const auto child : calculation->children) {
                if (auto problem = visit(child)) return problem;
                height = std::max(height, height_[child] + 1);
            }
            way_.pop_back();
        }
        if (height > kCheckDepthMax) return too_deep(check);
        height_[check] = height;
        return std::nullopt;
    }

  private:
    static constexpr std::size_t kNotVisited = static_cast<std::size_t>(-1);

    NestingProblem loop(std::uint32_t check) const {
        std::string way;
        for (auto at = std::ranges::find(way_, check); at != way_.end(); ++at)
            way += list_[*at].name + " -> ";
        return {Rule::reference_loop, check,
                "this check is a child of its own: " + way + list_[check].name};
    }

    static NestingProblem too_deep(std::uint32_t check) {
        return {Rule::too_deep, check,
                "calculated checks are nested more than " + std::to_string(kCheckDepthMax) +
                    " deep below this one"};
    }

    const std::vector<checks::HealthCheck>& list_;
    std::vector<std::size_t> height_;  // levels of children below
    std::vector<std::uint32_t> way_;   // from where the search began
};

}  // namespace

std::optional<NestingProblem> nesting_problem(const std::vector<checks::HealthCheck>& list) {
    Search search(list);
    for (std::uint32_t i = 0; i < list.size(); ++i) {
        if (auto problem = search.visit(i)) return problem;
    }
    return std::nullopt;
}

}  // namespace fairlead::config
