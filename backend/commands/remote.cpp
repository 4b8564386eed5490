// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/remote.h"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "backend/daemon.h"

namespace fairlead::backend {
namespace {

using Json = nlohmann::ordered_json;

/// Findings of a reload, beside what it said.
void print_findings(const admin::ClientReply& reply, std::ostream& err) {
    const auto json = Json::parse(reply.body, nullptr, false);
    if (!json.is_object() || !json.contains("findings")) return;
    for (const auto& finding : json["findings"])
        err << finding.value("text", "") << '\n';
}

/// For machines: what this side says, as the process would.
void print_error(const std::string& message, std::ostream& out) {
    out << Json{{"error", message}}.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

/// For machines: what the process says, as it says it.
void print_refusal(const admin::ClientReply& reply, std::ostream& out) {
    const auto json = Json::parse(reply.body, nullptr, false);
    if (json.is_object()) out << json.dump(2) << '\n';
}

}  // namespace

std::string complaint(const admin::ClientReply& reply) {
    const auto json = Json::parse(reply.body, nullptr, false);
    if (json.is_object() && json.contains("error") && json["error"].is_string()) {
        return json["error"].get<std::string>();
    }
    return "HTTP status " + std::to_string(reply.status);
}

std::string comma_list(const std::vector<std::string>& words) {
    std::string list;
    for (const auto& word : words)
        list += (list.empty() ? "" : ",") + word;
    return list;
}

Result<void> add_clients(const std::filesystem::path& file, nlohmann::ordered_json& body) {
    if (file.empty()) return {};
    std::ifstream in(file);
    if (!in) return Error{file.string() + ": cannot be read"};
    body["clients"] = std::string(std::istreambuf_iterator<char>(in), {});
    return {};
}

std::optional<std::string> ask(const RemoteOptions& remote, const admin::ClientRequest& request,
                               const Streams& streams, int& exit_code,
                               const admin::Client::Piece& piece) {
    exit_code = kExitClean;
    const auto failed = [&](const Error& error, int code) {
        // A stream that breaks has had its lines.
        if (remote.json && !piece) print_error(error.message, streams.out);
        streams.err << "fairlead: " << error.message << '\n';
        exit_code = code;
        return std::nullopt;
    };
    const auto client = admin::Client::create(remote.server, remote.token_file);
    if (!client) return failed(client.error(), kExitBadConfig);
    auto reply = piece ? client->follow(request, piece) : client->ask(request);
    if (!reply) return failed(reply.error(), kExitCannotStart);
    if (reply->status >= 400) {
        remote.json ? print_refusal(*reply, streams.out) : print_findings(*reply, streams.err);
        streams.err << "fairlead: " << complaint(*reply)
                    << (reply->status == 401 ? "; see --token-file" : "") << '\n';
        exit_code = kExitBadConfig;
        return std::nullopt;
    }
    return std::move(reply->body);
}

std::optional<Json> ask_json(const RemoteOptions& remote, const admin::ClientRequest& request,
                             const Streams& streams, int& exit_code) {
    const auto body = ask(remote, request, streams, exit_code);
    if (!body) return std::nullopt;
    auto json = Json::parse(*body, nullptr, false);
    if (json.is_object()) return json;
    streams.err << "fairlead: what answers at " << remote.server << " is not fairlead\n";
    exit_code = kExitCannotStart;
    return std::nullopt;
}

}  // namespace fairlead::backend
