// SPDX-License-Identifier: Apache-2.0
#include "config/admin_reader.h"

#include <fstream>

#include "config/load.h"
#include "tests/config/folder.h"
#include "tests/support/catch.h"

namespace fairlead::config {
namespace {

const std::string kZone = "\nzones: {example.com: {ns: [ns.example.net.]}}\n";

std::optional<AdminSettings> admin_of(const std::string& text) {
    const auto result = load_text(text + kZone);
    REQUIRE(result.loaded);
    return result.loaded->admin;
}

TEST_CASE("without the section there is no interface, and an empty one is enough",
          "[config][admin]") {
    CHECK_FALSE(admin_of(""));
    REQUIRE(admin_of("admin: {}"));
    CHECK(admin_of("admin: {}")->listen_text() == "127.0.0.1:8080");
    CHECK(admin_of("admin: {listen: '[::1]:9000'}")->listen_text() == "[::1]:9000");
    CHECK(admin_of("admin: {listen: 'unix:/run/fairlead/admin.sock'}")->socket ==
          "/run/fairlead/admin.sock");
}

TEST_CASE("a token file has a line each, and only its readers see it", "[config][admin]") {
    namespace fs = std::filesystem;
    const Folder folder;
    const fs::path file = folder.path() / "tokens";
    const auto tokens_in = [&](const std::string& text, fs::perms mode = fs::perms(0640)) {
        std::ofstream(file) << text;
        fs::permissions(file, mode);
        return read_token_file(file);
    };
    const auto good = tokens_in("# who\nanna 0123456789abcdef\n\n  fedcba9876543210  \n");
    REQUIRE(good.has_value());
    CHECK(good.value() ==
          std::vector<AdminToken>{{"anna", "0123456789abcdef"}, {"token", "fedcba9876543210"}});
    const auto wrong = [&](const std::string& text, const std::string& part) {
        const auto tokens = tokens_in(text);
        REQUIRE_FALSE(tokens.has_value());
        INFO(tokens.error().message);
        CHECK(tokens.error().message.find(part) != std::string::npos);
        CHECK(tokens.error().message.find("s3cret") == std::string::npos);
    };
    wrong("", "no token");
    wrong("anna s3cret", "line 1");
    wrong("\nanna s3cret0123456789 more", "line 2");
    wrong("an/na s3cret0123456789", "name");
    wrong("anna s3cret0123456789\xc3\xa4", "visible ASCII");

    const auto open = tokens_in("0123456789abcdef", fs::perms(0644));
    REQUIRE_FALSE(open.has_value());
    CHECK(open.error().message.find("chmod 640") != std::string::npos);
    CHECK_FALSE(read_token_file(folder.path()).has_value());
}

}  // namespace
}  // namespace fairlead::config
