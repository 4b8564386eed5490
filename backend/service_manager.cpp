// SPDX-License-Identifier: Apache-2.0
#include "backend/service_manager.h"

#include <chrono>

#ifdef FAIRLEAD_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

namespace fairlead::backend {
namespace {

void notify([[maybe_unused]] const std::string& state) {
#ifdef FAIRLEAD_HAVE_SYSTEMD
    sd_notify(0, state.c_str());  // the result says whether anybody listens: either is right
#endif
}

}  // namespace

void notify_ready(const std::string& status) {
    notify("READY=1\nSTATUS=" + status);
}

void notify_reloading() {
    using std::chrono::microseconds;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC
    notify("RELOADING=1\nMONOTONIC_USEC=" +
           std::to_string(std::chrono::duration_cast<microseconds>(now).count()));
}

void notify_stopping() {
    notify("STOPPING=1");
}

}  // namespace fairlead::backend
