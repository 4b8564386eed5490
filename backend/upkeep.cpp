// SPDX-License-Identifier: Apache-2.0
#include "backend/upkeep.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "backend/serials_file.h"

namespace fairlead::backend {

Upkeep::Upkeep(const std::filesystem::path& config, config::Loaded loaded, const Parts& parts)
    : parts_(parts), log_(parts.recorder) {
    if (const auto& directory = loaded.server.state_dir; !directory.empty()) {
        if (loaded.serials) save_serials(directory, *loaded.serials, log_);
        keeper_ = std::make_unique<StateKeeper>(directory, parts_.serving.state(), log_);
        writer_ = std::make_unique<EventWriter>(directory, parts_.recorder.history(), log_);
    }
    reloader_ =
        std::make_unique<Reloader>(parts_.control, config, std::move(loaded), parts_.serving,
                                   Reloader::Listener{.begins = parts_.told.begins,
                                                      .ended = [this] { reload_ended(); },
                                                      .round_complete = parts_.told.round_complete},
                                   log_);
    overrides_ = std::make_unique<OverrideKeeper>(parts_.control, parts_.serving, log_);
    overrides_->report_unmatched();
    operations_ =
        std::make_unique<Operations>(Operations::Parts{.serving = parts_.serving,
                                                       .server = parts_.server,
                                                       .reloader = *reloader_,
                                                       .overrides = *overrides_,
                                                       .first_round_complete = parts_.is_ready,
                                                       .events = parts_.recorder.history(),
                                                       .writer = writer_.get(),
                                                       .watch = parts_.watch,
                                                       .alerts = parts_.alerts,
                                                       .purger = parts_.purger,
                                                       .keeper = keeper_.get(),
                                                       .control = parts_.control,
                                                       .log = log_,
                                                       .lines = parts_.lines});
}

Result<void> Upkeep::open_admin() {
    const auto& settings = reloader_->current().admin;
    if (!settings) return {};
    auto opened = AdminInterface::open(parts_.control, *settings, *operations_, log_);
    if (!opened) return opened.error();
    admin_ = *std::move(opened);
    return {};
}

void Upkeep::reload_ended() {
    // Later: whoever asked for the reload over the interface gets its outcome before.
    boost::asio::post(parts_.control, [this] { follow_admin(); });
    parts_.lines.configure(reloader_->current().log);
    overrides_->report_unmatched();
    parts_.told.ended();
}

/// What is withdrawn is closed, tokens and all, and what is new is open.
void Upkeep::follow_admin() {
    const auto& settings = reloader_->current().admin;
    if (admin_ && settings && admin_->listens_as(*settings)) {
        return admin_->reconfigure(*settings);
    }
    if (admin_ && !settings) log_.info("operators are served no more: admin is gone");
    close_admin();
    if (const auto opened = open_admin(); !opened) log_.error(opened.error().message);
}

void Upkeep::stop() {
    close_admin();
    reloader_->stop();
    overrides_->stop();
    parts_.serving.stop();
    keeper_.reset();
    writer_.reset();
}

}  // namespace fairlead::backend
