// SPDX-License-Identifier: Apache-2.0
#pragma once

// The methods that read and change the keystore, by the names that PowerDNS gives them.
// Thread rule: functions of their arguments.

#include "backend/protocol/call.h"

namespace fairlead::backend {

[[nodiscard]] Outcome get_all_domain_metadata(const Call& call);
[[nodiscard]] Outcome get_domain_metadata(const Call& call);
[[nodiscard]] Outcome set_domain_metadata(const Call& call);
[[nodiscard]] Outcome get_domain_keys(const Call& call);
[[nodiscard]] Outcome add_domain_key(const Call& call);
[[nodiscard]] Outcome remove_domain_key(const Call& call);
[[nodiscard]] Outcome activate_domain_key(const Call& call);
[[nodiscard]] Outcome deactivate_domain_key(const Call& call);
[[nodiscard]] Outcome publish_domain_key(const Call& call);
[[nodiscard]] Outcome unpublish_domain_key(const Call& call);
[[nodiscard]] Outcome get_tsig_key(const Call& call);
[[nodiscard]] Outcome get_tsig_keys(const Call& call);
[[nodiscard]] Outcome set_tsig_key(const Call& call);
[[nodiscard]] Outcome delete_tsig_key(const Call& call);

}  // namespace fairlead::backend
