// SPDX-License-Identifier: Apache-2.0
#include "admin/peer_user.h"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <vector>

namespace fairlead::admin {
namespace {

constexpr std::size_t kEntryMax = 65536;  // bytes of one user's entry; more than any system has

std::string name_of(uid_t user) {
    std::vector<char> text(kEntryMax);
    passwd entry{};
    passwd* found = nullptr;
    const int error = ::getpwuid_r(user, &entry, text.data(), text.size(), &found);
    if (error != 0 || found == nullptr) return "uid " + std::to_string(user);
    return entry.pw_name;
}

}  // namespace

std::string peer_user(int socket) {
    int family = AF_INET;
    socklen_t size = sizeof family;
    if (::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0 || family != AF_UNIX) {
        return kSomebodyLocal;
    }
    ucred peer{};
    size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return kSomebodyLocal;
    return name_of(peer.uid);
}

}  // namespace fairlead::admin
