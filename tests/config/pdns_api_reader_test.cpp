// SPDX-License-Identifier: Apache-2.0
#include "config/pdns_api_reader.h"

#include "config/load.h"
#include "tests/config/folder.h"
#include "tests/support/catch.h"

namespace fairlead::config {
namespace {

namespace fs = std::filesystem;

const std::string kZone = "\nzones: {example.com: {ns: [ns.example.net.]}}\n";

fs::path key_in(const Folder& folder, const std::string& text, fs::perms mode = fs::perms(0640)) {
    auto file = folder.write("api-key", text);
    fs::permissions(file, mode);
    return file;
}

TEST_CASE("an API's address is taken apart", "[config][pdns_api]") {
    struct Case {
        const char* url;
        bool https;
        const char* host;
        int port;
        const char* header;
        const char* path;
    };
    const std::vector<Case> cases{
        {"http://192.0.2.53:8081", false, "192.0.2.53", 8081, "192.0.2.53:8081", ""},
        {"http://192.0.2.53:8081/", false, "192.0.2.53", 8081, "192.0.2.53:8081", ""},
        {"https://[2001:db8::53]/pdns/", true, "2001:db8::53", 443, "[2001:db8::53]", "/pdns"},
    };
    const Folder folder;
    const auto key = key_in(folder, "s3cret\n");
    for (const auto& [url, https, host, port, header, path] : cases) {
        INFO(url);
        const auto result = load_text(std::string("server: {pdns_api: {url: '") + url +
                                      "', key_file: " + key.string() + "}}" + kZone);
        REQUIRE(result.loaded);
        REQUIRE(result.loaded->server.pdns_api.size() == 1);
        const auto& api = result.loaded->server.pdns_api.front();
        CHECK(api.server.https == https);
        CHECK(api.server.host == host);
        CHECK(api.server.port == port);
        CHECK(api.server.host_header == header);
        CHECK(api.path == path);
        CHECK_FALSE(api.url.ends_with('/'));
        CHECK(api.key == "s3cret");
    }
}

TEST_CASE("what is no address of an API is said so", "[config][pdns_api]") {
    const Folder folder;
    const auto key = key_in(folder, "s3cret").string();
    for (const std::string url :
         {"192.0.2.53:8081", "ftp://192.0.2.53", "http://192.0.2.53/?a=b"}) {
        CAPTURE(url);
        const auto result =
            load_text("server: {pdns_api: {url: '" + url + "', key_file: " + key + "}}" + kZone);
        REQUIRE(result.diagnostics.size() == 1);
        CHECK(result.diagnostics[0].rule == "bad-value");
        CHECK(result.diagnostics[0].to_string().find("http://192.0.2.53:8081") !=
              std::string::npos);
    }
}

TEST_CASE("several APIs are a list", "[config][pdns_api]") {
    const Folder folder;
    const auto key = key_in(folder, "s3cret").string();
    const auto result = load_text("server: {pdns_api: [{url: 'http://192.0.2.1', key_file: " + key +
                                  "}, {url: 'http://192.0.2.2', key_file: " + key + "}]}" + kZone);
    REQUIRE(result.loaded);
    CHECK(result.loaded->server.pdns_api.size() == 2);
    CHECK(load_text(kZone).loaded->server.pdns_api.empty());
}

TEST_CASE("an API's key is one line that others cannot read", "[config][pdns_api]") {
    const Folder folder;
    const auto good = read_api_key(key_in(folder, "# of pdns1\n\ns3cret \r\n"));
    REQUIRE(good.has_value());
    CHECK(good.value() == "s3cret");
    const auto wrong = [&](const std::string& text, fs::perms mode, const std::string& part) {
        const auto key = read_api_key(key_in(folder, text, mode));
        REQUIRE_FALSE(key.has_value());
        INFO(key.error().message);
        CHECK(key.error().message.find(part) != std::string::npos);
        CHECK(key.error().message.find("s3cret") == std::string::npos);
    };
    wrong("# none\n", fs::perms(0600), "no key");
    wrong("s3cret\ns3cret2\n", fs::perms(0600), "more than one");
    wrong("api-key s3cret\n", fs::perms(0600), "line 1");
    wrong("s3cret\x01\n", fs::perms(0600), "line 1");
    wrong("s3cret\n", fs::perms(0644), "chmod 640");
    wrong("s3cret\n", fs::perms(0660), "chmod 640");
    wrong(std::string(5000, 's'), fs::perms(0600), "too large");
}

}  // namespace
}  // namespace fairlead::config
