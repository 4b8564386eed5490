// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/advice.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace fairlead::backend {
namespace {

/// The number at the beginning of `text`; nothing when there is none.
std::optional<long> number(std::string_view text) {
    long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() ? std::optional(value) : std::nullopt;
}

// In milliseconds. kTimeout and kQueueLimit are what is advised.
constexpr long kTimeout = 1000;
constexpr long kQueueLimit = 1500;
constexpr long kPurgedTimeoutMax = 10'000;

bool is_yes(std::string_view value) {
    return value == "yes" || value == "on" || value == "true";
}

class Examination {
  public:
    Examination(const PowerDnsSettings& settings, const Needs& needs)
        : settings_(settings), needs_(needs) {}

    std::vector<Advice> all(std::string_view version) {
        look_at_version(version);
        look_at_answers();
        look_at_signatures();
        look_at_failure();
        look_at_speed();
        look_at_caches();
        return std::move(advice_);
    }

  private:
    void look_at_version(std::string_view version) {
        const auto major = number(version).value_or(0);
        const auto dot = version.find('.');
        const auto minor =
            dot == std::string_view::npos ? 0 : number(version.substr(dot + 1)).value_or(0);
        if (major == 0 || major > 4 || (major == 4 && minor >= 7)) return;
        advice_.push_back({"version " + std::string(version),
                           "fairlead is made and tested for PowerDNS 4.7 and newer",
                           "# install PowerDNS Authoritative Server 4.7 or newer"});
    }

    void look_at_answers() {
        const auto backends = launched_backends(settings_);
        if (text("launch") && std::ranges::none_of(backends, is_remote)) {
            add("launch", "this PowerDNS does not ask fairlead at all", "launch=remote");
        } else if (!backends.empty() && !is_remote(backends.back())) {
            add("launch",
                "the remote backend answers every question for metadata, so that backends after it "
                "lose theirs",
                "# name remote last in launch");
        }
        if (yes("consistent-backends")) {
            add("consistent-backends",
                "every steered name is asked for twice, as ANY, and only the second answer is "
                "used: half the speed, and draws are counted double",
                "consistent-backends=no");
        }
        if (needs_.client_subnets && no("edns-subnet-processing")) {
            add("edns-subnet-processing",
                "all clients of a public resolver are placed where the resolver is, and its cache "
                "gives one client's answer to the whole world",
                "edns-subnet-processing=yes");
        }
        if (needs_.client_subnets && yes("views")) {  // 5.0 and newer
            add("views",
                "to a client in a network of a view PowerDNS says that the answer holds for all of "
                "that network, and resolvers give it to clients that are to have another",
                "views=no");
        }
    }

    void look_at_signatures() {
        if (!needs_.signatures || !no("remote-dnssec")) return;
        add("remote-dnssec",
            "a zone says `dnssec: true`, but PowerDNS does not ask for its keys: nothing is "
            "signed, "
            "and with a DS record at the parent everything is taken for forged",
            "remote-dnssec=yes");
    }

    void look_at_failure() {
        // PowerDNS 4.7 tells a role by its old name too.
        for (const auto& names :
             {std::pair("primary", "master"), std::pair("secondary", "slave")}) {
            const auto* role = yes(names.first) ? names.first : names.second;
            if (!yes(role)) continue;
            add(role,
                "pdns_server looks for work every xfr-cycle-interval and exits when fairlead is "
                "away at that moment",
                std::string(role) + "=no");
        }
        look_at_timeout();
        if (value("overload-queue-length") == 0) {
            add("overload-queue-length",
                "when fairlead stalls, the queue grows to max-queue-length and pdns_server exits",
                "overload-queue-length=2500");
        }
        if (value("zone-cache-refresh-interval") == 0) {
            add("zone-cache-refresh-interval",
                "every query walks up its name label by label, and names of strangers reach "
                "fairlead too",
                "zone-cache-refresh-interval=60");
        }
    }

    void look_at_timeout() {
        const auto timeout = connector_timeout(settings_).count();
        const auto limit = value("queue-limit").value_or(0);  // 0: none
        const bool outlasts = limit > 0 && timeout >= limit;
        if (outlasts && limit <= kTimeout) {
            add("queue-limit",
                "one stall may last timeout=" + std::to_string(timeout) +
                    ", and every query behind it is dropped before it is over",
                "queue-limit=" + std::to_string(kQueueLimit));
        }
        const bool is_long = needs_.purges && timeout > kPurgedTimeoutMax;
        if ((outlasts || is_long) && timeout > kTimeout) {
            advice_.push_back(
                {"remote-connection-string with timeout=" + std::to_string(timeout),
                 outlasts ? "one stall lasts longer than queue-limit=" + std::to_string(limit) +
                                ", so that every query behind it is dropped"
                          : "an answer from before a change may come, and be cached, up to so many "
                            "milliseconds after it, and be given until the purge after it",
                 "remote-connection-string=unix:path=...,timeout=" + std::to_string(kTimeout)});
        }
    }

    void look_at_speed() {
        const auto threads = value("distributor-threads");
        if (threads == 1) {
            add("distributor-threads",
                "the thread that reads the network waits for fairlead itself, and the kernel drops "
                "what arrives meanwhile",
                "distributor-threads=16");
        } else if (threads && *threads < 8) {
            add("distributor-threads",
                "all of them soon wait for each other's wake-ups while fairlead idles",
                "distributor-threads=16");
        }
    }

    void look_at_caches() {
        if (needs_.purges) return;  // a reload empties them
        if (value("negquery-cache-ttl").value_or(0) > 30) {
            add("negquery-cache-ttl", "a name that is new is not found for so many seconds",
                "negquery-cache-ttl=10");
        }
        if (value("cache-ttl").value_or(0) > 60) {
            add("cache-ttl", "a changed static record is answered in its old form for that long",
                "cache-ttl=20");
        }
        if (value("query-cache-ttl").value_or(0) > 60) {
            add("query-cache-ttl",
                "a changed static record is looked up in its old form for that long",
                "query-cache-ttl=20");
        }
        if (value("zone-cache-refresh-interval").value_or(0) > 120) {
            add("zone-cache-refresh-interval",
                "a new zone is refused for so many seconds, unless server.pdns_control is set in "
                "fairlead's configuration",
                "zone-cache-refresh-interval=60");
        }
    }

    [[nodiscard]] std::optional<std::string> text(std::string_view name) const {
        const auto found = settings_.find(name);
        return found == settings_.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] std::optional<long> value(std::string_view name) const {
        const auto found = text(name);
        return found ? number(*found) : std::nullopt;
    }
    [[nodiscard]] bool yes(std::string_view name) const {
        const auto found = text(name);
        return found && is_yes(*found);
    }
    [[nodiscard]] bool no(std::string_view name) const {
        const auto found = text(name);
        return found && !is_yes(*found);
    }
    void add(const std::string& name, std::string problem, std::string line) {
        advice_.push_back({name + "=" + *text(name), std::move(problem), std::move(line)});
    }

    const PowerDnsSettings& settings_;
    const Needs needs_;
    std::vector<Advice> advice_;
};

}  // namespace

std::vector<Advice> advice(const PowerDnsSettings& settings, std::string_view version,
                           const Needs& needs) {
    return Examination(settings, needs).all(version);
}

}  // namespace fairlead::backend
