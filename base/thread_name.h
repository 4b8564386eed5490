// SPDX-License-Identifier: Apache-2.0
#pragma once

// What `top -H` and a core file call the calling thread. At most 15 characters (prctl(2)).

#include <sys/prctl.h>

namespace fairlead {

inline void name_this_thread(const char* name) {
    (void)::prctl(PR_SET_NAME, name);  // only looks suffer when it fails
}

}  // namespace fairlead
