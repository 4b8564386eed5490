// SPDX-License-Identifier: Apache-2.0
#include "backend/service_manager.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "backend/descriptor_passing.h"

#ifdef FAIRLEAD_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

namespace fairlead::backend {
namespace {

using std::chrono::microseconds;

void notify([[maybe_unused]] const std::string& state) {
#ifdef FAIRLEAD_HAVE_SYSTEMD
    sd_notify(0, state.c_str());  // the result says whether anybody listens: either is right
#endif
}

#ifdef FAIRLEAD_HAVE_SYSTEMD
/// The names of sd_listen_fds_with_names(), which are the caller's to free.
std::vector<std::string> taken(char** list) {
    std::vector<std::string> names;
    for (char** name = list; name != nullptr && *name != nullptr; ++name) {
        names.emplace_back(*name);
        std::free(*name);
    }
    std::free(static_cast<void*>(list));
    return names;
}

bool is_positive_number(const char* text) {
    if (text == nullptr) return false;
    const std::string_view digits(text);
    unsigned value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return read.ptr == digits.data() + digits.size() && value > 0;
}
#endif

}  // namespace

void notify_ready(const std::string& status) {
    notify("READY=1\nSTATUS=" + status);
}

void notify_reloading() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC
    notify("RELOADING=1\nMONOTONIC_USEC=" +
           std::to_string(std::chrono::duration_cast<microseconds>(now).count()));
}

void notify_stopping() {
    notify("STOPPING=1");
}

void notify_alive() {
    notify("WATCHDOG=1");
}

// NOLINTBEGIN(concurrency-mt-unsafe): there are no other threads yet
Supervision Supervision::take_from_environment() {
    Supervision found;
#ifdef FAIRLEAD_HAVE_SYSTEMD
    found.supervised = std::getenv("NOTIFY_SOCKET") != nullptr;
    found.keeps_descriptors = found.supervised && is_positive_number(std::getenv("FDSTORE"));
    ::unsetenv("FDSTORE");
    std::uint64_t period = 0;
    if (sd_watchdog_enabled(1, &period) > 0) found.watchdog = microseconds(period);
#endif
    return found;
}
// NOLINTEND(concurrency-mt-unsafe)

StoredDescriptors StoredDescriptors::take() {
    StoredDescriptors stored;
#ifdef FAIRLEAD_HAVE_SYSTEMD
    char** list = nullptr;
    const int count = sd_listen_fds_with_names(1, &list);
    const auto names = taken(list);
    for (int i = 0; i < count; ++i) {
        Descriptor descriptor(SD_LISTEN_FDS_START + i);
        const std::string& name = names.at(static_cast<std::size_t>(i));
        if (name == kStoredListener) {
            stored.listeners.push_back(std::move(descriptor));
        } else if (name == kStoredConnection) {
            stored.connections.push_back(std::move(descriptor));
        }
    }
#endif
    return stored;
}

void store_descriptors([[maybe_unused]] const char* name,
                       [[maybe_unused]] std::span<const int> descriptors) {
#ifdef FAIRLEAD_HAVE_SYSTEMD
    const std::string message = std::string("FDSTORE=1\nFDNAME=") + name;
    while (!descriptors.empty()) {
        const auto some = descriptors.first(std::min(descriptors.size(), kDescriptorsAtOnce));
        sd_pid_notify_with_fds(0, 0, message.c_str(), some.data(),
                               static_cast<unsigned>(some.size()));
        descriptors = descriptors.subspan(some.size());
    }
#endif
}

void forget_stored(const char* name) {
    notify(std::string("FDSTOREREMOVE=1\nFDNAME=") + name);
}

void wait_for_service_manager() {
#ifdef FAIRLEAD_HAVE_SYSTEMD
    constexpr microseconds kWait = std::chrono::seconds(5);
    sd_notify_barrier(0, static_cast<std::uint64_t>(kWait.count()));  // late: it goes on without
#endif
}

}  // namespace fairlead::backend
