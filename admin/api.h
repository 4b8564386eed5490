// SPDX-License-Identifier: Apache-2.0
#pragma once

// The resources of the HTTP interface: which paths there are, what each takes and gives.
// docs/openapi.yaml describes them; a test holds it against routes().
//
// Thread rule: control thread.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "admin/access.h"
#include "admin/http_server.h"
#include "admin/process.h"

namespace fairlead::admin {

class Api {
  public:
    using Done = std::function<void(HttpReply)>;
    /// By the name of the check that they are good for.
    using HeartbeatTokens = std::map<std::string, std::vector<Token>>;

    /// `process` must outlive this object.
    Api(Process& process, std::vector<Token> tokens, const HeartbeatTokens& heartbeats = {});

    /// For an HttpServer.
    void answer(const HttpRequest& request, const Done& done);

    /// After a reload: other tokens hold from here on.
    void replace_tokens(std::vector<Token> tokens) { access_ = Access(std::move(tokens)); }
    void replace_heartbeat_tokens(const HeartbeatTokens& tokens);

    struct Route {
        std::string method;
        std::string path;  // "/api/v1/records/{name}"
    };
    [[nodiscard]] static std::vector<Route> routes();

  private:
    [[nodiscard]] Result<std::string> who_reports(std::string_view check,
                                                  const HttpRequest& request) const;

    Process& process_;
    Access access_;
    std::map<std::string, Access, std::less<>> heartbeat_access_;
};

}  // namespace fairlead::admin
