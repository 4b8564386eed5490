// SPDX-License-Identifier: Apache-2.0
#include "config/zone_entries.h"

#include <algorithm>
#include <cstdint>

namespace fairlead::config {
namespace {

constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

constexpr bool is_control(char c) {
    const auto byte = static_cast<std::uint8_t>(c);
    return byte < 0x20 || byte == 0x7f;
}

/// The first fault is the one that is told; the others mostly follow from it.
void blame(ZoneEntry& entry, int line, std::string fault) {
    if (!entry.fault.empty()) return;
    entry.fault = std::move(fault);
    entry.fault_line = line;
}

}  // namespace

bool ZoneEntries::next(ZoneEntry& entry) {
    while (!at_end()) {
        read(entry);
        if (!entry.words.empty() || !entry.fault.empty()) return true;
    }
    return false;
}

void ZoneEntries::read(ZoneEntry& entry) {
    entry.line = line_;
    entry.starts_blank = is_blank(text_[at_]);
    entry.words.clear();
    entry.fault.clear();
    int open = 0;
    int opened_at = 0;
    while (!at_end()) {
        const char c = text_[at_];
        if (c == '\n') {
            ++line_;
            ++at_;
            if (open == 0) return;
        } else if (c == '(') {
            if (open++ == 0) opened_at = line_;
            ++at_;
        } else if (c == ')') {
            if (open == 0) blame(entry, line_, "a ')' without a '(' before it");
            open = std::max(0, open - 1);
            ++at_;
        } else if (c == ';') {
            skip_comment();
        } else if (is_blank(c)) {
            ++at_;
        } else {
            take_word(entry);
        }
    }
    if (open > 0) blame(entry, opened_at, "this '(' is not closed");
}

void ZoneEntries::skip_comment() {
    at_ = std::min(text_.find('\n', at_), text_.size());
}

void ZoneEntries::take_word(ZoneEntry& entry) {
    static constexpr std::string_view kEnds = " \t\r;()";
    const auto start = at_;
    bool quoting = false;
    for (; !at_end() && text_[at_] != '\n'; ++at_) {
        const char c = text_[at_];
        if (!quoting && kEnds.find(c) != kEnds.npos) break;
        if (is_control(c) && c != '\t' && c != '\r') {
            blame(entry, line_, "a control character stands here; write it as \\DDD");
        }
        if (c == '"') quoting = !quoting;
        const bool escapes = c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n';
        if (escapes) ++at_;
    }
    if (quoting) blame(entry, line_, "a quote is not closed at the end of the line");
    entry.words.push_back(text_.substr(start, at_ - start));
}

}  // namespace fairlead::config
