// SPDX-License-Identifier: Apache-2.0
#include "config/admin_reader.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "config/secret_file.h"
#include "config/values.h"

namespace fairlead::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kTokenMin = 16;  // bytes: nobody guesses that many
constexpr std::size_t kTokensMax = 100;
constexpr std::uintmax_t kFileMax = 65536;

bool is_loopback(const IpAddress& address) {
    const auto bytes = address.bytes();
    if (address.is_v4()) return bytes[0] == 127;
    return bytes.back() == 1 &&
           std::all_of(bytes.begin(), bytes.end() - 1, [](auto byte) { return byte == 0; });
}

void read_listen(const Fields& fields, const fs::path& directory, AdminSettings& settings,
                 Findings& findings) {
    const std::string text = fields.text("listen");
    const Cursor* at = fields.find("listen");
    if (text.starts_with(kUnix)) {
        settings.socket = (directory / text.substr(kUnix.size())).lexically_normal();
        if (text.size() == kUnix.size() || settings.socket.native().size() > kSocketPathMax) {
            findings.add(Rule::out_of_range, *at, "the path of a unix socket has 1 to 103 bytes");
        }
        return;
    }
    if (const auto tcp = parse_socket_address(text)) {
        settings.address = tcp->address;
        settings.port = tcp->port;
        return;
    }
    findings.add(Rule::bad_value, *at,
                 in_quotes(text) +
                     " is neither ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080, nor "
                     "unix:PATH");
}

bool is_token(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Nothing for a line without a token.
Result<std::optional<AdminToken>> read_token_line(const std::string& line) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    std::string third;
    words >> first >> second >> third;
    if (first.empty() || first.starts_with('#')) return std::optional<AdminToken>();
    if (!third.empty()) return Error{"has more than a name and a token"};
    AdminToken token{.name = second.empty() ? "token" : first,
                     .secret = second.empty() ? first : second};
    if (!is_valid_name(token.name)) return Error{"has a name with other than letters and digits"};
    if (token.secret.size() < kTokenMin || !is_token(token.secret)) {
        return Error{
            "has a token that is shorter than 16 bytes, or not of visible ASCII; "
            "\"openssl rand -hex 32\" makes a good one"};
    }
    return std::optional(std::move(token));
}

void report_openness(const Fields& fields, const AdminSettings& settings, Findings& findings) {
    if (!settings.socket.empty() || settings.port == 0 || is_loopback(settings.address)) return;
    findings.add(Rule::admin_token, *fields.find("listen"),
                 "others can reach " + settings.address.to_string() +
                     ": name a token_file, or listen on 127.0.0.1 or a unix socket");
}

}  // namespace

std::string AdminSettings::listen_text() const {
    if (!socket.empty()) return std::string(kUnix) + socket.string();
    return to_string(SocketAddress{address, port});
}

Result<std::vector<AdminToken>> read_token_file(const fs::path& file) {
    const SecretFileLimits limits{
        .bytes_max = kFileMax,
        .forbidden = fs::perms::others_all,
        .complaint = "can be read or written by everybody on this machine; run chmod 640"};
    auto tokens = read_secret_file<AdminToken>(file, limits, read_token_line);
    if (!tokens) return tokens;
    if (tokens->empty()) return Error{"has no token in it"};
    if (tokens->size() > kTokensMax) return Error{"has more than 100 tokens"};
    return tokens;
}

std::vector<AdminToken> read_tokens(const Fields& fields, const fs::path& directory,
                                    Findings& findings) {
    const std::string name = fields.text("token_file");
    if (name.empty()) return {};
    const fs::path file = (directory / name).lexically_normal();
    auto tokens = read_token_file(file);
    if (tokens) return *std::move(tokens);
    findings.add(Rule::token_file, *fields.find("token_file"),
                 in_quotes(file.string()) + " " + tokens.error().message);
    return {};
}

AdminSettings read_admin(const Fields& fields, const fs::path& directory, Findings& findings) {
    AdminSettings settings;
    read_listen(fields, directory, settings, findings);
    settings.socket_group = fields.text("socket_group");
    if (fields.find("token_file") == nullptr) report_openness(fields, settings, findings);
    settings.tokens = read_tokens(fields, directory, findings);
    return settings;
}

}  // namespace fairlead::config
