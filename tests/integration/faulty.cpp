// SPDX-License-Identifier: Apache-2.0

// Does the wrong thing that its argument names, of the kind that a sanitizer finds: harness_test.py
// has to notice.

#include <cstdlib>
#include <iostream>
#include <limits>
#include <string_view>
#include <thread>

namespace {

void use_after_free() {
    auto* const volatile number = new int(1);
    delete number;
    *number = 2;
}

void leak() {
    auto* volatile number = new int(1);
    *number = 2;
    number = nullptr;
}

void overflow() {
    volatile int number = std::numeric_limits<int>::max();
    number = number + 1;
}

void race() {
    volatile int number = 0;
    std::thread other([&number] { number = 1; });
    number = 2;
    other.join();
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view fault = argc == 2 ? argv[1] : "";
    if (fault == "use-after-free")
        use_after_free();
    else if (fault == "leak")
        leak();
    else if (fault == "overflow")
        overflow();
    else if (fault == "race")
        race();
    else if (fault != "none")
        return std::cerr << "usage: faulty none|use-after-free|leak|overflow|race\n", EXIT_FAILURE;
    return EXIT_SUCCESS;
}
