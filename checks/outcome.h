// SPDX-License-Identifier: Apache-2.0
#pragma once

// The result of one probe as layer × kind, after HAProxy's check vocabulary (check-t.h): an
// operator sees at once how far the probe got and what stopped it there.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace fairlead::checks {

/// How far the probe got.
enum class Layer : std::uint8_t {
    none,
    connect,
    tcp,
    tls,
    http,
    exec,
    icmp,
    prometheus,
    heartbeat,
    dns
};

enum class Failure : std::uint8_t {
    none,         // the probe succeeded
    refused,      // an ICMP or RST answer: nobody listens there
    unreachable,  // no route
    timeout,      // the deadline passed at this layer
    closed,       // the peer ended the connection early
    certificate,  // not trusted, not valid, or for another name
    protocol,     // what came back is not TLS or not HTTP
    status,    // of HTTP outside the accepted ranges; of a command or metric one that is unhealthy
    redirect,  // to somewhere else, or in a circle
    body,      // the expected text was not in what the target sent
    remembered,  // not a probe: what was found before a restart, in `detail`
    children,    // of a calculated check: too few are healthy
    resource,    // this machine cannot probe (files, ports, rights): says nothing of the target
    no_data,     // nor does whom it asks about the target know
};

struct Outcome {
    Layer layer = Layer::none;
    Failure failure = Failure::none;
    std::chrono::milliseconds duration{0};
    std::string
        detail;  // short and printable: "503 Service Unavailable", "certificate has expired"
    std::optional<std::int32_t> certificate_days_left;  // where there was one; negative = expired

    [[nodiscard]] bool success() const { return failure == Failure::none; }
    /// False: it says nothing of the target.
    [[nodiscard]] bool is_evidence() const {
        return failure != Failure::resource && failure != Failure::no_data;
    }
};

/// Layer and kind without the detail, out of a closed set: "ok", "connect refused", "http status".
[[nodiscard]] std::string kind_of(const Outcome& outcome);

/// "connect refused", "http status: 503 Service Unavailable", "ok (200 OK)".
[[nodiscard]] std::string describe(const Outcome& outcome);

}  // namespace fairlead::checks
