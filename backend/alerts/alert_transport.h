// SPDX-License-Identifier: Apache-2.0
#pragma once

// One way to hand a message over. Thread rule: the thread of the io_context that it was made for.

#include <cstdint>
#include <functional>
#include <string>

namespace fairlead::backend {

enum class Delivery : std::uint8_t {
    done,
    failed,   // to be tried again
    refused,  // will never be taken
};

class AlertTransport {
  public:
    /// `problem` in words, empty when done.
    using Done = std::function<void(Delivery, const std::string& problem)>;

    virtual ~AlertTransport() = default;

    /// `done` runs once, later, within the transport's timeout; not when the transport has been
    /// destroyed before. One at a time.
    virtual void send(const std::string& body, Done done) = 0;
};

}  // namespace fairlead::backend
