// SPDX-License-Identifier: Apache-2.0

// Any bytes as a request of the interface for operators, behind HTTP itself: "METHOD TARGET", a
// newline, the body. There is one reply, of a status that is documented, and as JSON where it says
// so; what shows no token learns nothing and changes nothing.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "admin/api.h"
#include "tests/admin/fake_process.h"
#include "tests/fuzz/require.h"

namespace {

using namespace fairlead;
using namespace fairlead::admin;

const std::set<unsigned> kStatuses{200, 400, 401, 403, 404, 405, 409, 422, 503};

HttpReply ask(Api& api, const HttpRequest& request) {
    std::optional<HttpReply> reply;
    api.answer(request, [&](HttpReply given) {
        require(!reply.has_value());
        reply = std::move(given);
    });
    require(reply.has_value());
    return *std::move(reply);
}

void judge(const HttpReply& reply) {
    require(kStatuses.contains(reply.status));
    if (reply.content_type != "application/json") return;
    const auto json = nlohmann::json::parse(reply.body, nullptr, false);
    require(json.is_object());
    require(reply.status == 200 || json["error"].is_string());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static FakeProcess process;
    static Api open(process, {});
    static Api closed(process, {{.name = "operator", .secret = "0123456789abcdef"}});
    process.list = {};
    process.heard.clear();

    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto line = text.substr(0, text.find('\n'));
    const auto blank = line.find(' ');
    if (blank == std::string::npos) return 0;
    HttpRequest request{.method = line.substr(0, blank),
                        .target = line.substr(blank + 1),
                        .host = "localhost",
                        .body = text.substr(std::min(text.size(), line.size() + 1))};

    const auto refused = ask(closed, request);
    judge(refused);
    require(refused.status != 200 || request.target.starts_with("/livez") ||
            request.target.starts_with("/readyz"));
    require(process.list.empty() && process.heard.empty());

    auto reply = ask(open, request);
    judge(reply);
    if (reply.more) (void)reply.more();
    return 0;
}
