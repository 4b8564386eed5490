// SPDX-License-Identifier: Apache-2.0

// What is asked of PowerDNS's HTTP API, and what is said when it answers otherwise than it should.
// tests/integration/caches_test.py has a real one.

#include "backend/powerdns/api_channel.h"

#include <sys/resource.h>

#include "tests/support/catch.h"
#include "tests/support/http_endpoint.h"
#include "tests/support/test_ca.h"

namespace fairlead::backend {
namespace {

using test::HttpEndpoint;

config::PdnsApiSettings api_at(std::uint16_t port) {
    const std::string place = "127.0.0.1:" + std::to_string(port);
    return {.url = "http://" + place,
            .server = {.host = "127.0.0.1", .port = port, .host_header = place},
            .key = "s3cret"};
}

std::string problem_with(const config::PdnsApiSettings& settings) {
    const auto version = ApiChannel(settings).version();
    return version ? "" : version.error().message;
}

PurgeTargets names(std::set<std::string> some) {
    return {.everything = false, .names = std::move(some)};
}

TEST_CASE("a name is flushed by a PUT with the key", "[backend][api]") {
    HttpEndpoint endpoint;
    auto settings = api_at(endpoint.port());
    settings.path = "/pdns";
    const ApiChannel channel(settings);
    const auto purged = [&](const PurgeTargets& targets) {
        CHECK(bool(channel.purge(targets)));
        const auto request = endpoint.last_request();
        CHECK(request.find("\r\nX-API-Key: s3cret\r\n") != std::string::npos);
        return request.substr(0, request.find("\r\n"));
    };
    const std::string flush = "PUT /pdns/api/v1/servers/localhost/cache/flush?domain=";
    CHECK(purged(names({"www.example.com."})) == flush + "www.example.com. HTTP/1.1");
    CHECK(purged(names({"wild.example.com.$"})) == flush + "wild.example.com. HTTP/1.1");
    CHECK(purged(names({"a\\032b.example.com."})) == flush + "a%5C032b.example.com. HTTP/1.1");
    CHECK(purged({.everything = true, .names = {"a."}}) == flush + ". HTTP/1.1");
    CHECK(endpoint.requests() == 4);
}

TEST_CASE("of many names everything is flushed, and of many zones none", "[backend][api]") {
    HttpEndpoint endpoint;
    const ApiChannel channel(api_at(endpoint.port()));
    std::set<std::string> many;
    std::vector<std::string> zones;
    for (std::size_t i = 0; i <= ApiChannel::kFlushesMax; ++i) {
        zones.push_back("w" + std::to_string(i) + ".example.com.");
        many.insert(zones.back());
    }
    CHECK(bool(channel.purge(names(many))));
    CHECK(endpoint.requests() == 1);
    CHECK(endpoint.last_request().find("?domain=. HTTP") != std::string::npos);
    CHECK_FALSE(bool(channel.rediscover(zones)));
    CHECK(endpoint.requests() == 1);
    std::vector<std::string> few{"a.example.", "b.example."};
    CHECK(bool(channel.rediscover(few)));
    CHECK(few == std::vector<std::string>{"a.example."});  // one in an exchange
    CHECK(endpoint.last_request().find("?domain=b.example. HTTP") != std::string::npos);
    CHECK(bool(channel.rediscover(few)));
    CHECK(bool(channel.rediscover(few)));
    CHECK(few.empty());
    CHECK(endpoint.requests() == 3);
}

TEST_CASE("when single names take too long everything is flushed", "[backend][api]") {
    HttpEndpoint endpoint;
    const ApiChannel channel(api_at(endpoint.port()));
    auto slow = test::replies();
    slow.pause = Channel::kPatience / 4;
    endpoint.behave(slow);
    std::set<std::string> many;
    for (std::size_t i = 0; i < ApiChannel::kFlushesMax; ++i)
        many.insert("w" + std::to_string(i) + ".example.com.");
    CHECK(bool(channel.purge(names(many))));
    CHECK(endpoint.requests() <= 5);
    CHECK(endpoint.last_request().find("?domain=. HTTP") != std::string::npos);
}

TEST_CASE("version and settings are read", "[backend][api]") {
    HttpEndpoint endpoint;
    const ApiChannel channel(api_at(endpoint.port()));
    endpoint.behave(test::replies(R"({"daemon_type": "authoritative", "version": "4.7.3"})"));
    CHECK(*channel.version() == "4.7.3");
    endpoint.behave(
        test::replies(R"([{"name": "launch", "type": "ConfigSetting", "value": "remote"},
                                      {"name": "x", "value": 1}, 2, {"name": "y", "value": ""}])"));
    CHECK(*channel.settings() == PowerDnsSettings{{"launch", "remote"}, {"y", ""}});
}

TEST_CASE("each failure is one message with the remedy", "[backend][api]") {
    HttpEndpoint endpoint;
    const auto settings = api_at(endpoint.port());
    const auto says = [&](test::Behaviour behaviour) {
        endpoint.behave(std::move(behaviour));
        const auto problem = problem_with(settings);
        const std::string whose = "PowerDNS's HTTP API " + settings.url + ": ";
        CHECK(problem.starts_with(whose));
        CHECK(problem.find("s3cret") == std::string::npos);
        return problem.substr(std::min(whose.size(), problem.size()));
    };
    using End = test::Behaviour::End;
    CHECK(says(test::replies_with_status("401 Unauthorized")) ==
          "it refuses the key (is it PowerDNS's api-key that stands in key_file?)");
    CHECK(says(test::replies_with_status("404 Not Found")) ==
          "nothing is there (has PowerDNS api=yes?)");
    CHECK(says(test::replies_with_status("500 Broken")) ==
          "status 500 (pdns_server's log may say why)");
    CHECK(says(test::replies_with_status("301 Elsewhere")).starts_with("status 301 ("));
    CHECK(says(test::replies("hello")).starts_with("this is no PowerDNS ("));
    CHECK(says(test::replies(std::string(100'000, '['))).starts_with("this is no PowerDNS ("));
    CHECK(says(test::sends("", End::close)) ==
          "closed without an answer (is this host in its webserver-allow-from?)");
    CHECK(says(test::sends("", End::hang)).starts_with("no answer in time ("));
    CHECK_FALSE(says(test::replies(std::string(2'000'000, ' '))).empty());
    CHECK_FALSE(says(test::sends("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'))).empty());
    CHECK(problem_with(api_at(1)).find("is pdns_server running") != std::string::npos);
}

TEST_CASE("a process with too many files open is told so", "[backend][api]") {
    HttpEndpoint endpoint;
    const ApiChannel channel(api_at(endpoint.port()));
    endpoint.behave(test::replies(R"({"version": "4.7.3"})"));
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{0, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    const auto failed = channel.version();
    setrlimit(RLIMIT_NOFILE, &before);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message.ends_with(": Too many open files"));
    CHECK(*channel.version() == "4.7.3");
}

TEST_CASE("an API by https is verified", "[backend][api]") {
    const test::TestCa ca;
    const test::TemporaryFile ca_file(ca.certificate_pem());
    const auto problem = [&](const test::Identity& identity, const std::string& trusted) {
        HttpEndpoint endpoint({.tls = identity});
        endpoint.behave(test::replies(R"({"version": "4.7.3"})"));
        auto settings = api_at(endpoint.port());
        settings.server.https = true;
        settings.ca_file = trusted;
        return problem_with(settings);
    };
    const auto right = ca.issue({.addresses = {"127.0.0.1"}});
    CHECK(problem(right, ca_file.path()).empty());
    CHECK_FALSE(problem(right, "").empty());
    CHECK_FALSE(problem(ca.issue({.addresses = {"192.0.2.1"}}), ca_file.path()).empty());
    CHECK(problem(right, "/nonexistent").find("/nonexistent") != std::string::npos);
}

}  // namespace
}  // namespace fairlead::backend
