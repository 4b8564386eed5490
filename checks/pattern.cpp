// SPDX-License-Identifier: Apache-2.0
#include "checks/pattern.h"

#include <re2/re2.h>

namespace fairlead::checks {
namespace {

constexpr std::int64_t kMemoryMax = std::int64_t{1} << 20U;  // of one compiled pattern

/// Steps that matching may take at worst, one for each instruction and byte: a tenth of a second.
/// All checks share one thread.
constexpr std::uint64_t kStepsMax = std::uint64_t{1} << 27U;

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

Result<Pattern> Pattern::compile(const std::string& text, std::size_t bytes) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kMemoryMax);
    auto expression = std::make_shared<const re2::RE2>(text, options);
    if (!expression->ok()) return Error{problem(*expression)};
    if (static_cast<std::uint64_t>(expression->ProgramSize()) * bytes > kStepsMax) {
        return Error{"too slow for " + std::to_string(bytes) +
                     " bytes of body: use smaller repetitions, or a smaller max_body"};
    }
    return Pattern(std::move(expression));
}

bool Pattern::occurs_in(std::string_view text) const {
    return re2::RE2::PartialMatch({text.data(), text.size()}, *expression_);
}

}  // namespace fairlead::checks
