// SPDX-License-Identifier: Apache-2.0
#include "backend/admin_interface.h"

#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <utility>
#include <vector>

namespace fairlead::backend {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

std::vector<admin::Token> tokens_of(const std::vector<config::AdminToken>& tokens) {
    std::vector<admin::Token> list;
    list.reserve(tokens.size());
    for (const auto& [name, secret] : tokens)
        list.push_back({.name = name, .secret = secret});
    return list;
}

admin::Api::HeartbeatTokens heartbeat_tokens_of(const config::AdminSettings& settings) {
    admin::Api::HeartbeatTokens tokens;
    for (const auto& [check, list] : settings.heartbeat_tokens)
        tokens.emplace(check, tokens_of(list));
    return tokens;
}

Error cannot_listen(const config::AdminSettings& settings, const error_code& error) {
    const std::string where = "cannot listen on " + settings.listen_text() + ": ";
    if (error == asio::error::address_in_use) {
        return Error{where + "another process does; stop it, or choose another admin.listen"};
    }
    return Error{where + error.message() + "; see admin.listen"};
}

/// A listening descriptor, the caller's.
Result<int> listen_on(asio::io_context& control, const config::AdminSettings& settings) {
    error_code error;
    const auto address = asio::ip::make_address(settings.address.to_string(), error);
    const asio::ip::tcp::endpoint endpoint(address, settings.port);
    asio::ip::tcp::acceptor acceptor(control);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return cannot_listen(settings, error);
    return acceptor.release();
}

}  // namespace

AdminInterface::AdminInterface(admin::Process& process, const config::AdminSettings& settings)
    : listen_(settings.listen_text()),
      socket_group_(settings.socket_group),
      tokens_(tokens_of(settings.tokens)),
      api_(process, tokens_, heartbeat_tokens_of(settings)) {}

Result<std::unique_ptr<AdminInterface>> AdminInterface::open(asio::io_context& control,
                                                             const config::AdminSettings& settings,
                                                             admin::Process& process, Log& log) {
    auto made = std::unique_ptr<AdminInterface>(new AdminInterface(process, settings));
    int descriptor = -1;
    if (settings.socket.empty()) {
        const auto listening = listen_on(control, settings);
        if (!listening) return listening.error();
        descriptor = *listening;
    } else {
        auto listener = UnixListener::open({.path = settings.socket,
                                            .group = settings.socket_group,
                                            .mode = settings.socket_group.empty() ? 0600U : 0660U});
        if (!listener) return listener.error();
        made->unix_.emplace(std::move(*listener));
        descriptor = ::dup(made->unix_->descriptor());
    }
    made->server_ = std::make_unique<admin::HttpServer>(
        control, descriptor,
        [api = &made->api_](const admin::HttpRequest& request, const admin::Api::Done& done) {
            api->answer(request, done);
        },
        log);
    log.info("operators are served on " + settings.listen_text() +
             (settings.tokens.empty() ? ", without tokens" : ""));
    return made;
}

bool AdminInterface::listens_as(const config::AdminSettings& settings) const {
    return settings.listen_text() == listen_ && settings.socket_group == socket_group_;
}

void AdminInterface::reconfigure(const config::AdminSettings& settings) {
    api_.replace_heartbeat_tokens(heartbeat_tokens_of(settings));
    auto tokens = tokens_of(settings.tokens);
    if (tokens == tokens_) return;
    tokens_ = std::move(tokens);
    api_.replace_tokens(tokens_);
    server_->end_streams();
}

}  // namespace fairlead::backend
