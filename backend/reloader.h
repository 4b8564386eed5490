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
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

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

    /// Calls stop().
    ~Reloader();
    Reloader(const Reloader&) = delete;
    Reloader& operator=(const Reloader&) = delete;

    /// What became of a request.
    struct Outcome {
        bool applied = false;
        std::string summary;
        config::Diagnostics findings;
    };
    using Done = std::function<void(const Outcome&)>;

    /// Waits for the end of a load under way, which changes nothing any more. The last thing to be
    /// done with it.
    void stop();

    /// `why` opens the log line: "SIGHUP".
    void request(std::string_view why);
    /// By an operator. `max_shift`: refused when more than this share (0 to 1) of any name's
    /// clients would be answered otherwise, see policy::plan(). Of requests that one load answers
    /// the most tolerant decides: it would have had its way a moment later. `done` is called once,
    /// later, with the outcome of a load that began after this request.
    void request(std::string_view by, std::optional<double> max_shift, Done done);

    /// How many loads were applied, how many changed nothing, and what became of the last one.
    [[nodiscard]] std::uint64_t applied() const { return applied_; }
    [[nodiscard]] std::uint64_t failed() const { return failed_; }
    [[nodiscard]] const std::string& last() const { return last_; }
    [[nodiscard]] bool last_applied() const { return last_applied_; }

    /// Where it is loaded from.
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// What is served.
    [[nodiscard]] const config::Loaded& current() const { return current_; }

  private:
    struct Attempt {
        config::LoadResult result;
        policy::Changes changes;
        std::string failure;  // not of the configuration: no memory, no thread; empty = none
        std::string shift;    // too much traffic would move, and where; empty = it would not
    };
    /// Who waits for a load.
    struct Requests {
        std::vector<Done> done;
        double max_shift = 0;      // 1 or more: whatever moves
        std::set<std::string> by;  // the operators who have asked
        void add(std::string_view who, std::optional<double> limit, Done more);
    };

    void request(const std::string& why, std::string_view by, std::optional<double> max_shift,
                 Done done);
    void begin();
    [[nodiscard]] Attempt attempt(const config::Loaded& previous, double max_shift) const;
    void finish(const Attempt& attempt);
    [[nodiscard]] Outcome apply(const Attempt& attempt);
    [[nodiscard]] Outcome failed(std::string summary, const config::Diagnostics& findings);
    void report_what_needs_a_restart(const config::Loaded& next);

    boost::asio::io_context& control_;
    const std::filesystem::path path_;
    const config::ServerSettings started_with_;
    config::Loaded current_;
    Serving& serving_;
    const Listener listener_;
    Log& log_;
    FileWatch watch_;
    bool again_ = false;
    Requests waiting_;           // for the load under way
    Requests waiting_for_next_;  // for the one after it
    std::uint64_t applied_ = 0;
    std::uint64_t failed_ = 0;
    std::string last_;
    bool last_applied_ = true;  // the load of the start was
    std::thread loader_;        // joinable while a load is under way
};

}  // namespace fairlead::backend
