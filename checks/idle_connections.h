// SPDX-License-Identifier: Apache-2.0
#pragma once

// Connections that stay open between two probes of one target (`keep_alive`). They belong to the
// event loop in which they were made, and go with it: a service of its execution context.
// At most half of the files that this process may open are spent on them; those beyond are closed.
// Thread rule: the thread of the loop.

#include <sys/resource.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/ip.h"

namespace fairlead::checks {

/// A connection and what its beginning has told, which no later probe on it can tell.
template <typename Stream>
struct KeptConnection {
    Stream stream;
    TimePoint opened;
    std::optional<std::int32_t> certificate_days_left;
};

template <typename Stream>
class IdleConnections final : public boost::asio::execution_context::service {
  public:
    inline static boost::asio::execution_context::id id;  // what use_service() finds it by

    explicit IdleConnections(boost::asio::execution_context& loop) : service(loop) {}

    /// Those of the loop that `executor` runs on.
    [[nodiscard]] static IdleConnections& of(const boost::asio::any_io_executor& executor) {
        return boost::asio::use_service<IdleConnections>(executor.context());
    }

    /// `connection` has nothing under way. `check` tells apart what is probed differently at one
    /// address.
    void keep(const void* check, const IpAddress& address, KeptConnection<Stream> connection) {
        if (kept_.size() < most_) kept_.emplace(Key{check, address}, std::move(connection));
    }

    [[nodiscard]] std::optional<KeptConnection<Stream>> take(const void* check,
                                                             const IpAddress& address) {
        auto found = kept_.extract(Key{check, address});
        if (found.empty()) return std::nullopt;
        return std::move(found.mapped());
    }

  private:
    using Key = std::pair<const void*, IpAddress>;

    static std::size_t half_of_files() {
        rlimit limit{};
        return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur / 2 : 0;
    }

    void shutdown() noexcept override { kept_.clear(); }

    const std::size_t most_ = half_of_files();
    std::map<Key, KeptConnection<Stream>> kept_;
};

}  // namespace fairlead::checks
