// SPDX-License-Identifier: Apache-2.0
#pragma once

// The entries of a zone file (RFC 1035 section 5.1): its text cut at line ends that stand outside
// parentheses, without comments, each entry as words. What the words mean is not known here.
// Thread rule: a value; views into the text, which must outlive it.

#include <string>
#include <string_view>
#include <vector>

namespace fairlead::config {

struct ZoneEntry {
    int line = 0;               // where it starts, from 1
    bool starts_blank = false;  // it belongs to the name of the entry before
    /// Split at blanks outside quotes; quotes and escapes stay in the words.
    std::vector<std::string_view> words;

    /// Why it cannot be read, and the line that shows it; empty for a good one.
    std::string fault;
    int fault_line = 0;
};

class ZoneEntries {
  public:
    explicit ZoneEntries(std::string_view text) : text_(text) {}

    /// Makes `entry` the next one that has words or a fault; false at the end of the text.
    [[nodiscard]] bool next(ZoneEntry& entry);

  private:
    void read(ZoneEntry& entry);
    void skip_comment();
    void take_word(ZoneEntry& entry);
    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
};

}  // namespace fairlead::config
