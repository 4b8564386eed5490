// SPDX-License-Identifier: Apache-2.0
#include "backend/serials_file.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "backend/durable_file.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kSerialsFormat = "fairlead serials";
constexpr std::uint32_t kSerialsVersion = 1;
/// Some 100 bytes a zone.
constexpr std::size_t kBytesMax = std::size_t{256} << 20U;

fs::path serials_file_in(const fs::path& directory) {
    return directory / "serials.json";
}

std::optional<config::ZoneSerials> decoded(const std::string& text) {
    const auto document = Json::parse(text, nullptr, false);
    if (!document.is_object() || document.value("format", Json()) != kSerialsFormat ||
        document.value("version", Json()) != kSerialsVersion) {
        return std::nullopt;
    }
    config::ZoneSerials serials;
    try {
        for (const auto& [name, zone] : document.at("zones").items()) {
            auto parsed = DnsName::parse(name);
            if (!parsed) return std::nullopt;
            serials.emplace(*std::move(parsed),
                            config::ZoneSerial{.texts = zone.at("texts").get<std::uint64_t>(),
                                               .serial = zone.at("serial").get<std::uint32_t>()});
        }
    } catch (const Json::exception&) {
        return std::nullopt;
    }
    return serials;
}

}  // namespace

config::ZoneSerials recall_serials(const fs::path& directory, Log& log) {
    const fs::path file = serials_file_in(directory);
    std::error_code error;
    if (fs::status(file, error).type() == fs::file_type::not_found) return {};
    const auto text = read_whole(file, kBytesMax);
    auto serials = text ? decoded(*text) : std::nullopt;
    if (serials) return *std::move(serials);
    log.warning("the serials in " + file.string() +
                " cannot be used: " + (text ? "it is damaged" : text.error().message) +
                "; serials are the times of the configuration's files, which may go back");
    return {};
}

void save_serials(const fs::path& directory, const config::ZoneSerials& serials, Log& log) {
    Json zones = Json::object();
    for (const auto& [name, zone] : serials)
        zones[name.to_string()] = {{"texts", zone.texts}, {"serial", zone.serial}};
    const Json document{
        {"format", kSerialsFormat}, {"version", kSerialsVersion}, {"zones", std::move(zones)}};
    const auto saved = write_durably(serials_file_in(directory), document.dump() + "\n");
    if (saved) return;
    log.warning("cannot save the zones' serials in " + directory.string() + ": " +
                saved.error().message + "; after a restart they may go back");
}

}  // namespace fairlead::backend
