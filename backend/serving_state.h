// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one thing that is published to the query workers: what to answer to whom (catalog, with
// the geography compiled into it) and how the endpoints are (snapshot of that catalog). They travel
// together because health slots mean nothing in another catalog. Thread rule: deeply const;
// replaced as a whole through Published<ServingState>.

#include <memory>

#include "base/published.h"
#include "checks/snapshot.h"
#include "policy/catalog.h"

namespace fairlead::backend {

struct ServingState {
    std::shared_ptr<const policy::Catalog> catalog;
    std::shared_ptr<const checks::Snapshot> health;
};

using PublishedState = Published<ServingState>;

}  // namespace fairlead::backend
