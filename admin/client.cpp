// SPDX-License-Identifier: Apache-2.0
#include "admin/client.h"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>
#include <fstream>
#include <sstream>
#include <vector>

namespace fairlead::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Protocol = asio::generic::stream_protocol;
using boost::system::error_code;

constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kBodyMax = std::size_t{256} << 20U;

/// The last word of the first line that has one: "NAME TOKEN" or "TOKEN".
Result<std::string> first_token(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) return Error{"cannot read the token file " + file.string()};
    std::string line;
    while (std::getline(in, line)) {
        std::istringstream words(line);
        std::string token;
        if (!(words >> token) || token.starts_with('#')) continue;
        for (std::string more; words >> more;)
            token = more;
        return Result<std::string>(boost::system::in_place_value, std::move(token));
    }
    return Error{"there is no token in " + file.string()};
}

/// One exchange, step by step; the first error ends it.
class Exchange {
  public:
    Exchange(std::vector<Protocol::endpoint> addresses, http::request<http::string_body> request,
             asio::io_context& context, Client::Piece piece, std::chrono::milliseconds timeout)
        : timeout_(timeout),
          addresses_(std::move(addresses)),
          request_(std::move(request)),
          piece_(std::move(piece)),
          stream_(context) {
        if (piece_) {
            parser_.body_limit(boost::none);  // handed over as it comes
        } else {
            parser_.body_limit(kBodyMax);
        }
    }

    void start() {
        stream_.expires_after(timeout_);
        connect();
    }

    [[nodiscard]] const error_code& error() const { return error_; }
    [[nodiscard]] bool has_begun() const { return parser_.is_header_done(); }
    [[nodiscard]] const http::response<http::string_body>& reply() const { return parser_.get(); }

  private:
    void connect() {
        if (next_ == addresses_.size()) return;
        stream_.async_connect(addresses_[next_++], [this](const error_code& error) {
            error_ = error;
            error ? connect() : write();
        });
    }

    void write() {
        http::async_write(stream_, request_, [this](const error_code& error, std::size_t) {
            error_ = error;
            if (!error) piece_ ? read_header() : read();
        });
    }

    void read() {
        http::async_read(stream_, buffer_, parser_, [this](const error_code& error, std::size_t) {
            error_ = error;
            stream_.close();
        });
    }

    void read_header() {
        http::async_read_header(stream_, buffer_, parser_,
                                [this](const error_code& error, std::size_t) {
                                    error_ = error;
                                    if (error) return;
                                    parser_.get().result_int() < 300 ? read_piece() : read();
                                });
    }

    void read_piece() {
        stream_.expires_after(kStreamSilence);
        http::async_read_some(stream_, buffer_, parser_,
                              [this](const error_code& error, std::size_t) {
                                  error_ = error;
                                  auto& text = parser_.get().body();
                                  if (!text.empty()) piece_(text);
                                  text.clear();
                                  error || parser_.is_done() ? stream_.close() : read_piece();
                              });
    }

    const std::chrono::milliseconds timeout_;
    std::vector<Protocol::endpoint> addresses_;
    std::size_t next_ = 0;
    http::request<http::string_body> request_;
    Client::Piece piece_;  // empty: the reply is read to its end
    beast::basic_stream<Protocol> stream_;
    beast::flat_buffer buffer_;
    http::response_parser<http::string_body> parser_;
    error_code error_;
};

std::vector<Protocol::endpoint> addresses_of(const std::string& host, const std::string& port,
                                             asio::io_context& context, error_code& error) {
    std::vector<Protocol::endpoint> addresses;
    asio::ip::tcp::resolver resolver(context);
    for (const auto& found : resolver.resolve(host, port, error))
        addresses.emplace_back(found.endpoint());
    return addresses;
}

Error unreachable(const std::string& server, const error_code& error) {
    std::string why = error.message();
    if (error == asio::error::connection_refused) why = "connection refused";
    if (error == beast::error::timeout) why = "no answer in time";
    const bool absent = error == asio::error::connection_refused ||
                        error == make_error_code(boost::system::errc::no_such_file_or_directory);
    return Error{"cannot reach " + server + ": " + why +
                 (absent ? "; is fairlead running, and is admin.listen set?" : "")};
}

}  // namespace

Result<Client> Client::create(const std::string& server, const std::filesystem::path& token_file) {
    Client client;
    client.server_ = server;
    if (server.starts_with(kUnix)) {
        client.socket_ = server.substr(kUnix.size());
    } else {
        const auto url = boost::urls::parse_uri(server);
        if (!url || url->scheme() != "http" || url->host().empty()) {
            return Error{"\"" + server + "\" is neither http://HOST:PORT nor unix:PATH"};
        }
        client.host_ = url->host_address();
        client.port_ = url->has_port() ? std::string(url->port()) : "80";
    }
    if (!token_file.empty()) {
        auto token = first_token(token_file);
        if (!token) return token.error();
        client.token_ = *std::move(token);
    }
    return Result<Client>(boost::system::in_place_value, std::move(client));
}

Result<ClientReply> Client::ask(const ClientRequest& request) const {
    return exchange(request, {});
}

Result<ClientReply> Client::follow(const ClientRequest& request, const Piece& piece) const {
    return exchange(request, piece);
}

Result<ClientReply> Client::exchange(const ClientRequest& request, const Piece& piece) const {
    asio::io_context context;
    error_code error;
    std::vector<Protocol::endpoint> addresses;
    if (socket_.empty()) {
        addresses = addresses_of(host_, port_, context, error);
        if (error) return unreachable(server_, error);
    } else {
        if (socket_.size() > 107) return Error{"the path of " + server_ + " is too long"};
        addresses.emplace_back(asio::local::stream_protocol::endpoint(socket_));
    }
    http::request<http::string_body> message(http::string_to_verb(request.method), request.target,
                                             11);
    const bool is_v6 = host_.find(':') != std::string::npos;
    message.set(http::field::host,
                socket_.empty() ? (is_v6 ? "[" + host_ + "]" : host_) + ":" + port_ : "localhost");
    message.set(http::field::user_agent, "fairlead/" FAIRLEAD_VERSION);
    message.set(http::field::accept, request.accept);
    message.keep_alive(false);
    if (!token_.empty()) message.set(http::field::authorization, "Bearer " + token_);
    if (!request.body.empty()) message.set(http::field::content_type, "application/json");
    message.body() = request.body;
    message.prepare_payload();

    Exchange talk(std::move(addresses), std::move(message), context, piece, request.timeout);
    talk.start();
    context.run();
    const auto status = talk.reply().result_int();
    if (talk.error() && piece && talk.has_begun()) {
        return Error{"the connection to " + server_ + " has ended: " + talk.error().message()};
    }
    if (talk.error()) return unreachable(server_, talk.error());
    return ClientReply{.status = status, .body = talk.reply().body()};
}

std::string url_encoded(std::string_view text) {
    return boost::urls::encode(text, boost::urls::unreserved_chars);
}

}  // namespace fairlead::admin
