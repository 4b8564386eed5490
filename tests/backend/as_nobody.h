// SPDX-License-Identifier: Apache-2.0
#pragma once

// For as long as it lives this process, if it is root's, is nobody's, and may do no more than
// anybody.

#include <unistd.h>

#include "tests/support/catch.h"

namespace fairlead::backend {

class AsNobody {
  public:
    AsNobody() {
        if (::geteuid() == 0) REQUIRE(::seteuid(65534) == 0);
    }
    ~AsNobody() {
        if (::getuid() == 0) (void)!::seteuid(0);
    }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
};

}  // namespace fairlead::backend
