// SPDX-License-Identifier: Apache-2.0

// Real sockets, real TLS, real commands: receivers that take messages, fail, hang and lie.

#include "backend/alerts/alert_transport.h"

#include <boost/asio/ip/udp.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "backend/alerts/alert_command.h"
#include "backend/alerts/webhook.h"
#include "tests/backend/control_loop.h"
#include "tests/support/catch.h"
#include "tests/support/http_endpoint.h"
#include "tests/support/test_ca.h"

namespace fairlead::backend {
namespace {

using namespace std::chrono_literals;
using test::HttpEndpoint;

struct Sent {
    std::optional<Delivery> delivery;
    std::string problem;
};

Sent send(AlertTransport& transport, ControlLoop& control, const std::string& body) {
    Sent sent;
    transport.send(body, [&](Delivery delivery, const std::string& problem) {
        sent = {delivery, problem};
    });
    CHECK_FALSE(sent.delivery);  // never from within send()
    CHECK(control.run_until([&] { return sent.delivery.has_value(); }));
    return sent;
}

config::WebhookSettings hook_at(std::uint16_t port) {
    return {.server = {.host = "127.0.0.1",
                       .port = port,
                       .host_header = "127.0.0.1:" + std::to_string(port)},
            .target = "/a?b=c",
            .headers = {{"Authorization", "Bearer s3cret"}},
            .timeout = 5s};
}

Sent send_to(const config::WebhookSettings& settings) {
    ControlLoop control;
    auto hook = make_webhook(control.io, settings);
    REQUIRE(hook);
    return send(**hook, control, R"({"version": 1})");
}

TEST_CASE("a message is a POST with the headers of the file", "[backend][alerts][webhook]") {
    HttpEndpoint endpoint;
    const auto sent = send_to(hook_at(endpoint.port()));
    CHECK(sent.delivery == Delivery::done);
    const auto request = endpoint.last_request();
    CHECK(request.starts_with("POST /a?b=c HTTP/1.1\r\n"));
    CHECK(request.find("Authorization: Bearer s3cret\r\n") != std::string::npos);
    CHECK(request.find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(request.find("Content-Length: 14\r\n") != std::string::npos);
}

TEST_CASE("the status says whether to try again", "[backend][alerts][webhook]") {
    const std::vector<std::pair<std::string, Delivery>> cases{
        {"204 No Content", Delivery::done},      {"500 Broken", Delivery::failed},
        {"503 Busy", Delivery::failed},          {"429 Too Many", Delivery::failed},
        {"408 Slow", Delivery::failed},          {"404 Not Found", Delivery::refused},
        {"401 Unauthorized", Delivery::refused}, {"302 Elsewhere", Delivery::refused},
    };
    HttpEndpoint endpoint;
    for (const auto& [status, delivery] : cases) {
        INFO(status);
        endpoint.behave(test::replies_with_status(status));
        const auto sent = send_to(hook_at(endpoint.port()));
        CHECK(sent.delivery == delivery);
        CHECK(sent.problem == (delivery == Delivery::done ? "" : "status " + status.substr(0, 3)));
    }
}

TEST_CASE("a receiver that hangs, closes or talks something else has failed",
          "[backend][alerts][webhook]") {
    HttpEndpoint endpoint;
    auto hook = hook_at(endpoint.port());
    hook.timeout = 200ms;
    endpoint.behave(test::sends("", test::Behaviour::End::hang));
    CHECK(send_to(hook).problem == "no answer in time");
    hook.timeout = 5s;
    endpoint.behave(test::sends("", test::Behaviour::End::close));
    CHECK(send_to(hook).delivery == Delivery::failed);
    endpoint.behave(test::sends("220 mail.example.com\r\n"));
    CHECK(send_to(hook).delivery == Delivery::failed);
    endpoint.behave(test::sends("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')));
    CHECK(send_to(hook).delivery == Delivery::failed);
    hook.server.port = 1;
    CHECK(send_to(hook).problem.starts_with("connect: "));
    hook.server.host = "no-such-host.invalid";
    CHECK(send_to(hook).delivery == Delivery::failed);
}

TEST_CASE("https is verified", "[backend][alerts][webhook]") {
    const test::TestCa ca;
    const test::TemporaryFile ca_file(ca.certificate_pem());
    const auto with = [&](const test::Identity& identity, const std::string& trusted) {
        HttpEndpoint endpoint({.tls = identity});
        auto hook = hook_at(endpoint.port());
        hook.server.https = true;
        hook.ca_file = trusted;
        return send_to(hook);
    };
    const auto good = ca.issue({.addresses = {"127.0.0.1"}});
    CHECK(with(good, ca_file.path()).delivery == Delivery::done);
    const std::vector<test::Identity> bad{ca.issue({.dns_names = {"other.example.com"}}),
                                          ca.issue({.addresses = {"127.0.0.1"}, .valid_to_s = -60}),
                                          test::TestCa::self_signed({.addresses = {"127.0.0.1"}})};
    for (const auto& identity : bad) {
        const auto sent = with(identity, ca_file.path());
        CHECK(sent.delivery == Delivery::failed);
        CHECK(sent.problem.starts_with("tls certificate: "));
    }
    CHECK(with(good, "").delivery == Delivery::failed);  // the system knows nothing of this one
    ControlLoop control;
    auto hook = hook_at(1);
    hook.server.https = true;
    hook.ca_file = "/nonexistent";
    CHECK_FALSE(make_webhook(control.io, hook));
}

TEST_CASE("a webhook that goes away says nothing any more", "[backend][alerts][webhook]") {
    HttpEndpoint endpoint;
    endpoint.behave(test::sends("", test::Behaviour::End::hang));
    ControlLoop control;
    auto hook = make_webhook(control.io, hook_at(endpoint.port()));
    REQUIRE(hook);
    bool said = false;
    (*hook)->send("x", [&](Delivery, const std::string&) { said = true; });
    CHECK(control.run_until([&] { return endpoint.connections() == 1; }));
    hook->reset();
    control.run_for(50ms);
    CHECK_FALSE(said);
}

TEST_CASE("a webhook is found by its name, and one that is not found holds up no other",
          "[backend][alerts][webhook]") {
    HttpEndpoint endpoint;
    ControlLoop control;
    // A name server that never answers; /etc/hosts is asked before it.
    boost::asio::ip::udp::socket silent(control.io, {boost::asio::ip::address_v4::loopback(), 0});
    const auto servers = "127.0.0.1:" + std::to_string(silent.local_endpoint().port());
    auto lost_settings = hook_at(endpoint.port());
    lost_settings.server.host = "receiver.example.com";
    lost_settings.timeout = 2s;
    auto named_settings = hook_at(endpoint.port());
    named_settings.server.host = "localhost";
    auto lost = make_webhook(control.io, lost_settings, servers);
    auto named = make_webhook(control.io, named_settings, servers);
    REQUIRE(lost);
    REQUIRE(named);
    Sent sent;
    (*lost)->send("x", [&](Delivery delivery, const std::string& problem) {
        sent = {delivery, problem};
    });
    CHECK(send(**named, control, "x").delivery == Delivery::done);
    CHECK_FALSE(sent.delivery);
    CHECK(control.run_until([&] { return sent.delivery.has_value(); }));
    CHECK(sent.delivery == Delivery::failed);
    CHECK(sent.problem.starts_with("its name: "));
}

Sent run(const std::string& script, const std::string& body,
         std::chrono::milliseconds timeout = 10s) {
    ControlLoop control;
    const auto command = make_alert_command(control.io, {"/bin/sh", "-c", script}, timeout);
    return send(*command, control, body);
}

TEST_CASE("a command reads the message, and its status says whether it took it",
          "[backend][alerts][exec]") {
    const test::TemporaryFile file("");
    const std::string body = R"({"summary": ")" + std::string(100'000, 'x') + "\"}";
    CHECK(run("cat > " + file.path(), body).delivery == Delivery::done);
    std::ifstream in(file.path());
    std::ostringstream text;
    text << in.rdbuf();
    CHECK(text.str() == body);

    const auto failed = run("echo no pager; exit 3", "x");
    CHECK(failed.delivery == Delivery::failed);
    CHECK(failed.problem == "status 3 no pager");
    CHECK(run("kill -9 $$", "x").problem == "killed by signal 9");
    CHECK(run("yes", "x", 200ms).problem == "it did not end in time");  // however much it says
}

TEST_CASE("a command that is not there has failed", "[backend][alerts][exec]") {
    ControlLoop control;
    const auto command = make_alert_command(control.io, {"/nonexistent"});
    CHECK(send(*command, control, "x").delivery == Delivery::failed);
}

}  // namespace
}  // namespace fairlead::backend
