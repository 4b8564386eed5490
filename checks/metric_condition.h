// SPDX-License-Identifier: Apache-2.0
#pragma once

// `healthy_when` of a prometheus check: what every value that a query gives must be, or which alert
// must not be firing. Pure.
//
//     > 0.9      == 1      <= 100      alert HighErrorRate not firing

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::checks {

struct MetricCondition {
    enum class Relation : std::uint8_t { above, at_least, below, at_most, equal, not_equal };
    Relation relation = Relation::above;
    double bound = 0;
    std::string alert;  // not empty: the name of the alert; relation and bound mean nothing

    /// The error says what a condition looks like.
    [[nodiscard]] static Result<MetricCondition> parse(std::string_view text);

    /// Whether `value` is as it must be. REQUIRES: no alert.
    [[nodiscard]] bool holds(double value) const;

    /// "> 0.9", as parse() takes it.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const MetricCondition&, const MetricCondition&) = default;
};

/// The query whose result has one series for each instance of the alert that is firing.
[[nodiscard]] std::string firing_query(std::string_view alert);

/// "0.42", "1e+30": the shortest text that is read as `value` again.
[[nodiscard]] std::string number_text(double value);

}  // namespace fairlead::checks
