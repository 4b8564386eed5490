// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whom an address of a web server is about, as a client needs it. Thread rule: a value.

#include <cstdint>
#include <string>

namespace fairlead::config {

struct HttpServer {
    bool https = false;
    std::string host;  // a name or an address, without brackets
    std::uint16_t port = 0;
    std::string host_header;
    friend bool operator==(const HttpServer&, const HttpServer&) = default;
};

}  // namespace fairlead::config
