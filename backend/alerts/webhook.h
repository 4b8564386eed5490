// SPDX-License-Identifier: Apache-2.0
#pragma once

// A message as an HTTP POST. 2xx is delivered; 408, 429, 5xx, and what never became an answer is
// tried again; every other status means that this receiver will not take it. Redirects are not
// followed: the headers of the request are secrets of the address that was written. Names are
// resolved by c-ares in the same loop, with search domains: one that hangs holds up nobody else.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "backend/alerts/alert_transport.h"
#include "base/result.h"
#include "config/alerts_reader.h"

namespace fairlead::backend {

/// `io` must outlive it. `name_servers` as NameLookup has them. The error names the file of
/// certificates.
[[nodiscard]] Result<std::unique_ptr<AlertTransport>> make_webhook(
    boost::asio::io_context& io, const config::WebhookSettings& settings,
    const std::string& name_servers = "");

}  // namespace fairlead::backend
