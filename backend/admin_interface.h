// SPDX-License-Identifier: Apache-2.0
#pragma once

// `admin:` put to work: its socket, and the interface for operators on it.
// Thread rule: control thread.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/api.h"
#include "admin/http_server.h"
#include "backend/protocol/unix_listener.h"
#include "base/log.h"
#include "base/result.h"
#include "config/admin_reader.h"

namespace fairlead::backend {

class AdminInterface {
  public:
    /// Listens from here on. The error says what stands in the way and what to do. All references
    /// must outlive this object.
    [[nodiscard]] static Result<std::unique_ptr<AdminInterface>> open(
        boost::asio::io_context& control, const config::AdminSettings& settings,
        admin::Process& process, Log& log);

    /// Whether it listens where, and is open to whom, these settings say.
    [[nodiscard]] bool listens_as(const config::AdminSettings& settings) const;

    /// After a reload: its tokens hold from here on, and where they differ streams end. REQUIRES:
    /// listens_as(settings).
    void reconfigure(const config::AdminSettings& settings);

  private:
    AdminInterface(admin::Process& process, const config::AdminSettings& settings);

    const std::string listen_;
    const std::string socket_group_;
    std::optional<UnixListener> unix_;  // removes the path at the end
    std::vector<admin::Token> tokens_;
    admin::Api api_;
    std::unique_ptr<admin::HttpServer> server_;
};

}  // namespace fairlead::backend
