// SPDX-License-Identifier: Apache-2.0
#pragma once

// From events to messages that one can read at 3 a.m.: what comes within a window is one message,
// and the recovery of all that it was about is one more.
//
// A group collects for `window` from its first event on, and is then told as *firing*. What begins
// later makes a group of its own. A group whose conditions have all been over for a window is told
// as *resolved* under the same id; one that was over before it was told is not told at all. Events
// that do not last (a failover, an override) go along with a group of their class, or make one that
// is told as *notice* and needs no end.
//
// Thread rule: one thread. Pure: the time is passed in.

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/event.h"

namespace fairlead::backend {

using EventKinds = std::bitset<kEventKinds>;

enum class AlertStatus : std::uint8_t { firing, resolved, notice };

[[nodiscard]] const char* to_string(AlertStatus status);

struct AlertMessage {
    std::string group;  // the same for firing and resolved
    std::string about;  // "outage", "checker", ...
    AlertStatus status = AlertStatus::firing;
    WallTime began{};
    WallTime time{};                                   // of the newest event
    std::array<std::size_t, kEventKinds> counts{};     // events by kind, without recoveries
    std::size_t active = 0;                            // conditions that last
    std::vector<std::string> dark;                     // what has nothing healthy left: first ones
    std::vector<std::shared_ptr<const Event>> events;  // the first ones; of resolved: recoveries
    std::size_t more = 0;                              // that are not among them
};

class AlertGroups {
  public:
    static constexpr std::size_t kEventsShown = 20;
    /// In the summary, which is all that a pager shows: what is dark is what a site is called.
    static constexpr std::size_t kDarkShown = 3;
    /// Conditions that are told apart, each some 60 bytes: more than a configuration has addresses.
    /// What is beyond is only counted: its group is over when as many have ended as began.
    static constexpr std::size_t kConditionsMax = 500'000;

    AlertGroups(EventKinds wanted, Duration window, std::size_t conditions_max = kConditionsMax)
        : wanted_(wanted), window_(window), conditions_max_(conditions_max) {}

    void configure(EventKinds wanted, Duration window) {
        wanted_ = wanted;
        window_ = window;
    }
    void add(const std::shared_ptr<const Event>& event, TimePoint now);
    [[nodiscard]] std::vector<AlertMessage> due(TimePoint now);

    /// Events were missed: of `kind` the conditions of `lasting`, subjects, last, and no others.
    /// Those that were not known of go along with the newest group of their class that is open.
    void reconcile(EventKind kind, const std::unordered_set<std::string>& lasting, TimePoint now);

  private:
    struct Group {
        AlertMessage message;
        TimePoint collects_until{};
        bool told = false;
        bool has_notices = false;
        std::size_t beyond = 0;   // of the active conditions, those that are only counted
        AlertMessage recovery;    // events only
        TimePoint quiet_since{};  // when the last condition ended
    };
    struct Condition {
        std::uint64_t group = 0;
        EventKind kind = EventKind::health;
        bool active = true;
    };
    using Groups = std::map<std::uint64_t, Group>;  // by the id of their first event

    Groups::iterator collecting(const char* about, TimePoint now);
    Groups::iterator group_for(const Event& event, TimePoint now);
    /// The newest of this class of which `holds`; end() when there is none.
    template <typename Holds>
    Groups::iterator newest(const char* about, Holds holds);
    void begin(const std::shared_ptr<const Event>& event, TimePoint now);
    void end(const std::shared_ptr<const Event>& event, TimePoint now);
    void end_one_beyond(const std::shared_ptr<const Event>& event, TimePoint now);
    static void end_one(Group& group, TimePoint now);
    void take_in(EventKind kind, std::uint64_t key);
    void forget(std::uint64_t group);

    EventKinds wanted_;
    Duration window_;
    const std::size_t conditions_max_;
    Groups groups_;
    std::unordered_map<std::uint64_t, Condition> conditions_;  // by a digest of kind and subject
};

/// "200 unhealthy, 1 failover, 2 with nothing healthy left: pool fra (A), pool fra (AAAA)"; of a
/// single event its text.
[[nodiscard]] std::string summary_of(const AlertMessage& message);

}  // namespace fairlead::backend
