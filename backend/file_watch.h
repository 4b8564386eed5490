// SPDX-License-Identifier: Apache-2.0
#pragma once

// Sees that files were replaced or rewritten: geography databases that an updater brings, the
// configuration itself.
//
// inotify(7) on their directories (a replaced file is another inode, so the file itself is no use)
// only says when to look; stat(2) says whether anything changed. A change counts once two looks in
// a row find the same: until then somebody may still be writing. A look a minute finds what inotify
// cannot tell, on network file systems above all.
//
// Thread rule: one thread, `control`'s.

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>

#include "base/log.h"
#include "config/file_version.h"

namespace fairlead::backend {

struct WatchPace {
    std::chrono::milliseconds quiet{500};    // between two looks at files that change
    std::chrono::milliseconds round{60000};  // between looks when nothing happens
};

class FileWatch {
  public:
    /// `changed` is called from `control`'s loop, once for each change.
    FileWatch(boost::asio::io_context& control, std::function<void()> changed, Log& log,
              WatchPace pace = {});

    /// Watches these and no others. What differs by now from `versions` has changed already.
    void watch(config::FileVersions versions);

    /// Ends it.
    void stop();

  private:
    void open();
    void add_directories();
    void wait_for_event();
    void look_after(std::chrono::milliseconds wait);
    void look();

    const std::function<void()> changed_;
    Log& log_;
    const WatchPace pace_;
    config::FileVersions known_;  // as they were read, or found changed
    config::FileVersions last_look_;
    boost::asio::posix::stream_descriptor events_;
    boost::asio::steady_timer timer_;
    bool look_is_near_ = false;  // the timer runs for `quiet`, not for `round`
    alignas(8) std::array<char, 4096> buffer_{};
};

}  // namespace fairlead::backend
