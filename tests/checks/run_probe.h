// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs one attempt of a probe to its end.

#include <boost/asio/io_context.hpp>
#include <optional>
#include <utility>

#include "checks/probe.h"

namespace fairlead::checks {

inline Outcome run_probe(const Probe& probe, const std::string& address = "127.0.0.1") {
    boost::asio::io_context io;
    std::optional<Outcome> result;
    probe.start(io, *IpAddress::parse(address), [&](Outcome outcome) {
        if (result) std::abort();  // a probe answers once
        result = std::move(outcome);
    });
    if (result) std::abort();  // and never from within start()
    io.run();
    return result.value();
}

}  // namespace fairlead::checks
