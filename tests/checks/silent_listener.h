// SPDX-License-Identifier: Apache-2.0
#pragma once

// A port that drops what comes: its queue of connections is full, so the kernel lets every further
// SYN fall. A port whose kernel accepts while nobody reads. And a port where nobody listens.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <vector>

namespace fairlead::test {

class SilentListener {
  public:
    SilentListener() {
        using boost::asio::ip::tcp;
        acceptor_.open(tcp::v4());
        acceptor_.bind({boost::asio::ip::address_v4::loopback(), 0});
        acceptor_.listen(0);
        for (int i = 0; i < 4; ++i) {
            auto& socket = waiting_.emplace_back(io_, tcp::v4());
            socket.native_non_blocking(true);
            const auto target = acceptor_.local_endpoint();
            // Asio's own connect() would wait for an answer.
            const int in_progress = ::connect(socket.native_handle(), target.data(),
                                              static_cast<socklen_t>(target.size()));
            static_cast<void>(in_progress);
        }
    }

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  private:
    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_{io_};
    std::vector<boost::asio::ip::tcp::socket> waiting_;
};

/// Connections are established and nothing is ever read from them.
class DeafListener {
  public:
    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  private:
    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
};

/// Bound and not listening, so that nobody else gets the port meanwhile.
class RefusingPort {
  public:
    RefusingPort() : socket_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {}
    [[nodiscard]] std::uint16_t port() const { return socket_.local_endpoint().port(); }

  private:
    boost::asio::io_context io_;
    boost::asio::ip::tcp::socket socket_;
};

}  // namespace fairlead::test
