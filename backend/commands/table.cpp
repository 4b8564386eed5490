// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/table.h"

#include <algorithm>
#include <ostream>

namespace fairlead::backend {
namespace {

const char* code(Tint tint) {
    switch (tint) {
        case Tint::good:
            return "\x1b[32m";
        case Tint::warning:
            return "\x1b[33m";
        case Tint::bad:
            return "\x1b[31m";
        case Tint::faint:
            return "\x1b[2m";
        case Tint::none:
            break;
    }
    return "";
}

/// Characters, not bytes: what a terminal shows of UTF-8.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace

std::string tinted(const std::string& text, Tint tint, bool colour) {
    if (!colour || tint == Tint::none) return text;
    return code(tint) + text + "\x1b[0m";
}

void print_table(const std::vector<std::string>& heading,
                 const std::vector<std::vector<Cell>>& rows, bool colour, std::ostream& out) {
    std::vector<std::vector<Cell>> lines{{}};
    for (const auto& title : heading)
        lines.front().emplace_back(title, Tint::faint);
    lines.insert(lines.end(), rows.begin(), rows.end());
    std::vector<std::size_t> widths(heading.size(), 0);
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i)
            widths[i] = std::max(widths[i], width(line[i].text));
    }
    for (const auto& line : lines) {
        std::size_t blanks = 0;  // between what was written and what is next; none at the end
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (!line[i].text.empty()) {
                out << std::string(blanks, ' ') << tinted(line[i].text, line[i].tint, colour);
                blanks = 0;
            }
            blanks += widths[i] - width(line[i].text) + 2;
        }
        out << '\n';
    }
}

}  // namespace fairlead::backend
