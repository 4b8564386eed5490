// SPDX-License-Identifier: Apache-2.0
#pragma once

// The http and https checks: one request a connection, redirects followed where asked for (see
// redirect.h), and no more of the reply read than the verdict needs. HTTP/1.1 (RFC 9112).
//
// What a hostile target can make a probe hold: 16 KiB of header, a 4 KiB piece of body and
// `max_body` bytes of text, until the timeout.

#include <memory>

#include "base/result.h"
#include "checks/health_check.h"
#include "checks/probe.h"
#include "checks/tls_context.h"

namespace fairlead::checks {

/// `tls` may be null where no https is asked: for http without redirects. The error says what is
/// wrong with `body_regex`. REQUIRES: `check.probe` holds an HttpProbe.
[[nodiscard]] Result<std::unique_ptr<const Probe>> make_http_probe(const HealthCheck& check,
                                                                   TlsContext tls);

}  // namespace fairlead::checks
