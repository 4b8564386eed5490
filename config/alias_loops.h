// SPDX-License-Identifier: Apache-2.0
#pragma once

// Aliases for names of this very configuration: allowed, unless the name is steered to the alias
// again. Such an alias would keep what it had at some time for ever.
// Thread rule: functions of their arguments.

#include "config/findings.h"
#include "config/tree_reader.h"
#include "policy/catalog.h"

namespace fairlead::config {

/// To be called when all records have been read.
void report_alias_loops(const policy::CatalogBuilder& builder, const TreeReader& trees,
                        Findings& findings);

}  // namespace fairlead::config
