// SPDX-License-Identifier: Apache-2.0
#include "backend/signals.h"

#include <csignal>
#include <utility>

namespace fairlead::backend {
namespace {

using boost::system::error_code;

void mask_hangups(int how) {
    sigset_t hangup{};
    ::sigemptyset(&hangup);
    ::sigaddset(&hangup, SIGHUP);
    (void)::pthread_sigmask(how, &hangup, nullptr);  // fails for a wrong `how` only
}

}  // namespace

void hold_hangups() {
    mask_hangups(SIG_BLOCK);
}

Signals::Signals(boost::asio::io_context& control, Listener listener)
    : listener_(std::move(listener)), ending_(control, SIGINT, SIGTERM), hangup_(control, SIGHUP) {
    std::signal(SIGPIPE, SIG_IGN);
    wait_for_end();
    wait_for_hangup();
    mask_hangups(SIG_UNBLOCK);
}

void Signals::wait_for_end() {
    ending_.async_wait([this](const error_code& cancelled, int) {
        if (cancelled) return;
        ending_.clear();  // the next one has its default effect: the process ends at once
        listener_.ended();
    });
}

void Signals::wait_for_hangup() {
    hangup_.async_wait([this](const error_code& cancelled, int) {
        if (cancelled) return;
        listener_.hung_up();
        wait_for_hangup();
    });
}

}  // namespace fairlead::backend
