// SPDX-License-Identifier: Apache-2.0
#pragma once

// The listening unix socket that PowerDNS connects to.
//
// It never takes over the path of a live instance: one that answers there is an error. A socket
// that nobody serves any more (its owner was killed) is replaced. The new socket is bound under a
// temporary name, gets its group and mode, listens, and only then takes the path by rename(2): who
// finds it there can use it, and who may not use it never could. The directory is locked meanwhile
// (flock(2)), so that of two instances that start at once one loses.
//
// The socket can outlive its process: release() gives the descriptor away and leaves the path, and
// adopt() goes on with both in another process.
//
// Thread rule: a resource with one owner.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace fairlead::backend {

class UnixListener {
  public:
    struct Settings {
        std::filesystem::path path;
        std::string group;          // empty: the process's own
        std::uint32_t mode = 0660;  // permission bits
    };

    /// The longest path: what sockaddr_un takes, less the temporary name's suffix.
    static constexpr std::size_t kPathMax = 107 - 4;

    /// Binds and listens. The error says what stands in the way and what to do.
    [[nodiscard]] static Result<UnixListener> open(const Settings& settings);

    /// Goes on with a socket that another process has opened at this path. On an error the path
    /// stays as it is.
    [[nodiscard]] static Result<UnixListener> adopt(const std::filesystem::path& path,
                                                    Descriptor descriptor);

    /// After adopt(): gives it its group and mode. The error is that they cannot be given.
    [[nodiscard]] Result<void> permit(const Settings& settings) const;

    /// Whether `descriptor` is a listening socket that open() made at `path`.
    [[nodiscard]] static bool listens_at(int descriptor, const std::filesystem::path& path);

    /// The descriptor, which is the caller's from here on, as is the path.
    [[nodiscard]] Descriptor release() && { return std::move(descriptor_); }

    /// Removes the path if it still is this socket, and closes it.
    ~UnixListener();
    UnixListener(UnixListener&& other) noexcept = default;
    UnixListener& operator=(UnixListener&& other) = delete;
    UnixListener(const UnixListener&) = delete;
    UnixListener& operator=(const UnixListener&) = delete;

    /// The listening descriptor, non-blocking. Valid as long as this object.
    [[nodiscard]] int descriptor() const { return descriptor_.get(); }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    UnixListener(std::filesystem::path path, Descriptor descriptor, dev_t device, ino_t inode);

    std::filesystem::path path_;
    Descriptor descriptor_;
    dev_t device_;  // with inode_: which file the path must be to be ours
    ino_t inode_;
};

}  // namespace fairlead::backend
