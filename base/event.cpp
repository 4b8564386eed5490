// SPDX-License-Identifier: Apache-2.0
#include "base/event.h"

namespace fairlead {

const char* to_string(EventKind kind) {
    switch (kind) {
        case EventKind::health:
            return "health";
        case EventKind::failover:
            return "failover";
        case EventKind::failback:
            return "failback";
        case EventKind::all_unhealthy:
            return "all_unhealthy";
        case EventKind::checker:
            return "checker";
        case EventKind::reload:
            return "reload";
        case EventKind::caches:
            return "caches";
        case EventKind::override:
            return "override";
        case EventKind::certificate:
            return "certificate";
        case EventKind::query_spike:
            return "query_spike";
    }
    return "";
}

}  // namespace fairlead
