// SPDX-License-Identifier: Apache-2.0
#include "checks/http_probe.h"

#include <algorithm>
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "checks/failure.h"
#include "checks/idle_connections.h"
#include "checks/pattern.h"
#include "checks/redirect.h"
#include "checks/stopwatch.h"
#include "checks/tcp_connect.h"
#include "checks/text_search.h"
#include "checks/tls_handshake.h"

namespace fairlead::checks {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

using PlainStream = beast::tcp_stream;

constexpr std::uint32_t kHeaderMax = 16 * 1024;
constexpr std::size_t kBodyPiece = 4096;  // of a body, read at once
constexpr int kRedirectsMax = 5;          // followed by one attempt
constexpr int kInterimRepliesMax = 8;     // 1xx replies before the real one
constexpr char kUserAgent[] = "fairlead/" FAIRLEAD_VERSION " health check";

/// What all attempts of one check share.
struct HttpSettings {
    HttpProbe probe;
    std::uint16_t port = 0;
    milliseconds timeout{0};
    TlsSettings tls;  // of https, also where a redirect leads there
    TlsContext context;
    std::optional<Pattern> pattern;
    JudgeReply judge;

    /// The verdict needs all of the body that counts.
    [[nodiscard]] bool need_body() const { return pattern || judge; }
};

/// One request of an attempt; there are more when redirects are followed.
struct Visit {
    IpAddress address;
    Resource resource;
    std::chrono::steady_clock::time_point deadline;  // of the whole attempt
    Stopwatch stopwatch{};                           // since its beginning
    int redirects = 0;
    bool may_reuse = false;  // a connection that was kept
};

using Request = http::request<http::empty_body>;

void start_visit(const asio::any_io_executor& executor, const HttpSettings& settings, Visit visit,
                 Probe::Done done);

std::string host_header(const HttpSettings& settings, const IpAddress& address) {
    if (!settings.probe.host.empty()) return settings.probe.host;
    const std::string text = address.to_string();
    const std::string host = address.is_v4() ? text : '[' + text + ']';
    const bool usual = settings.port == (settings.probe.tls ? 443 : 80);
    return usual ? host : host + ':' + std::to_string(settings.port);
}

Request make_request(const HttpSettings& settings, const Resource& resource) {
    Request request;
    request.version(11);
    request.method_string(resource.method);
    request.target(resource.path);
    request.set(http::field::host, resource.host);
    request.set(http::field::user_agent, kUserAgent);
    request.set(http::field::accept, "*/*");
    request.keep_alive(settings.probe.keep_alive);
    for (const auto& [name, value] : settings.probe.headers)
        request.set(name, value);
    return request;
}

/// One visit: connect, TLS, request, header, body; or request, header, body on a connection that
/// was kept. Each step starts the next or finishes. Kept alive by its pending operation.
template <typename Stream>
class Exchange : public std::enable_shared_from_this<Exchange<Stream>> {
    static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  public:
    using Connection = KeptConnection<Stream>;

    Exchange(const HttpSettings& settings, Visit visit, Connection connection, bool reused,
             Probe::Done done)
        : settings_(settings),
          visit_(std::move(visit)),
          connection_(std::move(connection)),
          reused_(reused),
          done_(std::move(done)) {}

    void run() {
        auto& tcp = beast::get_lowest_layer(stream_);
        tcp.expires_at(visit_.deadline);  // for all steps
        if (reused_) return send();
        async_tcp_connect(tcp, visit_.address, visit_.resource.port,
                          [self = this->shared_from_this()](ConnectFailure failure) {
                              self->on_connect(std::move(failure));
                          });
    }

  private:
    void on_connect(ConnectFailure failure) {
        if (failure) return finish(std::move(*failure));
        if constexpr (kTls) {
            handshake();
        } else {
            send();
        }
    }

    void handshake() {
        const std::string host = settings_.probe.host.empty() ? "" : visit_.resource.host;
        const auto peer = expected_peer(settings_.tls.sni, host, visit_.address);
        async_tls_handshake(stream_, settings_.tls, peer,
                            [self = this->shared_from_this()](HandshakeResult result) {
                                self->on_handshake(std::move(result));
                            });
    }

    void on_handshake(HandshakeResult result) {
        connection_.certificate_days_left = result.certificate_days_left;
        if (result.failure) return finish(*std::move(result.failure));
        send();
    }

    void send() {
        request_ = make_request(settings_, visit_.resource);
        http::async_write(stream_, request_, next(&Exchange::on_sent));
    }

    void on_sent(const error_code& error, std::size_t /*bytes*/) {
        if (error) return no_reply(error);
        read_header();
    }

    /// Its server may have closed a connection that was kept, at any moment: that says nothing yet.
    void no_reply(const error_code& error) {
        if (!reused_ || error == beast::error::timeout) {
            return finish(failure_at(Layer::http, error));
        }
        visit_.may_reuse = false;
        start_visit(executor(), settings_, visit_, done_);
    }

