// SPDX-License-Identifier: Apache-2.0
#include "checks/probe_factory.h"

#include <utility>

#include "checks/exec_probe.h"
#include "checks/http_probe.h"
#include "checks/icmp_probe.h"
#include "checks/prometheus_probe.h"
#include "checks/tcp_probe.h"
#include "checks/tls_probe.h"

namespace fairlead::checks {

using MadeProbe = Result<std::unique_ptr<const Probe>>;

MadeProbe ProbeFactory::make(const HealthCheck& check) {
    if (const auto* http = std::get_if<HttpProbe>(&check.probe)) return make_http(check, *http);
    if (const auto* tls = std::get_if<TlsProbe>(&check.probe)) return make_tls(check, *tls);
    if (const auto* prometheus = std::get_if<PrometheusProbe>(&check.probe)) {
        return make_prometheus(check, *prometheus);
    }
    if (std::holds_alternative<ExecProbe>(check.probe)) {
        return make_exec_probe(check, command_slots_);
    }
    if (std::holds_alternative<IcmpProbe>(check.probe)) return make_icmp(check);
    if (std::holds_alternative<Calculation>(check.probe) ||
        std::holds_alternative<Heartbeat>(check.probe)) {
        return std::unique_ptr<const Probe>();
    }
    return make_tcp_probe(check);
}

MadeProbe ProbeFactory::make_http(const HealthCheck& check, const HttpProbe& probe) {
    TlsContext made;
    if (probe.tls || probe.follow_redirects) {
        auto context = this->context(check, probe.tls.value_or(TlsSettings{}));
        if (!context) return context.error();
        made = *std::move(context);
    }
    auto http = make_http_probe(check, std::move(made));
    if (!http) return Error{"health check " + check.name + ": " + http.error().message};
    return http;
}

MadeProbe ProbeFactory::make_tls(const HealthCheck& check, const TlsProbe& probe) {
    auto made = context(check, probe.settings);
    if (!made) return made.error();
    return make_tls_probe(check, *std::move(made));
}

MadeProbe ProbeFactory::make_prometheus(const HealthCheck& check, const PrometheusProbe& probe) {
    TlsContext made;
    if (probe.tls) {
        auto context = this->context(check, *probe.tls);
        if (!context) return context.error();
        made = *std::move(context);
    }
    return make_prometheus_probe(check, std::move(made));
}

std::unique_ptr<const Probe> ProbeFactory::make_icmp(const HealthCheck& check) {
    if (!may_ping()) {
        warning_ = "health checks of type icmp cannot run: " + std::string(kPingRemedy) +
                   "; until then they have no data";
    }
    return make_icmp_probe(check);
}

Result<TlsContext> ProbeFactory::context(const HealthCheck& check, const TlsSettings& settings) {
    auto made = contexts_.get(settings.verify, settings.ca_file);
    if (!made) return Error{"health check " + check.name + ": " + made.error().message};
    return made;
}

}  // namespace fairlead::checks
