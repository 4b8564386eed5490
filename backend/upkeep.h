// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the process that serves does beside answering, and no other may do at the same time: it
// keeps files, serves operators, reloads, ends overrides. A successor begins with it when the
// process before has ended.
//
// Thread rule: control thread.

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "backend/admin_interface.h"
#include "backend/alerts/alerts.h"
#include "backend/events/event_file.h"
#include "backend/events/event_recorder.h"
#include "backend/events/watch.h"
#include "backend/operations.h"
#include "backend/override_keeper.h"
#include "backend/powerdns/purger.h"
#include "backend/protocol/server.h"
#include "backend/reloader.h"
#include "backend/serving.h"
#include "backend/state_keeper.h"
#include "config/load.h"

namespace fairlead::backend {

class Upkeep {
  public:
    /// All must outlive it.
    struct Parts {
        boost::asio::io_context& control;
        Serving& serving;
        Server& server;
        EventRecorder& recorder;
        Log& lines;  // behind it
        Watch& watch;
        Alerts& alerts;
        Purger* purger;           // null: no PowerDNS can be told
        const bool& is_ready;     // the first round is complete
        Reloader::Listener told;  // of reloads, after what is done here
    };

    /// Begins with all of it but the interface for operators. `loaded`: what is served, from
    /// `config`.
    Upkeep(const std::filesystem::path& config, config::Loaded loaded, const Parts& parts);

    /// Lets operators in, if the configuration has them. The error says what stands in the way and
    /// what to do.
    [[nodiscard]] Result<void> open_admin();
    void close_admin() { admin_.reset(); }

    [[nodiscard]] Reloader& reloader() { return *reloader_; }
    [[nodiscard]] Operations& operations() { return *operations_; }

    /// Sets nothing any more, waits for what is under way, and brings the files up to date.
    void stop();

  private:
    void reload_ended();
    void follow_admin();

    const Parts parts_;
    Log& log_;
    std::unique_ptr<StateKeeper> keeper_;  // null, and so the next: nothing is kept
    std::unique_ptr<EventWriter> writer_;
    std::unique_ptr<Reloader> reloader_;
    std::unique_ptr<OverrideKeeper> overrides_;
    std::unique_ptr<Operations> operations_;
    std::unique_ptr<AdminInterface> admin_;  // null: no operators
};

}  // namespace fairlead::backend
