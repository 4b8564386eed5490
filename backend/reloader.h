// SPDX-License-Identifier: Apache-2.0
#pragma once

// Takes up a changed configuration while queries are answered: on SIGHUP, and when watched files
// were replaced.
//
// A thread of its own makes the same config::load() as `fairlead check`; control applies the
// result. One at a time: what is asked for during a load is one more load after it. With any error
// everything stays as it is, and every finding is logged.
//
// Thread rule: control thread.

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "backend/file_watch.h"
#include "backend/serving.h"
#include "base/log.h"
#include "config/load.h"
#include "policy/changes.h"

namespace fairlead::backend {

class Reloader {
  public:
    struct Listener {
        std::function<void()> begins;
        std::function<void()> ended;  // applied or not; not before the last of several in a row
        Serving::RoundComplete round_complete;  // on the checker thread
    };

    /// `first`: what `serving` was made of, loaded from `path`. All references must outlive this.
    Reloader(boost::asio::io_context& control, std::filesystem::path path, config::Loaded first,
             Serving& serving, Listener listener, Log& log);

    /// Waits for the end of a load under way.
    ~Reloader();
    Reloader(const Reloader&) = delete;
    Reloader& operator=(const Reloader&) = delete;

    /// `why` opens the log line: "SIGHUP".
    void request(std::string_view why);

    /// What is served.
    [[nodiscard]] const config::Loaded& current() const { return current_; }

  private:
    struct Attempt {
        config::LoadResult result;
        policy::Changes changes;
        std::string failure;  // not of the configuration: no memory, no thread; empty = none
    };

    void begin();
    [[nodiscard]] Attempt attempt(const config::Loaded& previous) const;
    void finish(const Attempt& attempt);
    void apply(const Attempt& attempt);
    void report_what_needs_a_restart(const config::ServerSettings& settings);

    boost::asio::io_context& control_;
    const std::filesystem::path path_;
    const config::ServerSettings started_with_;
    config::Loaded current_;
    Serving& serving_;
    const Listener listener_;
    Log& log_;
    FileWatch watch_;
    bool again_ = false;
    std::thread loader_;  // joinable while a load is under way
};

}  // namespace fairlead::backend
