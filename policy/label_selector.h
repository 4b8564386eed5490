// SPDX-License-Identifier: Apache-2.0
#pragma once

// A selection of endpoints by their labels: "site=fra", or "site=fra,rack=b4" for those that have
// both. An "=" tells it from every name: none may have one. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/tree.h"

namespace fairlead::policy {

/// True for "site=fra", well formed or not.
[[nodiscard]] bool is_selection(std::string_view target);

class LabelSelector {
  public:
    /// Nothing for a text that is no list of NAME=VALUE, or one of more than kLabelsMax.
    [[nodiscard]] static std::optional<LabelSelector> parse(std::string_view text);

    /// True when the endpoint has all of the labels.
    [[nodiscard]] bool selects(const Endpoint& endpoint) const;

  private:
    LabelSelector() = default;

    std::vector<Labels::value_type> wanted_;
};

/// "site=fra" for every label that an endpoint of the forest has, each once, in ascending order.
[[nodiscard]] std::vector<std::string> labels_of(const Forest& forest);

}  // namespace fairlead::policy
