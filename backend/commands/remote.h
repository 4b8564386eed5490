// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the commands have in common that talk to a running process (admin/client.h).

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "admin/client.h"
#include "backend/commands/commands.h"
#include "base/result.h"

namespace fairlead::backend {

/// Asks; prints what went wrong as one line on `streams.err`. Nothing when it did: the process
/// could not be reached (exit code kExitCannotStart) or said no (kExitBadConfig); `exit_code` says
/// which. With --json it also goes to `streams.out`, a "no" as the process has it. With `piece` the
/// reply goes on, and comes in pieces (admin::Client::follow()).
[[nodiscard]] std::optional<std::string> ask(const RemoteOptions& remote,
                                             const admin::ClientRequest& request,
                                             const Streams& streams, int& exit_code,
                                             const admin::Client::Piece& piece = {});

/// The same, read as JSON.
[[nodiscard]] std::optional<nlohmann::ordered_json> ask_json(const RemoteOptions& remote,
                                                             const admin::ClientRequest& request,
                                                             const Streams& streams,
                                                             int& exit_code);

/// "fra1,ash1".
[[nodiscard]] std::string comma_list(const std::vector<std::string>& words);

/// Puts the user's list of clients, if there is one, into the body of a request.
[[nodiscard]] Result<void> add_clients(const std::filesystem::path& file,
                                       nlohmann::ordered_json& body);

/// What the process says was wrong, in a reply that refuses.
[[nodiscard]] std::string complaint(const admin::ClientReply& reply);

}  // namespace fairlead::backend
