// SPDX-License-Identifier: Apache-2.0
#pragma once

// Connections that stay open between two probes of one target (`keep_alive`). They belong to the
// event loop in which they were made, and go with it: a service of its execution context.
// At most a quarter of the files that this process may open are spent on them (descriptors.h),
// plain and TLS together; those beyond are closed. So are those that nobody asks for any more: a
// name has other addresses now. Thread rule: the thread of the loop.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <map>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/ip.h"
#include "checks/descriptors.h"

namespace fairlead::checks {

/// How old a connection gets. One that is kept proves neither that the target accepts new ones nor
/// its certificate.
inline constexpr std::chrono::minutes kKeptMax{10};

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
    /// address. Closes it if it is too old, and others that nobody has asked for in as long.
    void keep(const void* check, const IpAddress& address, KeptConnection<Stream> connection,
              TimePoint now) {
        close_unused(now);
        const Key target{check, address};
        if (now - connection.opened > kKeptMax) return;
        if (places_.contains(target) || !count_.one_more()) return;
        kept_.push_back({target, std::move(connection), now});
        places_.emplace(target, std::prev(kept_.end()));
    }

    [[nodiscard]] std::optional<KeptConnection<Stream>> take(const void* check,
                                                             const IpAddress& address) {
        const auto found = places_.find(Key{check, address});
        if (found == places_.end()) return std::nullopt;
        std::optional<KeptConnection<Stream>> connection(std::move(found->second->connection));
        forget(found);
        return connection;
    }

  private:
    using Key = std::pair<const void*, IpAddress>;
    struct Kept {
        Key target;
        KeptConnection<Stream> connection;
        TimePoint since;
    };
    using Places = std::map<Key, typename std::list<Kept>::iterator>;

    void shutdown() noexcept override {
        places_.clear();
        kept_.clear();
    }

    void close_unused(TimePoint now) {
        while (!kept_.empty() && now - kept_.front().since > kKeptMax)
            forget(places_.find(kept_.front().target));
    }

    void forget(typename Places::iterator place) {
        kept_.erase(place->second);
        places_.erase(place);
        count_.one_less();
    }

    IdleCount& count_;
    std::list<Kept> kept_;  // the longest unused first
    Places places_;
};

}  // namespace fairlead::checks
