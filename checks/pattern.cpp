// SPDX-License-Identifier: Apache-2.0
#include "checks/pattern.h"

#include <re2/re2.h>

namespace fairlead::checks {
namespace {

constexpr std::int64_t kMemoryMax = std::int64_t{1} << 20U;  // of one compiled pattern

std::string problem(const re2::RE2& expression) {
    const std::string& part = expression.error_arg();
    const auto at = expression.pattern().find(part);
    std::string text = expression.error();  // "missing ]: [a-"
    if (!part.empty() && at != std::string::npos && at > 0) {
        text += ", at character " + std::to_string(at + 1);
    }
    return text;
}

}  // namespace

Result<Pattern> Pattern::compile(const std::string& text) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kMemoryMax);
    auto expression = std::make_shared<const re2::RE2>(text, options);
    if (!expression->ok()) return Error{problem(*expression)};
    return Pattern(std::move(expression));
}

bool Pattern::occurs_in(std::string_view text) const {
    return re2::RE2::PartialMatch({text.data(), text.size()}, *expression_);
}

}  // namespace fairlead::checks
