// SPDX-License-Identifier: Apache-2.0
#pragma once

// Everything countable, in Prometheus's text format. Read from the published state and from
// counters at the moment of the scrape: queries pay nothing for it. Thread rule: pure.

#include <cstddef>
#include <string>

#include "admin/process.h"

namespace fairlead::admin {

/// So many zones, checked addresses and failover nodes have series of their own. In a larger
/// configuration those after them are only in the totals, and fairlead_metrics_truncated says so.
inline constexpr std::size_t kSeriesMax = 10000;

inline constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

[[nodiscard]] std::string metrics_text(const View& view, const Activity& activity,
                                       const Lookups& lookups, const Moment& now);

}  // namespace fairlead::admin
