// SPDX-License-Identifier: Apache-2.0
#pragma once

// One connection of PowerDNS: a line in, a line out, in order.
//
// PowerDNS never sends a second request before it has read the answer to the first, and it takes
// bytes that it did not ask for as the answer to its next question (unixconnector.cc). So nothing
// is ever sent unasked, and each reply is one write. Memory is bounded: one line (kLineMax) and one
// reply; the next line is not looked at before the reply is gone.
//
// Thread rule: lives on its worker's thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backend/protocol/event_loop.h"
#include "base/descriptor.h"

namespace fairlead::backend {

/// The longest request, its end of line included. A lookup of the longest name with every byte
/// escaped has some 3 kB. PowerDNS's longest requests store record sets, which this backend refuses
/// anyway: by this limit, if they are long enough.
inline constexpr std::size_t kLineMax = 65536;

class Session final : private EventLoop::Watcher {
  public:
    /// What a session needs of its worker, which outlives it.
    class Host {
      public:
        /// Appends the reply to `line` to `reply`: exactly one line. Or returns false, leaves
        /// `reply` as it is, and calls `session.reply_later()` once, after it has returned.
        [[nodiscard]] virtual bool answer(Session& session, std::string_view line,
                                          std::string& reply) = 0;
        /// Appends the reply to a line longer than kLineMax, of which `start` is the beginning.
        virtual void refuse_long_line(std::string_view start, std::string& reply) = 0;
        /// The connection is over; called once, and may destroy the session.
        virtual void ended(Session& session) = 0;
        /// Instead of ended(), after release(): `socket` is the connection, between two requests.
        virtual void released(Session& session, Descriptor socket) = 0;

      protected:
        ~Host() = default;
    };

    /// `number`: by which the host knows it; no two of a host's have the same.
    Session(std::uint64_t number, Descriptor socket, EventLoop& loop, Host& host);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] std::uint64_t number() const { return number_; }

    // Each of these may call ended() or released(), as the last thing it does.

    void start();

    /// The reply that answer() put off.
    void reply_later(std::string_view reply);

    /// Ends the connection, after the reply that is being made or written if there is one.
    void finish();

    /// Gives the connection back as soon as it is between two requests: at once, or after the
    /// request that it is in. What the peer sends after that stays in the socket.
    void release();

    /// Ends the connection now.
    void end();

    /// One more tick has passed. True when for `ticks_max` ticks the peer has left a request
    /// half-way, or has read nothing of a reply. PowerDNS may read for minutes: it parses all that
    /// it has of a large reply after every 1500 bytes.
    [[nodiscard]] bool is_stalled_after_tick(int ticks_max);

    /// What it waits for is the reply that answer() put off.
    [[nodiscard]] bool awaits_reply() const { return awaits_ == Awaits::reply; }

  private:
    /// What happens next: a request, the reply that was put off, room for the rest of a reply.
    enum class Awaits : std::uint8_t { request, reply, room, nothing };

    void ready(std::uint32_t events) override;
    void settle();
    [[nodiscard]] bool is_between_requests() const;
    void read();
    void make_room();
    void serve_lines();
    [[nodiscard]] bool next_line(std::string_view& line);
    [[nodiscard]] bool line_is_too_long() const;
    void send();

    const std::uint64_t number_;
    Descriptor socket_;
    EventLoop& loop_;
    Host& host_;

    std::vector<char> input_;  // bytes begin_..end_ are unanswered
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t searched_ = 0;  // no end of line in begin_..searched_

    std::string reply_;
    std::size_t sent_ = 0;  // of reply_

    Awaits awaits_ = Awaits::request;
    Awaits watched_for_ = Awaits::nothing;  // what the loop knows
    bool finishing_ = false;                // no more requests
    bool releasing_ = false;                // none after the one it is in
    int ticks_waiting_ = 0;  // for the peer to complete a request, or to read a reply
};

}  // namespace fairlead::backend
