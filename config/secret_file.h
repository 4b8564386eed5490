// SPDX-License-Identifier: Apache-2.0
#pragma once

// Files that hold secrets, one in a line: nobody else may read them.
// Thread rule: any one thread; reads a file.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace fairlead::config {

struct SecretFileLimits {
    std::uintmax_t bytes_max = 0;
    std::filesystem::perms forbidden{};  // bits that its mode must not have
    const char* complaint = "";          // when it has one of them, with the remedy
};

/// Nothing but whether it may be used: a regular file, not too large, not open to others.
[[nodiscard]] Result<void> is_secret(const std::filesystem::path& file,
                                     const SecretFileLimits& limits);

/// What `read_line` makes of each line: Result<std::optional<Item>>, nothing for one that holds
/// none. The error goes on after the file's name; of a line it has the number, never the text.
template <typename Item, typename ReadLine>
[[nodiscard]] Result<std::vector<Item>> read_secret_file(const std::filesystem::path& file,
                                                         const SecretFileLimits& limits,
                                                         ReadLine read_line) {
    if (const auto secret = is_secret(file, limits); !secret) return secret.error();
    std::ifstream in(file);
    if (!in) return Error{"cannot be read"};
    std::vector<Item> items;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        auto item = read_line(line);
        if (!item) return Error{"line " + std::to_string(number) + " " + item.error().message};
        if (*item) items.push_back(**std::move(item));
    }
    return Result<std::vector<Item>>(boost::system::in_place_value, std::move(items));
}

}  // namespace fairlead::config
