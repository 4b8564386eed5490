// SPDX-License-Identifier: Apache-2.0
#pragma once

// Two processes, one place: a running fairlead gives its sockets and what it knows to its
// successor, and PowerDNS sees neither the end of the one nor the start of the other.
//
//     successor                       running process
//     request "2"                ->   stops changing anything, finishes requests under way
//                                <-   "L" with the listener, "C" with connections, as often as it
//                                     takes, "S", 9 digits, so many bytes of state (state_file.h)
//     "R": I could serve now     ->
//                                <-   "Y": they are yours
//     serves                          saves its state, ends, and with it the connection
//
// Until "Y" the running process has all it needs to go on, and does so if the successor dies, says
// no, or takes too long: it closes the connection, and the successor, without "Y", ends. After "Y"
// it never does. So there is never a moment with two processes that read from one connection.
//
// The socket is server.socket with ".handover" behind it, mode 0600; whoever connects must be the
// same user, or root.
//
// Thread rule: control thread; members of these classes wait for the other process.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/protocol/repeated_warning.h"
#include "backend/protocol/server.h"
#include "backend/protocol/unix_listener.h"
#include "base/descriptor.h"
#include "base/log.h"
#include "base/result.h"

namespace fairlead::backend {

/// From the request to "Y". PowerDNS waits meanwhile, 2 s as it comes, 1 s with
/// pdns-conf/pdns.conf; usually it is a few milliseconds, and seconds only for configurations far
/// beyond usual.
inline constexpr std::chrono::milliseconds kHandoverWait{2000};

[[nodiscard]] std::filesystem::path handover_path(const std::filesystem::path& socket);

/// Who asks the running process for its place.
class Successor {
  public:
    explicit Successor(Descriptor connection) : connection_(std::move(connection)) {}

    /// Gives it copies of the sockets and `state`, and waits until it could serve. The error says
    /// why it does not: everything is as before, and the connection is to be closed.
    [[nodiscard]] Result<void> offer(const Sockets& sockets, std::string_view state);

    /// After offer(): it serves from here on, unless this fails, when it has gone.
    [[nodiscard]] Result<void> commit();

  private:
    Descriptor connection_;
};

/// Where a running process can be asked for its place.
class HandoverSocket {
  public:
    /// Called on the control thread. To be kept until the very end by a process that has given its
    /// place away: the end of the connection is the news of its end.
    using Asked = std::function<void(std::unique_ptr<Successor> successor)>;

    /// The error says what stands in the way. `control` and `log` must outlive this object.
    [[nodiscard]] static Result<std::unique_ptr<HandoverSocket>> open(
        boost::asio::io_context& control, const std::filesystem::path& socket, Asked asked,
        Log& log);

  private:
    HandoverSocket(boost::asio::io_context& control, UnixListener listener, Asked asked, Log& log);
    void wait();
    void accept();
    void pause();
    void talk_to(Descriptor connection);

    UnixListener listener_;
    boost::asio::posix::stream_descriptor waiting_;  // a copy of its descriptor
    boost::asio::steady_timer retry_;
    const Asked asked_;
    Log& log_;
    RepeatedWarning failed_accepts_;
};

/// The running process, as its successor sees it.
class Predecessor {
  public:
    /// Nothing: nobody is there to be succeeded.
    [[nodiscard]] static std::optional<Predecessor> find(const std::filesystem::path& socket);

    /// What it gives.
    struct Estate {
        Descriptor listener{};
        std::vector<Descriptor> connections{};
        std::string state{};  // as in a state file
    };
    /// Asks for its place. It waits from here on, so that what follows should be quick.
    [[nodiscard]] Result<Estate> ask();

    /// After ask(): takes its place. The error says that it has not been given away.
    [[nodiscard]] Result<void> take_place();

    /// Asks for nothing any more. After take_place(): waits until the process has ended, and its
    /// files are whole and closed. False: it has not within `wait`. After an error: it has ended,
    /// or goes on, when find() finds it.
    [[nodiscard]] bool wait_until_gone(std::chrono::milliseconds wait);

  private:
    explicit Predecessor(Descriptor connection) : connection_(std::move(connection)) {}

    Descriptor connection_;
};

}  // namespace fairlead::backend
