// SPDX-License-Identifier: Apache-2.0
#include "checks/transition_log.h"

#include "checks/outcome.h"

namespace fairlead::checks {

std::string subject_name(const HealthCheck& check, const IpAddress& address) {
    const std::string text = address.to_string();
    if (check.port == 0) return check.name + ' ' + text;
    return check.name + ' ' + (address.is_v4() ? text : '[' + text + ']') + ':' +
           std::to_string(check.port);
}

std::string transition_line(const HealthCheck& check, const IpAddress& address,
                            const Evidence& evidence, bool first_result) {
    const Health measured = evidence.state.health;
    const bool calculated = std::holds_alternative<Calculation>(check.probe);
    const bool serves = (calculated ? effective(measured, check)
                                    : effective(evidence.state, check)) == Health::healthy;
    std::string line = subject_name(check, address) + (serves ? " is healthy" : " is unhealthy");
    if (check.invert) line += " (inverted)";
    line += ": " + describe(evidence.last);
    if (calculated) return line;
    if (lacks_data(evidence.state, check)) return line + " (insufficient data)";
    if (first_result) return line + " (first result)";
    const auto& thresholds = check.thresholds;
    const auto needed =
        std::to_string(measured == Health::healthy ? thresholds.rise : thresholds.fall);
    return line + " (" + needed + " of " + needed + ')';
}

void TransitionLog::write(LogLevel level, std::string_view line, TimePoint now) {
    if (now >= burst_ends_) {
        summarize(now);
        burst_ends_ = now + kBurst;
        written_ = 0;
    }
    if (written_ == kLinesInBurst) {
        ++left_out_;
        return;
    }
    ++written_;
    log_.write(level, line);
}

TimePoint TransitionLog::due() const {
    return left_out_ == 0 ? TimePoint::max() : burst_ends_;
}

void TransitionLog::summarize(TimePoint now) {
    if (left_out_ == 0 || now < burst_ends_) return;
    log_.warning("and " + std::to_string(left_out_) + " more changes of health");
    left_out_ = 0;
}

}  // namespace fairlead::checks
