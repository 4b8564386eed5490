// SPDX-License-Identifier: Apache-2.0
#include "checks/metric_condition.h"

#include <array>
#include <charconv>
#include <cmath>

namespace fairlead::checks {
namespace {

using Relation = MetricCondition::Relation;

struct Sign {
    std::string_view text;
    Relation relation;
};

/// The longer sign first where one begins with another.
constexpr auto kSigns = std::to_array<Sign>({{">=", Relation::at_least},
                                             {"<=", Relation::at_most},
                                             {"==", Relation::equal},
                                             {"!=", Relation::not_equal},
                                             {">", Relation::above},
                                             {"<", Relation::below}});
constexpr std::string_view kAlert = "alert ";
constexpr std::string_view kNotFiring = " not firing";

Error malformed() {
    return Error{
        "write a comparison, such as \"> 0.9\", \"== 1\" or \"<= 100\", or \"alert NAME not "
        "firing\""};
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

}  // namespace

Result<MetricCondition> MetricCondition::parse(std::string_view text) {
    text = trimmed(text);
    MetricCondition condition;
    if (text.starts_with(kAlert)) {
        if (!text.ends_with(kNotFiring) || text.size() < kAlert.size() + kNotFiring.size()) {
            return malformed();
        }
        text.remove_prefix(kAlert.size());
        text.remove_suffix(kNotFiring.size());
        condition.alert = trimmed(text);
        if (condition.alert.empty()) return malformed();
        return condition;
    }
    for (const auto& [sign, relation] : kSigns) {
        if (!text.starts_with(sign)) continue;
        const auto number = trimmed(text.substr(sign.size()));
        const auto* const end = number.data() + number.size();
        const auto read = std::from_chars(number.data(), end, condition.bound);
        if (read.ec != std::errc() || read.ptr != end || !std::isfinite(condition.bound)) break;
        condition.relation = relation;
        return condition;
    }
    return malformed();
}

bool MetricCondition::holds(double value) const {
    switch (relation) {
        case Relation::above:
            return value > bound;
        case Relation::at_least:
            return value >= bound;
        case Relation::below:
            return value < bound;
        case Relation::at_most:
            return value <= bound;
        case Relation::equal:
            return value == bound;
        case Relation::not_equal:
            return value != bound;
    }
    return false;
}

std::string MetricCondition::to_string() const {
    if (!alert.empty()) return std::string(kAlert) + alert + std::string(kNotFiring);
    for (const auto& sign : kSigns) {
        if (sign.relation == relation) return std::string(sign.text) + ' ' + number_text(bound);
    }
    return {};
}

std::string firing_query(std::string_view alert) {
    std::string name;
    for (const char c : alert) {
        if (c == '"' || c == '\\') name += '\\';
        name += c;
    }
    return R"(ALERTS{alertstate="firing",alertname=")" + name + "\"}";
}

std::string number_text(double value) {
    std::array<char, 32> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), written.ptr};
}

}  // namespace fairlead::checks
