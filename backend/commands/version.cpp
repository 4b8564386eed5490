// SPDX-License-Identifier: Apache-2.0
#include <openssl/crypto.h>
#include <boost/version.hpp>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "backend/commands/commands.h"

namespace fairlead::backend {
namespace {

std::string dotted(int major, int minor, int patch) {
    return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
}

#ifdef FAIRLEAD_HAVE_SYSTEMD
constexpr const char* kSystemd = "readiness is reported";
#else
constexpr const char* kSystemd = "built without";
#endif

}  // namespace

int version(bool json, const Streams& streams) {
    const nlohmann::ordered_json parts{
        {"fairlead", FAIRLEAD_VERSION},
        {"build", FAIRLEAD_BUILD_TYPE ", C++ compiler " __VERSION__},
        {"boost", dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
        {"json", dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                        NLOHMANN_JSON_VERSION_PATCH)},
        {"tls", OpenSSL_version(OPENSSL_VERSION)},
        {"systemd", kSystemd}};
    if (json) {
        streams.out << parts.dump(2) << '\n';
        return 0;
    }
    for (const auto& [part, what] : parts.items()) {
        const bool first = part == "fairlead";
        streams.out << part << std::string(first ? 1 : 10 - part.size(), ' ')
                    << what.get<std::string>() << '\n';
    }
    return 0;
}

}  // namespace fairlead::backend
