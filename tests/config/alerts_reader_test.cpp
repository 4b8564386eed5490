// SPDX-License-Identifier: Apache-2.0
#include "config/alerts_reader.h"

#include <fstream>

#include "config/load.h"
#include "tests/config/folder.h"
#include "tests/support/catch.h"

namespace fairlead::config {
namespace {

const std::string kZone = "\nzones: {example.com: {ns: [ns.example.net.]}}\n";

AlertSettings alerts_of(const std::string& text) {
    const auto result = load_text(text + kZone);
    for (const auto& finding : result.diagnostics)
        INFO(finding.to_string());
    REQUIRE(result.loaded);
    return result.loaded->alerts;
}

TEST_CASE("without the section nobody is told anything", "[config][alerts]") {
    const auto alerts = alerts_of("");
    CHECK(alerts.webhooks.empty());
    CHECK(alerts.exec.empty());
    CHECK(alerts.group_window == std::chrono::seconds(30));
    CHECK(alerts_of("alerts: {}").webhooks.empty());
}

TEST_CASE("a webhook's address is taken apart", "[config][alerts]") {
    struct Case {
        const char* url;
        bool https;
        const char* host;
        int port;
        const char* header;
        const char* target;
    };
    const std::vector<Case> cases{
        {"https://hooks.example.com/a?b=c", true, "hooks.example.com", 443, "hooks.example.com",
         "/a?b=c"},
        {"http://192.0.2.1:8080", false, "192.0.2.1", 8080, "192.0.2.1:8080", "/"},
        {"https://[2001:db8::1]:8443/x", true, "2001:db8::1", 8443, "[2001:db8::1]:8443", "/x"},
        {"http://hooks.example.com?a=b", false, "hooks.example.com", 80, "hooks.example.com",
         "/?a=b"},
    };
    for (const auto& [url, https, host, port, header, target] : cases) {
        INFO(url);
        const auto alerts = alerts_of(std::string("alerts: {webhooks: [{url: '") + url + "'}]}");
        REQUIRE(alerts.webhooks.size() == 1);
        const auto& hook = alerts.webhooks.front();
        CHECK(hook.server.https == https);
        CHECK(hook.server.host == host);
        CHECK(hook.server.port == port);
        CHECK(hook.server.host_header == header);
        CHECK(hook.target == target);
    }
}

TEST_CASE("which events are told is said once, or for each webhook", "[config][alerts]") {
    const auto alerts = alerts_of(R"(alerts:
  events: [health, failover]
  exec: [/bin/true, -v]
  webhooks: [{url: "http://192.0.2.1/"}, {url: "http://192.0.2.2/", events: [reload]}])");
    CHECK(alerts.exec == std::vector<std::string>{"/bin/true", "-v"});
    const EventKinds two = EventKinds().set(0).set(1);
    CHECK(alerts.exec_events == two);
    CHECK(alerts.webhooks[0].events == two);
    CHECK(alerts.webhooks[1].events ==
          EventKinds().set(static_cast<std::size_t>(EventKind::reload)));
    CHECK(alerts_of("alerts: {exec: [/bin/true]}").exec_events.all());
}

TEST_CASE("headers are a file of their owner's", "[config][alerts]") {
    namespace fs = std::filesystem;
    const Folder folder;
    const fs::path file = folder.path() / "headers";
    const auto headers_in = [&](const std::string& text, fs::perms mode = fs::perms(0600)) {
        std::ofstream(file) << text;
        fs::permissions(file, mode);
        return read_header_file(file);
    };
    const auto good = headers_in("# for them\nAuthorization: Bearer s3cret\n\nX-Site:fra \r\n");
    REQUIRE(good.has_value());
    CHECK(good.value() == std::vector<std::pair<std::string, std::string>>{
                              {"Authorization", "Bearer s3cret"}, {"X-Site", "fra"}});
    const auto wrong = [&](const std::string& text, const std::string& part) {
        const auto headers = headers_in(text);
        REQUIRE_FALSE(headers.has_value());
        INFO(headers.error().message);
        CHECK(headers.error().message.find(part) != std::string::npos);
        CHECK(headers.error().message.find("s3cret") == std::string::npos);
    };
    wrong("", "no header");
    wrong("\nBearer s3cret", "line 2");
    wrong("Host: s3cret", "sets itself");
    wrong(
        "X: s3\x01"
        "cret",
        "control character");
    const auto open = headers_in("A: b", fs::perms(0640));
    REQUIRE_FALSE(open.has_value());
    CHECK(open.error().message.find("chmod 600") != std::string::npos);
}

}  // namespace
}  // namespace fairlead::config
