// SPDX-License-Identifier: Apache-2.0
#include <openssl/crypto.h>
#include <boost/version.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "backend/commands/commands.h"

namespace fairlead::backend {

int version(const Streams& streams) {
    streams.out << "fairlead " << FAIRLEAD_VERSION << "\n"
                << "build     " << FAIRLEAD_BUILD_TYPE << ", C++ compiler " << __VERSION__ << "\n"
                << "boost     " << BOOST_VERSION / 100000 << '.' << BOOST_VERSION / 100 % 1000
                << '.' << BOOST_VERSION % 100 << "\n"
                << "json      " << NLOHMANN_JSON_VERSION_MAJOR << '.' << NLOHMANN_JSON_VERSION_MINOR
                << '.' << NLOHMANN_JSON_VERSION_PATCH << "\n"
                << "tls       " << OpenSSL_version(OPENSSL_VERSION) << "\n"
#ifdef FAIRLEAD_HAVE_SYSTEMD
                << "systemd   readiness is reported\n";
#else
                << "systemd   built without\n";
#endif
    return 0;
}

}  // namespace fairlead::backend
