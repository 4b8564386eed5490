// SPDX-License-Identifier: Apache-2.0
#pragma once

// A regular expression over what a target sends. RE2 (https://github.com/google/re2/wiki/Syntax):
// time linear in the text, so that no text can hold the checker up, as backtracking would let it.
// Thread rule: immutable.

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace fairlead::checks {

class Pattern {
  public:
    /// The error says what is wrong and where in `text`; or that the pattern is so large that some
    /// text of `bytes` would hold up all other checks.
    [[nodiscard]] static Result<Pattern> compile(const std::string& text, std::size_t bytes);

    /// Whether any part of `text` matches.
    [[nodiscard]] bool occurs_in(std::string_view text) const;

  private:
    explicit Pattern(std::shared_ptr<const re2::RE2> expression)
        : expression_(std::move(expression)) {}
    std::shared_ptr<const re2::RE2> expression_;
};

}  // namespace fairlead::checks
