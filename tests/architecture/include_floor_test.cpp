// SPDX-License-Identifier: Apache-2.0

// The floors of docs/architecture.md, held against every #include of the source tree.

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace {

namespace fs = std::filesystem;

const std::map<std::string, int> kFloors{
    {"base", 0},   {"geo", 1},   {"checks", 1},  {"policy", 2},
    {"config", 3}, {"admin", 3}, {"backend", 4},
};

/// A library may be included in these folders only (in a header: in none, unless listed as "x.h").
const std::map<std::string, std::set<std::string>> kQuarantine{
    {"maxminddb.h", {"geo"}},
    {"yaml.h", {"config"}},
    {"yaml-cpp/", {}},
    {"ldns/", {"config"}},
    {"nlohmann/", {"backend", "admin", "config", "checks", "base"}},
    {"boost/beast", {"checks", "admin", "backend"}},
    {"boost/asio", {"checks", "admin", "backend"}},
    {"boost/url", {"checks", "admin", "config"}},
    {"re2/", {"checks"}},
    {"ares.h", {"checks"}},
    {"prometheus/", {"admin"}},
    {"openssl/", {"checks", "admin", "backend"}},
    {"spdlog/", {"base"}},
    {"CLI/", {"backend"}},
};

/// "" when a file of `folder` may include `target`, else what is wrong.
std::string complaint(const std::string& folder, const std::string& target) {
    const std::string first = target.substr(0, target.find('/'));
    if (const auto floor = kFloors.find(first); floor != kFloors.end()) {
        if (first == folder || floor->second < kFloors.at(folder)) return "";
        return folder + "/ may not include " + target + ": it is not on a lower floor";
    }
    for (const auto& [library, folders] : kQuarantine) {
        if (target.starts_with(library) && !folders.contains(folder)) {
            return folder + "/ may not include <" + target + ">: the library is kept elsewhere";
        }
    }
    return "";
}

std::vector<std::string> complaints_about(const fs::path& file, const std::string& folder) {
    static const std::regex include(R"(^\s*#\s*include\s*["<]([^">]+)[">])");
    std::vector<std::string> found;
    std::ifstream in(file);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        std::smatch match;
        if (!std::regex_search(line, match, include)) continue;
        if (const auto wrong = complaint(folder, match[1]); !wrong.empty()) {
            found.push_back(file.string() + ":" + std::to_string(number) + ": " + wrong);
        }
    }
    return found;
}

TEST_CASE("no source includes a higher or a neighbouring floor", "[architecture]") {
    const fs::path root = FAIRLEAD_SOURCE_DIR;
    std::vector<std::string> found;
    int files = 0;
    for (const auto& [folder, floor] : kFloors) {
        if (!fs::exists(root / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            const auto extension = entry.path().extension();
            if (extension != ".h" && extension != ".cpp") continue;
            ++files;
            const auto more = complaints_about(entry.path(), folder);
            found.insert(found.end(), more.begin(), more.end());
        }
    }
    CAPTURE(found);
    CHECK(files > 20);
    CHECK(found.empty());
}

TEST_CASE("the floor rule itself tells right from wrong", "[architecture]") {
    CHECK(complaint("policy", "geo/location.h").empty());
    CHECK(complaint("policy", "policy/tree.h").empty());
    CHECK(complaint("policy", "vector").empty());
    CHECK_FALSE(complaint("policy", "config/load.h").empty());
    CHECK_FALSE(complaint("geo", "checks/snapshot.h").empty());
    CHECK_FALSE(complaint("config", "admin/api.h").empty());
    CHECK_FALSE(complaint("policy", "nlohmann/json.hpp").empty());
    CHECK_FALSE(complaint("config", "boost/asio.hpp").empty());
}

}  // namespace
