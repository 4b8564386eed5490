// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/api_channel.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/system_error.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "admin/client.h"
#include "base/clock.h"
#include "checks/tls_handshake.h"

namespace fairlead::backend {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using config::PdnsApiSettings;
using Json = nlohmann::json;

constexpr const char* kServer = "/api/v1/servers/localhost";
constexpr std::uint32_t kHeaderMax = 16384;
constexpr std::size_t kBodyMax = 1U << 20U;  // the configuration has 12 KiB

std::string problem_of(const error_code& error) {
    if (error == asio::error::connection_refused) {
        return "connection refused (is pdns_server running, with webserver=yes, api=yes, and its "
               "webserver-address and webserver-port here?)";
    }
    // webserver.cc: who is not allowed gets nothing.
    if (error == http::error::end_of_stream || error == asio::error::connection_reset) {
        return "closed without an answer (is this host in its webserver-allow-from?)";
    }
    if (error == beast::error::timeout)
        return "no answer in time (pdns_server hangs, or has too much to do)";
    return error.message();
}

std::string problem_of(unsigned status) {
    switch (status) {
        case 401:
        case 403:
            return "it refuses the key (is it PowerDNS's api-key that stands in key_file?)";
        case 404:
            return "nothing is there (has PowerDNS api=yes?)";
        default:
            return "status " + std::to_string(status) + " (pdns_server's log may say why)";
    }
}

/// One request and its reply; the first problem ends it.
class Exchange {
  public:
    Exchange(asio::io_context& io, const PdnsApiSettings& settings, const checks::TlsContext& tls,
             http::request<http::empty_body> request)
        : settings_(settings), tls_(tls), request_(std::move(request)), resolver_(io), stream_(io) {
        parser_.header_limit(kHeaderMax);
        parser_.body_limit(kBodyMax);
    }

    void start() {
        error_code error;
        const auto found =
            resolver_.resolve(settings_.server.host, std::to_string(settings_.server.port), error);
        if (error) return fail("its name: " + error.message());
        stream_.expires_after(Channel::kPatience);
        stream_.async_connect(found, [this](const error_code& failed, const auto&) {
            if (failed) return fail(problem_of(failed));
            settings_.server.https ? shake_hands() : write(stream_);
        });
    }

    /// Empty: there is a reply.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] const http::response<http::string_body>& reply() const { return parser_.get(); }

  private:
    void shake_hands() {
        secure_.emplace(std::move(stream_), *tls_);
        checks::async_tls_handshake(*secure_, handshake_, settings_.server.host,
                                    [this](const checks::HandshakeResult& result) {
                                        if (result.failure) return fail(describe(*result.failure));
                                        write(*secure_);
                                    });
    }

    template <typename Stream>
    void write(Stream& stream) {
        http::async_write(stream, request_, [this, &stream](const error_code& error, std::size_t) {
            if (error) return fail(problem_of(error));
            read(stream);
        });
    }

    template <typename Stream>
    void read(Stream& stream) {
        http::async_read(stream, buffer_, parser_, [this](const error_code& error, std::size_t) {
            if (error) return fail(problem_of(error));
            close();
        });
    }

    void fail(std::string problem) {
        problem_ = std::move(problem);
        close();
    }

    void close() { (secure_ ? secure_->next_layer() : stream_).close(); }

    const PdnsApiSettings& settings_;
    const checks::TlsContext tls_;
    const checks::TlsSettings handshake_;
    const http::request<http::empty_body> request_;
    asio::ip::tcp::resolver resolver_;
    beast::tcp_stream stream_;  // until secure_ takes it over
    std::optional<checks::TlsStream> secure_;
    beast::flat_buffer buffer_;
    http::response_parser<http::string_body> parser_;
    std::string problem_;
};

constexpr const char* kNoPowerDns =
    "this is no PowerDNS (do webserver-address and webserver-port of pdns.conf stand in url?)";

const std::string* text_of(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

}  // namespace

ApiChannel::ApiChannel(PdnsApiSettings settings) : settings_(std::move(settings)) {
    if (!settings_.server.https) return;
    auto made = checks::TlsContexts().get(true, settings_.ca_file);
    if (made) {
        tls_ = *std::move(made);
    } else {
        tls_problem_ = made.error().message;
    }
}

Result<std::string> ApiChannel::version() const {
    const auto body = ask("GET", kServer);
    if (!body) return body.error();
    const Json server = Json::parse(*body, nullptr, false);
    const auto* version = text_of(server, "version");
    if (version == nullptr) return failed(kNoPowerDns);
    return Result<std::string>(boost::system::in_place_value, *version);
}

Result<PowerDnsSettings> ApiChannel::settings() const {
    const auto body = ask("GET", std::string(kServer) + "/config");
    if (!body) return body.error();
    const Json list = Json::parse(*body, nullptr, false);
    PowerDnsSettings settings;
    if (list.is_array()) {
        for (const Json& item : list) {
            const auto* name = text_of(item, "name");
            const auto* value = text_of(item, "value");
            if (name != nullptr && value != nullptr) settings.insert_or_assign(*name, *value);
        }
    }
    if (settings.empty()) return failed(kNoPowerDns);
    return settings;
}

Result<void> ApiChannel::purge(const PurgeTargets& targets) const {
    if (targets.everything || targets.names.size() > kFlushesMax) return flush(".");
    const TimePoint late = SteadyClock().now() + kPatience;
    for (const auto& name : targets.names) {
        if (SteadyClock().now() >= late) return flush(".");
        const bool and_below = name.ends_with('$');  // as each is here
        const auto done = flush(and_below ? name.substr(0, name.size() - 1) : name);
        if (!done) return done.error();
    }
    return {};
}

Result<void> ApiChannel::rediscover(std::vector<std::string>& zones) const {
    if (zones.size() > kFlushesMax) {
        return failed("it is not told of more than " + std::to_string(kFlushesMax) + " zones");
    }
    if (zones.empty()) return {};
    const std::string zone = std::move(zones.back());
    zones.pop_back();
    return flush(zone);
}

Result<void> ApiChannel::flush(const std::string& name) const {
    const auto body =
        ask("PUT", std::string(kServer) + "/cache/flush?domain=" + admin::url_encoded(name));
    return body ? Result<void>() : Result<void>(body.error());
}

Result<std::string> ApiChannel::ask(const char* method, const std::string& target) const {
    if (!tls_problem_.empty()) return failed(tls_problem_);
    http::request<http::empty_body> request(http::string_to_verb(method), settings_.path + target,
                                            11);
    request.set(http::field::host, settings_.server.host_header);
    request.set(http::field::user_agent, "fairlead/" FAIRLEAD_VERSION);
    request.set(http::field::accept, "application/json");
    request.set("X-API-Key", settings_.key);
    request.keep_alive(false);
    request.prepare_payload();

    try {
        asio::io_context io;
        Exchange exchange(io, settings_, tls_, std::move(request));
        exchange.start();
        io.run();
        if (!exchange.problem().empty()) return failed(exchange.problem());
        const auto& reply = exchange.reply();
        if (reply.result() != http::status::ok) return failed(problem_of(reply.result_int()));
        return Result<std::string>(boost::system::in_place_value, reply.body());
    } catch (const boost::system::system_error& error) {  // no descriptor is left for it
        return failed(error.code().message());
    }
}

Error ApiChannel::failed(const std::string& problem) const {
    return Error{"PowerDNS's HTTP API " + settings_.url + ": " + problem};
}

}  // namespace fairlead::backend
