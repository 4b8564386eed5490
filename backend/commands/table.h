// SPDX-License-Identifier: Apache-2.0
#pragma once

// Columns for people: as wide as they need to be, coloured where somebody looks.

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace fairlead::backend {

enum class Tint : std::uint8_t { none, good, warning, bad, faint };

struct Cell {
    std::string text;
    Tint tint = Tint::none;
    Cell(std::string content, Tint colour = Tint::none)  // NOLINT: a text is a cell
        : text(std::move(content)), tint(colour) {}
    Cell(const char* content) : text(content) {}  // NOLINT: likewise
};

/// Prints rows under `heading`, two blanks between columns. `colour`: with terminal colours.
void print_table(const std::vector<std::string>& heading,
                 const std::vector<std::vector<Cell>>& rows, bool colour, std::ostream& out);

/// `text` in a colour, if `colour`.
[[nodiscard]] std::string tinted(const std::string& text, Tint tint, bool colour);

}  // namespace fairlead::backend
