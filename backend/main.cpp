// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <iostream>

#include "backend/command_line.h"

int main(int argc, char** argv) {
    try {
        return fairlead::backend::run_command_line(argc, argv, {std::cout, std::cerr});
    } catch (const std::exception& bug) {
        std::cerr << "fairlead: " << bug.what() << '\n';
        return 1;
    }
}
