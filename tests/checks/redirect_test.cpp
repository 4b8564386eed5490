// SPDX-License-Identifier: Apache-2.0
#include "checks/redirect.h"

#include <vector>

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

const IpAddress kAddress = *IpAddress::parse("192.0.2.1");

/// http://www.example.com/a/b?c, asked at port 8080 of the address.
Resource asked() {
    return {
        .tls = false, .port = 8080, .host = "www.example.com", .method = "GET", .path = "/a/b?c"};
}

/// "https 443 www.example.com GET /x", or why not.
std::string text(const Result<Resource>& to) {
    if (!to) return to.error().message;
    return (to->tls ? "https " : "http ") + std::to_string(to->port) + ' ' + to->host + ' ' +
           to->method + ' ' + to->path;
}

std::string leads(const std::string& location, const Resource& from = asked()) {
    return text(redirected(from, kAddress, 302, location));
}

TEST_CASE("a redirect to the same host is followed", "[checks][redirect]") {
    CHECK(leads("/x?y=1") == "http 8080 www.example.com GET /x?y=1");
    CHECK(leads("x") == "http 8080 www.example.com GET /a/x");
    CHECK(leads("../x/./y#top") == "http 8080 www.example.com GET /x/y");
    CHECK(leads("?d") == "http 8080 www.example.com GET /a/b?d");
    CHECK(leads("http://WWW.Example.com./x") == "http 8080 www.example.com GET /x");
    CHECK(leads("//www.example.com/x") == "http 8080 www.example.com GET /x");
    CHECK(leads("http://www.example.com:81") == "http 81 www.example.com:81 GET /");
    CHECK(leads("https://www.example.com/x") == "https 443 www.example.com GET /x");
    CHECK(leads("HTTPS://www.example.com:8443/x") == "https 8443 www.example.com:8443 GET /x");
}

TEST_CASE("a redirect to the target's address is followed", "[checks][redirect]") {
    CHECK(leads("http://192.0.2.1:8000/x") == "http 8000 192.0.2.1:8000 GET /x");
    CHECK(text(redirected(asked(), *IpAddress::parse("2001:db8::1"), 302,
                          "https://[2001:db8:0::1]/x"))
              .starts_with("https 443 [2001:db8:"));
}

TEST_CASE("a redirect to anywhere else is not", "[checks][redirect]") {
    CHECK(leads("http://other.example.com/") == "not followed to another host: other.example.com");
    CHECK(leads("http://192.0.2.2/") == "not followed to another host: 192.0.2.2");
    CHECK(leads("//evil.example.net/x") == "not followed to another host: evil.example.net");
    CHECK(leads("http://www.example.com@evil.example.net/") ==
          "not followed to another host: evil.example.net");
    CHECK(leads("ftp://www.example.com/") == "not to http(s): ftp://www.example.com/");
    CHECK(leads("file:///etc/passwd") == "not to http(s): file:///etc/passwd");
    Resource secure = asked();
    secure.tls = true;
    CHECK(leads("http://www.example.com/x", secure) ==
          "not followed from https to http: http://www.example.com/x");
}

TEST_CASE("what is no place is told as it came", "[checks][redirect]") {
    for (const std::string bad : {"http://[::1/", "http://www.example.com:99999/", "/a b",
                                  "http://www.example.com:0/", "\x01"}) {
        CAPTURE(bad);
        CHECK_THAT(leads(bad), Catch::StartsWith("cannot be understood: "));
    }
    CHECK(leads("http:///x").find("192.0.2") == std::string::npos);
}

TEST_CASE("a path that is no URL's can still be redirected from", "[checks][redirect]") {
    Resource odd = asked();
    odd.path = "/a|b{c}";
    CHECK(leads("/x", odd) == "http 8080 www.example.com GET /x");
}

TEST_CASE("a Host header with a port is the origin with that port", "[checks][redirect]") {
    Resource from = asked();
    from.host = "www.example.com:8443";
    CHECK(leads("http://www.example.com:8443/x", from) == "http 8080 www.example.com:8443 GET /x");
    CHECK(leads("http://www.example.com/x", from) == "http 80 www.example.com GET /x");
}

TEST_CASE("the status decides which method follows", "[checks][redirect]") {
    struct Case {
        unsigned status;
        std::string method;
        std::string expected;
    };
    const std::vector<Case> cases{
        {301, "POST", "GET"},  {302, "POST", "GET"},  {303, "POST", "GET"}, {303, "PUT", "GET"},
        {303, "HEAD", "HEAD"}, {307, "POST", "POST"}, {308, "PUT", "PUT"},  {301, "HEAD", "HEAD"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.status, c.method);
        Resource from = asked();
        from.method = c.method;
        CHECK(redirected(from, kAddress, c.status, "/x")->method == c.expected);
    }
    for (const unsigned status : {200U, 300U, 304U, 305U, 404U})
        CHECK_FALSE(is_redirect(status));
}

}  // namespace
}  // namespace fairlead::checks
