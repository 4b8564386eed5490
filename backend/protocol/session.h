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

#include <boost/asio/local/stream_protocol.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::backend {

/// The longest request, its end of line included. A lookup of the longest name with every byte
/// escaped has some 3 kB. PowerDNS's longest requests store record sets, which this backend refuses
/// anyway: by this limit, if they are long enough.
inline constexpr std::size_t kLineMax = 65536;

class Session : public std::enable_shared_from_this<Session> {
  public:
    using Socket = boost::asio::local::stream_protocol::socket;

    /// What a session needs of its worker, which outlives it.
    class Host {
      public:
        /// Appends the reply to `line` to `reply`: exactly one line. Or returns false, leaves
        /// `reply` as it is, and calls `session.reply_later()` once, on this thread.
        [[nodiscard]] virtual bool answer(Session& session, std::string_view line,
                                          std::string& reply) = 0;
        /// Appends the reply to a line longer than kLineMax, of which `start` is the beginning.
        virtual void refuse_long_line(std::string_view start, std::string& reply) = 0;
        /// The connection is closed; called once.
        virtual void ended(Session& session) = 0;

      protected:
        ~Host() = default;
    };

    Session(Socket socket, Host& host);

    void start();

    /// One more tick has passed. True when the peer has left a request or a reply half-way for
    /// `ticks_max` ticks.
    [[nodiscard]] bool is_stalled_after_tick(int ticks_max);

    /// The reply that answer() put off. Nothing happens when the session has ended meanwhile.
    void reply_later(std::string_view reply);

    /// Closes the connection, after the reply that is being made or written if there is one.
    void finish();

    /// Closes the connection now.
    void end();

  private:
    void read();
    void make_room();
    void serve_lines();
    [[nodiscard]] bool next_line(std::string_view& line);
    [[nodiscard]] bool line_is_too_long() const;
    [[nodiscard]] bool send();
    void send_rest(std::size_t sent);
    void drop_large_reply();

    Socket socket_;
    Host& host_;

    std::vector<char> input_;  // bytes begin_..end_ are unanswered
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t searched_ = 0;  // no end of line in begin_..searched_

    std::string reply_;
    bool writing_ = false;
    bool put_off_ = false;    // the reply comes later
    bool finishing_ = false;  // no more requests
    bool ended_ = false;
    int ticks_waiting_ = 0;  // for the peer to complete a request, or to read a reply
};

}  // namespace fairlead::backend
