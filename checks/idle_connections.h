// SPDX-License-Identifier: Apache-2.0
#pragma once

// Connections that stay open between two probes of one target (`keep_alive`). They belong to the
// event loop in which they were made, and go with it: a service of its execution context.
// At most a quarter of the files that this process may open are spent on them (descriptors.h),
// plain and TLS together; those beyond are closed. Thread rule: the thread of the loop.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/ip.h"
#include "checks/descriptors.h"

namespace fairlead::checks {

/// A connection and what its beginning has told, which no later probe on it can tell.
template <typename Stream>
struct KeptConnection {
    Stream stream;
    TimePoint opened;
    std::optional<std::int32_t> certificate_days_left;
};

/// How many connections a loop keeps, of whatever kind.
class IdleCount final : public boost::asio::execution_context::service {
  public:
    inline static boost::asio::execution_context::id id;  // what use_service() finds it by

    explicit IdleCount(boost::asio::execution_context& loop) : service(loop) {}

    /// False when there are enough.
    [[nodiscard]] bool one_more() {
        if (kept_ >= most_) return false;
        ++kept_;
        return true;
    }
    void one_less() { --kept_; }

  private:
    void shutdown() noexcept override {}

    const std::size_t most_ = files_for_kept_connections(open_files_max());
    std::size_t kept_ = 0;
};

template <typename Stream>
class IdleConnections final : public boost::asio::execution_context::service {
  public:
    inline static boost::asio::execution_context::id id;  // what use_service() finds it by

    explicit IdleConnections(boost::asio::execution_context& loop)
        : service(loop), count_(boost::asio::use_service<IdleCount>(loop)) {}

    /// Those of the loop that `executor` runs on.
    [[nodiscard]] static IdleConnections& of(const boost::asio::any_io_executor& executor) {
        return boost::asio::use_service<IdleConnections>(executor.context());
    }

    /// `connection` has nothing under way. `check` tells apart what is probed differently at one
    /// address.
    void keep(const void* check, const IpAddress& address, KeptConnection<Stream> connection) {
        const Key target{check, address};
        if (kept_.contains(target) || !count_.one_more()) return;
        kept_.emplace(target, std::move(connection));
    }

    [[nodiscard]] std::optional<KeptConnection<Stream>> take(const void* check,
                                                             const IpAddress& address) {
        auto found = kept_.extract(Key{check, address});
        if (found.empty()) return std::nullopt;
        count_.one_less();
        return std::move(found.mapped());
    }

  private:
    using Key = std::pair<const void*, IpAddress>;

    void shutdown() noexcept override { kept_.clear(); }

    IdleCount& count_;
    std::map<Key, KeptConnection<Stream>> kept_;
};

}  // namespace fairlead::checks
