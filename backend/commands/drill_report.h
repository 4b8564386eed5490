// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a drill saw, and what that says: which names went from where to where, how much of their
// answers moved, what had nothing healthy left, and how soon all was as before.
//
// A drill looks a few times a second, so its times are true to a look. A part of the answers that
// moved is half the sum of what each address has more or less than before (total variation).
// Thread rule: a value. Pure: times are passed in, counted from the moment the target was taken
// down.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace fairlead::backend {

/// How it ended.
enum class DrillEnd : std::uint8_t {
    done,         // its time was over
    interrupted,  // by who had begun it
    aborted,      // one of its conditions held
    taken_over,   // somebody has set, or taken back, the same target meanwhile
    lost,         // the process could not be asked any more
};

/// "done", "taken_over": part of the interface.
[[nodiscard]] const char* to_string(DrillEnd end);

class DrillReport {
  public:
    using Json = nlohmann::ordered_json;
    using Time = std::chrono::milliseconds;

    /// What there is before: the reply of /api/v1/records with the shares of the target's names.
    explicit DrillReport(const Json& records);

    /// The same at a later time.
    void look(Time at, const Json& records);
    /// Whether the event is of a kind that a drill tells.
    [[nodiscard]] static bool is_told(const Json& event);
    /// An event of the process; of a kind that means nothing here it is ignored.
    void add_event(const Json& event);
    /// Events that came and were no longer kept when it asked.
    void add_missed(std::uint64_t events) { missed_ += events; }
    /// The target was given back, or its time was over.
    void end(Time at, DrillEnd end, std::string why);

    /// Each name is answered as before.
    [[nodiscard]] bool is_restored() const;
    [[nodiscard]] DrillEnd how_ended() const { return end_; }

    /// For machines; `head` comes first.
    [[nodiscard]] Json json(Json head) const;
    /// The same for people, without the head.
    void print(bool colour, std::ostream& out) const;

  private:
    using Shares = std::map<std::string, double>;  // by address
    struct Name {
        std::int64_t ttl = 0;
        Shares before;
        Shares now;
        double moved = 0;  // the largest part
        Shares moved_to;   // what answered then
        std::optional<Time> switched;
        std::optional<Time> back;  // after the end; nothing while it is not as before

        [[nodiscard]] bool is_as_before() const;
    };
    struct Dark {
        std::string subject;
        std::string since;
        std::string reason;
        std::optional<std::int64_t> lasted_ms;  // nothing: it still is
    };
    using Key = std::pair<std::string, std::string>;  // name and type

    template <typename Visit>
    static void for_each_name(const Json& records, const Visit& visit);
    [[nodiscard]] std::vector<std::pair<Key, Name>> moved() const;
    [[nodiscard]] std::optional<Time> last_switch() const;
    [[nodiscard]] std::optional<Time> time_to_restore() const;
    [[nodiscard]] std::int64_t largest_ttl() const;
    void print_names(bool colour, std::ostream& out) const;
    void print_dark(bool colour, std::ostream& out) const;

    std::map<Key, Name> names_;
    std::size_t more_names_ = 0;  // that have the target, and were not looked at
    std::vector<Json> moves_;     // failovers and failbacks
    std::vector<Dark> dark_;
    std::uint64_t missed_ = 0;  // events
    Time ended_{};
    bool has_ended_ = false;
    DrillEnd end_ = DrillEnd::done;
    std::string why_;
};

}  // namespace fairlead::backend
