// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

#include "backend/commands/command_line.h"

int main(int argc, char** argv) {
    try {
        const auto has = [](const char* name) { return std::getenv(name) != nullptr; };
        const bool is_dumb = !has("TERM") || std::string_view(std::getenv("TERM")) == "dumb";
        // https://no-color.org
        const bool colour = ::isatty(STDOUT_FILENO) == 1 && !is_dumb && !has("NO_COLOR");
        return fairlead::backend::run_command_line(argc, argv, {std::cout, std::cerr, colour});
    } catch (const std::exception& bug) {
        std::cerr << "fairlead: " << bug.what() << '\n';
        return 1;
    }
}
