// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

#include "backend/commands/command_line.h"

int main(int argc, char** argv) {
    try {
        const char* const terminal = std::getenv("TERM");
        const bool is_dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
        // https://no-color.org
        const bool colour =
            ::isatty(STDOUT_FILENO) == 1 && !is_dumb && std::getenv("NO_COLOR") == nullptr;
        return fairlead::backend::run_command_line(argc, argv, {std::cout, std::cerr, colour});
    } catch (const std::exception& bug) {
        std::cerr << "fairlead: " << bug.what() << '\n';
        return 1;
    }
}
