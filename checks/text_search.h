// SPDX-License-Identifier: Apache-2.0
#pragma once

// Looks for bytes in the first part of what a target sends, however that is cut into pieces.
// Thread rule: owned by one probe.

#include <string>
#include <string_view>

namespace fairlead::checks {

class TextSearch {
  public:
    /// `wanted` must outlive this object; the first `limit` bytes count.
    TextSearch(std::string_view wanted, std::size_t limit) : wanted_(wanted), limit_(limit) {}

    /// Bytes that still count.
    [[nodiscard]] std::size_t room() const { return limit_ - text_.size(); }

    /// Takes the next bytes, up to room(); true when `wanted` occurs in all so far. Amortized
    /// linear: no byte is searched again but those in which a match may have begun.
    bool append(std::string_view piece);

    /// What was taken so far.
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string_view wanted_;
    std::size_t limit_;
    std::string text_;
    std::size_t searched_ = 0;  // no match begins before this
};

}  // namespace fairlead::checks
