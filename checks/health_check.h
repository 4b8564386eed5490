// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a health check is: how to probe, how often, and how much evidence turns the state.
// Pure data, compared by value: two endpoints with equal checks on one target share one probe.
// Durations and defaults are those of the configuration reference.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/ip.h"
#include "checks/metric_condition.h"

namespace fairlead::checks {

using std::chrono::milliseconds;

struct StatusRange {
    std::uint16_t first = 200;
    std::uint16_t last = 399;
    friend bool operator==(const StatusRange&, const StatusRange&) = default;
};

/// What a target must prove in TLS.
struct TlsSettings {
    std::string sni;  // empty = the host; the certificate is verified against it, or the address
    bool verify = true;
    std::string ca_file;              // empty = the system's certificate store
    std::uint16_t min_days_left = 0;  // until the certificate expires; fewer = unhealthy
    friend bool operator==(const TlsSettings&, const TlsSettings&) = default;
};

/// http and https. Healthy when connect, TLS, request and reply fit into the timeout, the status is
/// in `status` and, where asked for, `body_contains` and `body_regex` occur in the first `max_body`
/// bytes.
struct HttpProbe {
    std::optional<TlsSettings> tls;  // https
    std::string method = "GET";
    std::string path = "/";
    std::string host;  // the Host header; empty = the target's address
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body_contains;  // case-sensitive; empty = does not matter
    std::string body_regex;     // RE2; empty = does not matter
    bool follow_redirects = false;
    bool keep_alive = false;  // one connection serves many probes
    std::vector<StatusRange> status{StatusRange{}};
    std::size_t max_body = 5120;
    friend bool operator==(const HttpProbe&, const HttpProbe&) = default;
};

/// Healthy when, within the timeout, the connection is established, `send` is sent and `expect`
/// occurs in the first `max_body` bytes that come back.
struct TcpProbe {
    std::string send;    // empty = nothing is sent
    std::string expect;  // empty = nothing is read
    std::size_t max_body = 5120;
    friend bool operator==(const TcpProbe&, const TcpProbe&) = default;
};

/// Healthy when, within the timeout, the TLS handshake succeeds and the certificate is as it must
/// be.
struct TlsProbe {
    TlsSettings settings;
    friend bool operator==(const TlsProbe&, const TlsProbe&) = default;
};

/// Healthy when the command ends within the timeout with status 0 or 1, as Nagios plugins do.
struct ExecProbe {
    std::vector<std::string> command;  // program and arguments; no shell
    friend bool operator==(const ExecProbe&, const ExecProbe&) = default;
};

/// Healthy when an echo request is answered within the timeout.
struct IcmpProbe {
    friend bool operator==(const IcmpProbe&, const IcmpProbe&) = default;
};

/// Healthy when every series that `query` gives at Prometheus is as `healthy_when` says.
struct PrometheusProbe {
    std::optional<TlsSettings> tls;  // https
    std::string host;                // the Host header; empty = the target's address
    std::string path;                // of the interface for instant queries
    std::vector<std::pair<std::string, std::string>> headers;
    std::string query;
    MetricCondition healthy_when;
    friend bool operator==(const PrometheusProbe&, const PrometheusProbe&) = default;
};

/// Not a probe: the target reports in. Healthy while the last report says so and is younger than
/// the check's interval, which the configuration calls `ttl`.
struct Heartbeat {
    friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

/// Not a probe: healthy while at least `at_least` of the checks `children` are, each of the same
/// target.
struct Calculation {
    std::vector<std::uint32_t> children;  // indexes into the list that this check stands in
    std::uint16_t at_least = 0;           // 0 = always healthy, more than there are = never
    friend bool operator==(const Calculation&, const Calculation&) = default;
};

/// One alternative for each type of check; http and https are one.
using ProbeKind = std::variant<HttpProbe, TcpProbe, TlsProbe, ExecProbe, IcmpProbe, Calculation,
                               PrometheusProbe, Heartbeat>;

enum class Counting : std::uint8_t {
    consecutive,  // one result of the other kind starts the count anew
    cumulative,  // gdnsd's: while up, failures add up until `rise` consecutive successes clear them
};

struct Thresholds {
    std::uint16_t fall = 3;
    std::uint16_t rise = 3;
    Counting counting = Counting::consecutive;
    friend bool operator==(const Thresholds&, const Thresholds&) = default;
};

/// What counts while this machine cannot probe. See lacks_data().
enum class InsufficientData : std::uint8_t { last_known, healthy, unhealthy };

struct HealthCheck {
    std::string name;
    ProbeKind probe;
    std::optional<IpAddress> check_target;  // probed instead of what the endpoint has
    std::string check_host;                 // or this name, as Subject::host
    std::uint16_t port = 80;                // 0 = none
    milliseconds interval{10000};
    milliseconds fast_interval{1000};  // while the evidence disagrees with the state
    milliseconds timeout{4000};        // for the whole probe, first packet to verdict
    double jitter = 0.1;               // each wait is drawn from interval * (1 ± jitter)
    Thresholds thresholds;
    InsufficientData insufficient_data = InsufficientData::last_known;
    bool invert = false;  // healthy is unhealthy and the reverse; applied last
    bool enabled = true;  // false = healthy without probing (then `invert` applies)
    friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
};

/// Whether it has results of its own.
[[nodiscard]] inline bool is_measured(const HealthCheck& check) {
    return check.enabled && !std::holds_alternative<Calculation>(check.probe);
}

/// Whether anything goes out for it.
[[nodiscard]] inline bool is_probed(const HealthCheck& check) {
    return is_measured(check) && !std::holds_alternative<Heartbeat>(check.probe);
}

/// What one probe looks at: one check of one address. Many endpoints may share one subject; its
/// index in the catalog's list is its slot in every health snapshot of that catalog.
struct Subject {
    std::uint32_t check = 0;  // index into the catalog's list of checks
    IpAddress address;
    /// Not empty: what this name resolves to is probed, and `address` is nothing; but see `place`.
    std::string host;
    /// Not 0: `host` is an alias, and this is one of its places (alias.h). `address` is who lives
    /// there: nothing in a catalog, and in the checker's own list when the place is empty.
    std::uint8_t place = 0;

    /// It is what the name as a whole resolves to.
    [[nodiscard]] bool is_name() const { return !host.empty() && place == 0; }
    /// What operators call it: the address, or the name.
    [[nodiscard]] std::string target() const { return is_name() ? host : address.to_string(); }

    friend auto operator<=>(const Subject&, const Subject&) = default;
};

/// The subject of `check`, one of `checks`, for an endpoint to be probed where `elsewhere` is,
/// which may be of another check. What reports in is a name as a whole, and none of its addresses.
[[nodiscard]] inline Subject subject_of(const std::vector<HealthCheck>& checks, std::uint32_t check,
                                        const Subject& elsewhere) {
    const HealthCheck& own = checks[check];
    if (!own.check_host.empty()) return {.check = check, .address = {}, .host = own.check_host};
    if (own.check_target) return {.check = check, .address = *own.check_target, .host = {}};
    const bool reports_in = std::holds_alternative<Heartbeat>(own.probe);
    return {.check = check,
            .address = elsewhere.address,
            .host = elsewhere.host,
            .place = reports_in ? std::uint8_t{0} : elsewhere.place};
}

using SubjectIndex = std::uint32_t;

/// An endpoint address that nobody checks: always healthy.
inline constexpr SubjectIndex kUnchecked = 0xffffffff;

}  // namespace fairlead::checks
