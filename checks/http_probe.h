// SPDX-License-Identifier: Apache-2.0
#pragma once

// The http and https checks: one request a connection, unless it is to be kept for the next probe
// (idle_connections.h), redirects followed where asked for (redirect.h), and no more of the reply
// read than the verdict needs. HTTP/1.1 (RFC 9112).
//
// What a hostile target can make a probe hold: 16 KiB of header, a 4 KiB piece of body and
// `max_body` bytes of text, until the timeout.

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "checks/health_check.h"
#include "checks/probe.h"
#include "checks/tls_context.h"

namespace fairlead::checks {

/// What a reply of an accepted status means: its status and the first `max_body` bytes of its body.
using JudgeReply = std::function<Outcome(unsigned status, std::string_view body)>;

/// `tls` may be null where no https is asked: for http without redirects. `judge`: in place of
/// looking for a text or pattern. The error says what is wrong with `body_regex`.
/// REQUIRES: `check.probe` holds an HttpProbe.
[[nodiscard]] Result<std::unique_ptr<const Probe>> make_http_probe(const HealthCheck& check,
                                                                   TlsContext tls,
                                                                   JudgeReply judge = nullptr);

}  // namespace fairlead::checks
