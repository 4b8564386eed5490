// SPDX-License-Identifier: Apache-2.0
#include "checks/definition.h"

#include "base/fingerprint.h"

namespace fairlead::checks {
namespace {

// Each structure is taken apart as a whole: a member that is added to one of them and not here does
// not compile.

void add(Fingerprint& print, const TlsSettings& tls) {
    const auto& [sni, verify, ca_file, min_days_left] = tls;
    print.add(sni).add(verify).add(ca_file).add(min_days_left);
}

void add(Fingerprint& print, const std::vector<std::pair<std::string, std::string>>& headers) {
    print.add(headers.size());
    for (const auto& [name, value] : headers)
        print.add(name).add(value);
}

void add(Fingerprint& print, const HttpProbe& http) {
    const auto& [tls, method, path, host, headers, body_contains, body_regex, follow_redirects,
                 keep_alive, status, max_body] = http;
    print.add(tls.has_value());
    if (tls) add(print, *tls);
    print.add(method).add(path).add(host);
    add(print, headers);
    print.add(body_contains)
        .add(body_regex)
        .add(follow_redirects)
        .add(keep_alive)
        .add(status.size());
    for (const auto& [first, last] : status)
        print.add(first).add(last);
    print.add(max_body);
}

void add(Fingerprint& print, const TcpProbe& tcp) {
    const auto& [send, expect, max_body] = tcp;
    print.add(send).add(expect).add(max_body);
}

void add(Fingerprint& print, const TlsProbe& tls) {
    add(print, tls.settings);
}

void add(Fingerprint& print, const ExecProbe& exec) {
    const auto& [command] = exec;
    print.add(command.size());
    for (const auto& word : command)
        print.add(word);
}

void add(Fingerprint& /*print*/, const IcmpProbe& /*icmp*/) {}

void add(Fingerprint& /*print*/, const Heartbeat& /*heartbeat*/) {}

void add(Fingerprint& print, const Calculation& calculation) {
    const auto& [children, at_least] = calculation;
    print.add(children.size());
    for (const auto child : children)
        print.add(child);
    print.add(at_least);
}

void add(Fingerprint& print, const PrometheusProbe& prometheus) {
    const auto& [tls, host, path, headers, query, healthy_when] = prometheus;
    print.add(tls.has_value());
    if (tls) add(print, *tls);
    print.add(host).add(path);
    add(print, headers);
    print.add(query).add(healthy_when.to_string());
}

void add(Fingerprint& print, const Thresholds& thresholds) {
    const auto& [fall, rise, counting] = thresholds;
    print.add(fall).add(rise).add(counting);
}

}  // namespace

std::uint64_t question_of(const HealthCheck& check) {
    Fingerprint print;
    print.add(check.probe.index());
    std::visit([&](const auto& kind) { add(print, kind); }, check.probe);
    print.add(check.check_target ? check.check_target->to_string() : check.check_host);
    print.add(check.port);
    return print.value();
}

std::uint64_t definition_of(const HealthCheck& check) {
    const auto& [name, probe, check_target, check_host, port, interval, fast_interval, timeout,
                 jitter, thresholds, insufficient_data, invert, enabled] = check;
    Fingerprint print;
    print.add(probe.index());
    std::visit([&](const auto& kind) { add(print, kind); }, probe);
    print.add(check_target ? check_target->to_string() : check_host);
    print.add(port).add(interval).add(fast_interval).add(timeout).add(jitter);
    add(print, thresholds);
    print.add(insufficient_data).add(invert).add(enabled);
    return print.value();
}

}  // namespace fairlead::checks