    void read_header() {
        parser_.emplace();
        parser_->header_limit(kHeaderMax);
        parser_->body_limit(boost::none);  // a long body is no fault: reading ends at max_body
        parser_->skip(visit_.resource.method == "HEAD");
        http::async_read_header(stream_, buffer_, *parser_, next(&Exchange::on_header));
    }

    void on_header(const error_code& error, std::size_t /*bytes*/) {
        if (error && !parser_->got_some()) return no_reply(error);
        if (error) return finish(failure_at(Layer::http, error));
        const unsigned status = parser_->get().result_int();
        if (status / 100 == 1 && status != 101) return skip_interim_reply();
        status_line_ = status_line();
        const auto location = parser_->get()[http::field::location];
        if (settings_.probe.follow_redirects && is_redirect(status) && !location.empty()) {
            return redirect(status, {location.data(), location.size()});
        }
        const bool accepted =
            std::ranges::any_of(settings_.probe.status, [status](const StatusRange& range) {
                return range.first <= status && status <= range.last;
            });
        if (!accepted) return fail(Layer::http, Failure::status, status_line_);
        if (text_found_ && !settings_.need_body()) return succeed();
        read_body();
    }

    void redirect(unsigned status, std::string_view location) {
        if (visit_.redirects == kRedirectsMax) {
            return fail(Layer::http, Failure::redirect,
                        "more than " + std::to_string(kRedirectsMax) + " in a row, the last to " +
                            printable(location));
        }
        auto next = redirected(visit_.resource, visit_.address, status, location);
        if (!next) return fail(Layer::http, Failure::redirect, next.error().message);
        visit_.resource = *std::move(next);
        visit_.may_reuse = false;
        ++visit_.redirects;
        start_visit(executor(), settings_, visit_, done_);
    }

    /// "103 Early Hints" and the like (RFC 9110 section 15.2): the reply proper follows.
    void skip_interim_reply() {
        if (++interim_replies_ > kInterimRepliesMax) {
            return fail(Layer::http, Failure::protocol, "too many interim replies");
        }
        read_header();
    }

    void read_body() {
        if (parser_->is_done() || body_.room() == 0) return end_of_body();
        auto& body = parser_->get().body();
        body.data = piece_.data();
        body.size = asked_ = std::min(body_.room(), piece_.size());
        http::async_read_some(stream_, buffer_, *parser_, next(&Exchange::on_body));
    }

    void on_body(const error_code& error, std::size_t /*bytes*/) {
        text_found_ = body_.append({piece_.data(), asked_ - parser_->get().body().size});
        if (text_found_ && !settings_.need_body()) return succeed();
        if (ends_body(error)) return end_of_body();
        if (error && error != http::error::need_buffer) {
            return finish(failure_at(Layer::http, error));
        }
        read_body();
    }

    /// Where the end of the connection is the end of the body, many servers just close, without
    /// the closing alert of TLS.
    bool ends_body(const error_code& error) const {
        return error == asio::ssl::error::stream_truncated && parser_->need_eof();
    }

    /// A pattern is held against all that counts at once: what it takes may depend on the end.
    void end_of_body() {
        if (settings_.judge) {
            return finish(settings_.judge(parser_->get().result_int(), body_.text()));
        }
        if (!text_found_) return not_found("text");
        if (settings_.pattern && !settings_.pattern->occurs_in(body_.text())) {
            return not_found("pattern");
        }
        succeed();
    }

    void not_found(const std::string& what) {
        fail(Layer::http, Failure::body,
             what + " not found in " + std::to_string(body_.text().size()) + " bytes");
    }

    std::string status_line() const {
        const auto& reply = parser_->get();
        const auto reason =
            reply.reason().empty() ? http::obsolete_reason(reply.result()) : reply.reason();
        return printable(std::to_string(reply.result_int()) + ' ' + std::string(reason));
    }

    void succeed() {
        if (!settings_.probe.keep_alive || visit_.redirects > 0 || !parser_->keep_alive()) {
            return finish_well();
        }
        drain();
    }

    /// Reads what is left of the reply, so that the connection can serve the next probe. The
    /// verdict stands; a body of more than another `max_body` bytes is not worth it.
    void drain() {
        if (parser_->is_done() && buffer_.size() == 0) {
            keep_connection();
            return finish_well();
        }
        if (parser_->is_done() || drained_ > settings_.probe.max_body) return finish_well();
        parser_->get().body().data = piece_.data();
        parser_->get().body().size = piece_.size();
        http::async_read_some(stream_, buffer_, *parser_, next(&Exchange::on_drained));
    }

    void on_drained(const error_code& error, std::size_t bytes) {
        if (error && error != http::error::need_buffer) return finish_well();
        drained_ += bytes;
        drain();
    }

