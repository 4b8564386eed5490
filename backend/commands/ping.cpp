// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <ostream>
#include <stdexcept>
#include <string>

#include "backend/commands/commands.h"
#include "backend/commands/refusal.h"
#include "backend/daemon.h"
#include "base/duration.h"
#include "base/result.h"

namespace fairlead::backend {
namespace {

using Socket = boost::asio::local::stream_protocol;
using boost::system::error_code;

/// What PowerDNS asks first on each connection, and what it gets.
constexpr const char* kQuestion = R"({"method":"initialize","parameters":{}})";
constexpr const char* kReply = R"({"result":true})";

std::string why(const error_code& error, const std::string& timeout) {
    namespace is = boost::asio::error;
    if (error == is::operation_aborted || error == is::timed_out) return "no answer in " + timeout;
    if (error == is::try_again) return "it accepts no connections";  // the listen queue is full
    if (error == is::connection_refused) return "nobody listens";
    return error.message();
}

Result<void> ask(const PingOptions& options, std::chrono::milliseconds timeout) {
    Socket::endpoint address;
    try {
        address.path(options.socket);
    } catch (const std::exception&) {
        return Error{"the path is too long"};
    }
    Socket::iostream stream;
    stream.expires_after(timeout);
    stream.connect(address);
    std::string reply;
    if (stream) stream << kQuestion << std::endl;
    if (std::getline(stream, reply)) {
        return reply == kReply ? Result<void>() : Error{"what answers is not fairlead"};
    }
    return Error{why(stream.error(), options.timeout)};
}

}  // namespace

int ping(const PingOptions& options, const Streams& streams) {
    const auto timeout = parse_duration(options.timeout);
    if (!timeout || *timeout <= std::chrono::milliseconds(0)) {
        return refuse("ping",
                      "--timeout: \"" + options.timeout + "\" is no duration such as 500ms or 2s",
                      streams);
    }
    const auto begun = std::chrono::steady_clock::now();
    if (const auto answered = ask(options, *timeout); !answered) {
        streams.err << "fairlead ping: " << options.socket << ": " << answered.error().message
                    << '\n';
        return kExitCannotStart;
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
    streams.out << options.socket << ": answered in " << took.count() << " ms\n";
    return kExitClean;
}

}  // namespace fairlead::backend
