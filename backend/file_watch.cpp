// SPDX-License-Identifier: Apache-2.0
#include "backend/file_watch.h"

#include <sys/inotify.h>

#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;
using boost::system::error_code;

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

/// Where something happens when one of the files changes: beside it, and, where the path is a
/// symbolic link, beside what it leads to.
std::set<fs::path> directories_of(const config::FileVersions& files) {
    std::set<fs::path> directories;
    for (const auto& file : files) {
        std::error_code error;
        const auto path = fs::absolute(file.path, error);
        const auto target = fs::weakly_canonical(path, error);
        directories.insert(path.parent_path());
        if (!target.empty()) directories.insert(target.parent_path());
        if (fs::is_directory(target, error)) directories.insert(target);
    }
    return directories;
}

}  // namespace

FileWatch::FileWatch(boost::asio::io_context& control, std::function<void()> changed, Log& log,
                     WatchPace pace)
    : changed_(std::move(changed)), log_(log), pace_(pace), events_(control), timer_(control) {}

void FileWatch::watch(config::FileVersions versions) {
    stop();
    known_ = std::move(versions);
    last_look_ = known_;
    if (known_.empty()) return;
    open();
    look_after(pace_.quiet);
}

void FileWatch::stop() {
    timer_.cancel();
    look_is_near_ = false;
    error_code ignored;  // the descriptor is given up either way
    events_.close(ignored);
}

void FileWatch::open() {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0) {
        log_.warning("cannot watch files (" + std::generic_category().message(errno) +
                     "): replaced ones are found within a minute");
        return;
    }
    events_.assign(descriptor);
    add_directories();
    wait_for_event();
}

/// Again now and then: a directory may have been replaced, too. One that is watched already stays.
void FileWatch::add_directories() {
    if (!events_.is_open()) return;
    for (const auto& directory : directories_of(known_)) {
        // One that is not there, or not to be read, is left to the look a minute.
        (void)::inotify_add_watch(events_.native_handle(), directory.c_str(), kEvents);
    }
}

void FileWatch::wait_for_event() {
    events_.async_read_some(boost::asio::buffer(buffer_),
                            [this](const error_code& error, std::size_t) {
                                if (error) return;  // stopped
                                if (!look_is_near_) look_after(pace_.quiet);
                                wait_for_event();
                            });
}

void FileWatch::look_after(std::chrono::milliseconds wait) {
    look_is_near_ = wait == pace_.quiet;
    timer_.expires_after(wait);
    timer_.async_wait([this](const error_code& cancelled) {
        if (!cancelled) look();
    });
}

void FileWatch::look() {
    add_directories();
    auto now = config::current(known_);
    const bool at_rest = now == last_look_;
    const bool changed = now != known_;
    last_look_ = std::move(now);
    look_after(at_rest ? pace_.round : pace_.quiet);
    if (!changed || !at_rest) return;
    known_ = last_look_;
    changed_();
}

}  // namespace fairlead::backend
