// SPDX-License-Identifier: Apache-2.0
#include "checks/probe_factory.h"

#include <utility>

#include "checks/http_probe.h"
#include "checks/tcp_probe.h"
#include "checks/tls_probe.h"

namespace fairlead::checks {

Result<std::unique_ptr<const Probe>> ProbeFactory::make(const HealthCheck& check) {
    if (std::holds_alternative<TcpProbe>(check.probe)) return make_tcp_probe(check);
    if (const auto* tls = std::get_if<TlsProbe>(&check.probe)) {
        auto made = context(check, tls->settings);
        if (!made) return made.error();
        return make_tls_probe(check, *std::move(made));
    }
    const auto& http = std::get<HttpProbe>(check.probe);
    if (!http.tls) return make_http_probe(check, nullptr);
    auto made = context(check, *http.tls);
    if (!made) return made.error();
    return make_http_probe(check, *std::move(made));
}

Result<TlsContext> ProbeFactory::context(const HealthCheck& check, const TlsSettings& settings) {
    auto made = contexts_.get(settings.verify, settings.ca_file);
    if (!made) return Error{"health check " + check.name + ": " + made.error().message};
    return made;
}

}  // namespace fairlead::checks
