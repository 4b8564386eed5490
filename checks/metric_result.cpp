// SPDX-License-Identifier: Apache-2.0
#include "checks/metric_result.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "checks/failure.h"

namespace fairlead::checks {
namespace {

using Json = nlohmann::json;

/// The member of that name; null when `json` is no object or has none.
const Json& member(const Json& json, const char* name) {
    static const Json kNone;
    const auto found = json.find(name);
    return found == json.end() ? kNone : *found;
}

std::string text_of(const Json& json) {
    const auto* text = json.get_ptr<const std::string*>();
    return text == nullptr ? std::string() : *text;
}

/// Of a sample, [TIME, "VALUE"]. Nothing when it is none, or NaN: what a ratio is while nothing
/// happens.
std::optional<double> value_of(const Json& sample) {
    if (!sample.is_array() || sample.size() != 2) return std::nullopt;
    const std::string text = text_of(sample[1]);
    if (text == "+Inf") return HUGE_VAL;
    double value = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end || std::isnan(value)) return std::nullopt;
    return value;
}

/// `{instance="a",job="b"}`; empty for a series without labels.
std::string labels_of(const Json& series) {
    std::string text;
    for (const auto& [name, value] : member(series, "metric").items())
        text += (text.empty() ? "" : ",") + name + "=\"" + text_of(value) + '"';
    return text.empty() ? text : '{' + text + '}';
}

Outcome healthy(std::string detail) {
    return {.layer = Layer::prometheus, .detail = std::move(detail)};
}

Outcome unhealthy(const std::string& detail) {
    return {.layer = Layer::prometheus, .failure = Failure::status, .detail = printable(detail)};
}

Outcome judge_alert(const Json& series, const std::string& alert) {
    if (series.empty()) return healthy("alert " + alert + " not firing");
    return unhealthy("alert " + alert + " is firing" +
                     (series.size() == 1 ? std::string()
                                         : " in " + std::to_string(series.size()) + " instances"));
}

Outcome judge_value(const Json& sample, const std::string& labels,
                    const MetricCondition& condition) {
    const auto value = value_of(sample);
    if (!value) return no_metric("not a number" + (labels.empty() ? "" : ": " + labels));
    const std::string text = number_text(*value);
    if (condition.holds(*value)) return healthy(text);
    return unhealthy(text + ", not " + condition.to_string() + (labels.empty() ? "" : " ") +
                     labels);
}

/// The first series that is not as it must be speaks for all; one without a value only when no
/// other speaks against the target.
Outcome judge_vector(const Json& series, const MetricCondition& condition) {
    if (!condition.alert.empty()) return judge_alert(series, condition.alert);
    if (series.empty()) return no_metric("the result is empty");
    Outcome verdict = healthy("");
    for (const auto& one : series) {
        auto outcome = judge_value(member(one, "value"), labels_of(one), condition);
        if (outcome.failure == Failure::status) return outcome;
        if (verdict.success()) verdict = std::move(outcome);
    }
    if (verdict.success() && series.size() > 1) {
        verdict.detail = "all " + std::to_string(series.size()) + " " + condition.to_string();
    }
    return verdict;
}

}  // namespace

Outcome judge_metric(unsigned status, std::string_view body, const MetricCondition& condition) {
    const Json reply = Json::parse(body, nullptr, false);  // no exceptions
    if (text_of(member(reply, "status")) != "success") {
        const auto error = text_of(member(reply, "error"));
        return no_metric("status " + std::to_string(status) + (error.empty() ? "" : ": ") + error);
    }
    const Json& data = member(reply, "data");
    const Json& result = member(data, "result");
    const std::string type = text_of(member(data, "resultType"));
    if (type == "vector" && result.is_array()) return judge_vector(result, condition);
    if (type == "scalar" && condition.alert.empty()) return judge_value(result, "", condition);
    return no_metric("the result is no vector of samples but a " + type);
}

Outcome no_metric(std::string_view why) {
    return {.layer = Layer::prometheus, .failure = Failure::no_data, .detail = printable(why)};
}

}  // namespace fairlead::checks