    void keep_connection() {
        beast::get_lowest_layer(connection_.stream).expires_never();
        IdleConnections<Stream>::of(executor())
            .keep(&settings_, visit_.address, std::move(connection_),
                  std::chrono::steady_clock::now());
    }

    void finish_well() {
        finish({.layer = Layer::http, .failure = Failure::none, .detail = status_line_});
    }

    void fail(Layer layer, Failure failure, const std::string& detail) {
        finish({.layer = layer, .failure = failure, .detail = detail});
    }

    void finish(Outcome outcome) {
        outcome.duration = visit_.stopwatch.elapsed();
        outcome.certificate_days_left = connection_.certificate_days_left;
        done_(std::move(outcome));
    }

    asio::any_io_executor executor() { return stream_.get_executor(); }

    /// A handler that calls `step` and keeps this alive until then.
    template <typename Step>
    auto next(Step step) {
        return beast::bind_front_handler(step, this->shared_from_this());
    }

    const HttpSettings& settings_;
    Visit visit_;
    Connection connection_;
    Stream& stream_ = connection_.stream;
    const bool reused_;
    const Probe::Done done_;
    Request request_;
    // Header and the piece of body that came with it.
    beast::flat_buffer buffer_{kHeaderMax + kBodyPiece};
    std::optional<http::response_parser<http::buffer_body>> parser_;
    int interim_replies_ = 0;
    std::string status_line_;
    std::array<char, kBodyPiece> piece_{};
    std::size_t asked_ = 0;    // bytes of piece_ that the running read may fill
    std::size_t drained_ = 0;  // bytes read since the verdict
    bool text_found_ = settings_.probe.body_contains.empty();
    TextSearch body_{settings_.probe.body_contains, settings_.probe.max_body};
};

template <typename Stream>
KeptConnection<Stream> new_connection(const asio::any_io_executor& executor,
                                      const HttpSettings& settings) {
    const auto now = std::chrono::steady_clock::now();
    if constexpr (std::is_same_v<Stream, TlsStream>) {
        return {TlsStream(PlainStream(executor), *settings.context), now, std::nullopt};
    } else {
        return {PlainStream(executor), now, std::nullopt};
    }
}

template <typename Stream>
void start_exchange(const asio::any_io_executor& executor, const HttpSettings& settings,
                    Visit visit, Probe::Done done) {
    auto kept = visit.may_reuse
                    ? IdleConnections<Stream>::of(executor).take(&settings, visit.address)
                    : std::nullopt;
    const bool reused = kept.has_value();
    auto connection = reused ? *std::move(kept) : new_connection<Stream>(executor, settings);
    std::make_shared<Exchange<Stream>>(settings, std::move(visit), std::move(connection), reused,
                                       std::move(done))
        ->run();
}

void start_visit(const asio::any_io_executor& executor, const HttpSettings& settings, Visit visit,
                 Probe::Done done) {
    if (visit.resource.tls) {
        start_exchange<TlsStream>(executor, settings, std::move(visit), std::move(done));
    } else {
        start_exchange<PlainStream>(executor, settings, std::move(visit), std::move(done));
    }
}

class HttpProber final : public Probe {
  public:
    explicit HttpProber(HttpSettings settings) : settings_(std::move(settings)) {}

    void start(asio::io_context& io, const IpAddress& address, Done done) const override {
        const auto deadline = std::chrono::steady_clock::now() + settings_.timeout;
        start_visit(io.get_executor(), settings_,
                    Visit{.address = address,
                          .resource = first(address),
                          .deadline = deadline,
                          .may_reuse = settings_.probe.keep_alive},
                    std::move(done));
    }

  private:
    Resource first(const IpAddress& address) const {
        return {.tls = settings_.probe.tls.has_value(),
                .port = settings_.port,
                .host = host_header(settings_, address),
                .method = settings_.probe.method,
                .path = settings_.probe.path};
    }

    const HttpSettings settings_;
};

}  // namespace

Result<std::unique_ptr<const Probe>> make_http_probe(const HealthCheck& check, TlsContext tls,
                                                     JudgeReply judge) {
    const auto& probe = std::get<HttpProbe>(check.probe);
    HttpSettings settings{.probe = probe,
                          .port = check.port,
                          .timeout = check.timeout,
                          .tls = probe.tls.value_or(TlsSettings{}),
                          .context = std::move(tls),
                          .pattern = {},
                          .judge = std::move(judge)};
    if (!probe.body_regex.empty()) {
        auto pattern = Pattern::compile(probe.body_regex, probe.max_body);
        if (!pattern) return Error{"body_regex: " + pattern.error().message};
        settings.pattern = *std::move(pattern);
    }
    return std::unique_ptr<const Probe>(std::make_unique<HttpProber>(std::move(settings)));
}

}  // namespace fairlead::checks
