// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/unix_listener.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;
using Failure = std::optional<Error>;  // nothing = it worked

constexpr const char* kTemporarySuffix = ".new";

std::string reason(int error) {
    return std::system_category().message(error);
}

Error about(const fs::path& path, const std::string& what) {
    return {"socket " + path.string() + ": " + what};
}

fs::path directory_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// What failed in the directory of the socket, with the remedy.
Error in_directory(const fs::path& path, const std::string& what, int error) {
    const std::string directory = directory_of(path).string();
    std::string remedy;
    if (error == ENOENT) remedy = "; create it first";
    if (error == EACCES || error == EPERM || error == EROFS) {
        remedy = "; the user that runs fairlead must be able to write there";
    }
    if (error == ENOSPC || error == EDQUOT) remedy = "; make room there";
    return about(path, what + " in directory " + directory + ": " + reason(error) + remedy);
}

sockaddr_un address_of(const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);  // the sockets API's own idiom
}

Error live_instance(const fs::path& path, int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    const bool known = ::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    const std::string who =
        known && peer.pid > 0 ? " (process " + std::to_string(peer.pid) + ")" : "";
    return about(path, "another process" + who +
                           " serves it; stop that one, or choose another "
                           "path as server.socket");
}

/// Nothing when the path is free or holds a socket that nobody serves.
Failure check_path_is_free(const fs::path& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) {
        if (errno == ENOENT) return std::nullopt;
        return about(path, reason(errno));
    }
    if (!S_ISSOCK(found.st_mode)) {
        return about(path,
                     "exists and is not a socket; remove it, or choose another path as "
                     "server.socket");
    }
    const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!probe.is_open()) return about(path, reason(errno));
    const sockaddr_un address = address_of(path);
    const bool connected = ::connect(probe.get(), generic(address), sizeof address) == 0;
    if (connected || errno == EAGAIN) return live_instance(path, probe.get());  // EAGAIN: busy
    if (errno == ECONNREFUSED || errno == ENOENT) return std::nullopt;
    return about(path, "cannot tell whether another process serves it: " + reason(errno));
}

std::optional<gid_t> group_id(const std::string& name) {
    std::vector<char> buffer(1024);
    group entry{};
    group* found = nullptr;
    while (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == ERANGE) {
        buffer.resize(buffer.size() * 2);
    }
    if (found == nullptr) return std::nullopt;
    return entry.gr_gid;
}

/// `file` is the socket, at `path` or on its way there.
Failure give_to_group(const fs::path& path, const fs::path& file, const std::string& group) {
    if (group.empty()) return std::nullopt;
    const auto id = group_id(group);
    if (!id) {
        return about(path, "server.socket_group: there is no group \"" + group + "\" here");
    }
    if (::chown(file.c_str(), static_cast<uid_t>(-1), *id) == 0) return std::nullopt;
    return about(path, "cannot give it to group \"" + group + "\": " + reason(errno) +
                           "; the user that runs fairlead must be a member of that group");
}

Failure give_permissions(const fs::path& file, const UnixListener::Settings& settings) {
    if (auto failure = give_to_group(settings.path, file, settings.group)) return failure;
    if (::chmod(file.c_str(), settings.mode) != 0) return about(settings.path, reason(errno));
    return std::nullopt;
}

fs::path temporary_name(fs::path path) {
    path += kTemporarySuffix;
    return path;
}

/// Binds, hands over and listens under the temporary name.
Failure prepare(int descriptor, const UnixListener::Settings& settings, const fs::path& temporary) {
    const fs::path& path = settings.path;
    ::unlink(temporary.c_str());  // left by an instance that was killed in the middle of this
    // Before bind(2) this sets the mode that the file is created with: nobody else gets in early.
    if (::fchmod(descriptor, 0600) != 0) return about(path, reason(errno));
    const sockaddr_un address = address_of(temporary);
    if (::bind(descriptor, generic(address), sizeof address) != 0) {
        return in_directory(path, "cannot be made", errno);
    }
    if (auto failure = give_permissions(temporary, settings)) return failure;
    // PowerDNS connects without a time limit: a full backlog would block its threads.
    if (::listen(descriptor, SOMAXCONN) != 0) return about(path, reason(errno));
    return std::nullopt;
}

Failure check_length(const fs::path& path) {
    if (path.native().size() <= UnixListener::kPathMax) return std::nullopt;
    return about(path, "the path has " + std::to_string(path.native().size()) +
                           " bytes, and a unix socket here can have " +
                           std::to_string(UnixListener::kPathMax));
}

}  // namespace

Result<UnixListener> UnixListener::open(const Settings& settings) {
    const fs::path& path = settings.path;
    if (auto failure = check_length(path)) return *failure;

    const fs::path directory = directory_of(path);
    const Descriptor lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock.is_open()) return in_directory(path, "cannot be made", errno);
    if (::flock(lock.get(), LOCK_EX) != 0) return about(path, reason(errno));
    if (auto failure = check_path_is_free(path)) return *failure;

    Descriptor listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!listening.is_open()) return about(path, reason(errno));
    const fs::path temporary = temporary_name(path);
    if (auto failure = prepare(listening.get(), settings, temporary)) {
        ::unlink(temporary.c_str());
        return *failure;
    }
    struct stat made {};
    if (::lstat(temporary.c_str(), &made) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(temporary.c_str());
        return in_directory(path, "cannot be put in place", error);
    }
    return UnixListener(path, std::move(listening), made.st_dev, made.st_ino);
}

Result<UnixListener> UnixListener::adopt(const fs::path& path, Descriptor descriptor) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) {
        return about(path, "has gone, and nobody can connect: " + reason(errno));
    }
    const int flags = ::fcntl(descriptor.get(), F_GETFL);
    if (flags < 0 || ::fcntl(descriptor.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
        return about(path, reason(errno));
    }
    return UnixListener(path, std::move(descriptor), found.st_dev, found.st_ino);
}

Result<void> UnixListener::permit(const Settings& settings) const {
    if (auto failure = give_permissions(path_, settings)) return *failure;
    return {};
}

bool UnixListener::listens_at(int descriptor, const fs::path& path) {
    int listens = 0;
    socklen_t size = sizeof listens;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) return false;
    sockaddr_un address{};
    size = sizeof address - 1;  // so that the path ends
    auto* const generic_address = reinterpret_cast<sockaddr*>(&address);
    if (::getsockname(descriptor, generic_address, &size) != 0) return false;
    std::error_code error;
    const bool is_there = fs::is_socket(fs::symlink_status(path, error));
    // What it was bound to, before the rename.
    return listens != 0 && address.sun_family == AF_UNIX && is_there &&
           temporary_name(path) == address.sun_path;
}

UnixListener::UnixListener(fs::path path, Descriptor descriptor, dev_t device, ino_t inode)
    : path_(std::move(path)), descriptor_(std::move(descriptor)), device_(device), inode_(inode) {}

UnixListener::~UnixListener() {
    if (!descriptor_.is_open()) return;
    struct stat found {};
    const bool ours =
        ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
    if (ours) ::unlink(path_.c_str());
}

}  // namespace fairlead::backend
