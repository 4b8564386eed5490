// SPDX-License-Identifier: Apache-2.0
#include "backend/events/event_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "admin/event_json.h"
#include "base/system_error.h"
#include "base/thread.h"

namespace fairlead::backend {
namespace {

/// At once to a disk.
constexpr std::size_t kBatch = 1000;

}  // namespace

EventFile::EventFile(const std::filesystem::path& directory, std::uint64_t bytes_max)
    : path_(directory / "events.jsonl"), bytes_max_(bytes_max) {}

Result<void> EventFile::append(std::string_view lines) {
    if (file_.is_open() && size_ + lines.size() > bytes_max_) {
        if (auto rotated = rotate(); !rotated) return rotated;
    }
    if (!file_.is_open()) {
        if (auto opened = open(); !opened) return opened;
    }
    const ssize_t written = ::write(file_.get(), lines.data(), lines.size());
    if (written == static_cast<ssize_t>(lines.size())) {
        size_ += lines.size();
        return {};
    }
    if (written >= 0) errno = ENOSPC;  // the rest had no room
    const Error error = last_system_error();
    // Half a line would join the next one; a file that was taken away is found again.
    if (written > 0) (void)!::ftruncate(file_.get(), static_cast<off_t>(size_));
    file_ = Descriptor();
    return error;
}

Result<void> EventFile::open() {
    Descriptor file(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
    if (!file.is_open()) return last_system_error();
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return last_system_error();
    file_ = std::move(file);
    size_ = static_cast<std::uint64_t>(status.st_size);
    return {};
}

Result<void> EventFile::rotate() {
    const std::string older = path_.string() + ".1";
    if (::rename(path_.c_str(), older.c_str()) != 0) return last_system_error();
    file_ = Descriptor();
    return {};
}

EventWriter::EventWriter(const std::filesystem::path& directory, const EventHistory& history,
                         Log& log, std::chrono::milliseconds pace)
    : history_(history), log_(log), pace_(pace), file_(directory) {
    thread_ = start_thread("events", "writing events failed", log_, [this] { run(); });
}

EventWriter::~EventWriter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void EventWriter::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        write_new();
        lock.lock();
        wake_.wait_for(lock, pace_, [this] { return stopping_; });
    }
    lock.unlock();
    write_new();
}

void EventWriter::write_new() {
    while (true) {
        const auto [events, missed] = history_.after(written_, kBatch);
        lost_ += missed;
        if (events.empty()) return;
        written_ = events.back()->id;
        std::string lines;
        for (const auto& event : events)
            lines += admin::event_line(*event);
        if (const auto done = file_.append(lines); !done) {
            failed(done.error());
            lost_ += events.size();
        } else if (std::exchange(failing_, false)) {
            log_.info("events are written again to " + file_.path().string());
        }
    }
}

void EventWriter::failed(const Error& error) {
    if (std::exchange(failing_, true)) return;
    log_.warning("cannot write events to " + file_.path().string() + ": " + error.message +
                 "; the newest are still in memory (fairlead events). Make room, or give fairlead "
                 "a server.state_dir that it can write to");
}

}  // namespace fairlead::backend
