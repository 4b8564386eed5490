// SPDX-License-Identifier: Apache-2.0
#pragma once

// One question to the DNS, by c-ares: the addresses of one family that a host name has now.
//
// Nothing blocks: the sockets are waited for by the given loop, and what does not answer costs a
// timer. /etc/hosts comes first, as everywhere, but for "localhost", which is this machine. Names
// are whole, unless search domains are asked for. Each lookup reads /etc/resolv.conf anew unless
// servers are given, so a change there is seen.
//
// Thread rule: the loop's thread.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/ip.h"
#include "base/result.h"
#include "checks/name_state.h"

namespace fairlead::checks {

class NameLookup {
  public:
    using Done = std::function<void(Result<Resolved>)>;
    enum class Domains : std::uint8_t { none, searched };  // those of /etc/resolv.conf

    /// `servers`: "192.0.2.53", "192.0.2.53:5353" or "[2001:db8::53]:5353", separated by commas;
    /// empty = those of /etc/resolv.conf. `done` runs once from the loop, never from within
    /// start(), and at the latest after `timeout`, unless the loop ends before.
    static void start(boost::asio::io_context& io, const std::string& servers,
                      const std::string& host, Family family, std::chrono::milliseconds timeout,
                      Done done, Domains domains = Domains::none);
};

}  // namespace fairlead::checks
