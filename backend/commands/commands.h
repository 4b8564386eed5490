// SPDX-License-Identifier: Apache-2.0
#pragma once

// The commands of `fairlead`, as functions: what to do, where to write, the exit code as result.
// Parsing of the command line is in command_line.h; each command is in its own file.

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace fairlead::backend {

struct Streams {
    std::ostream& out;    // what was asked for
    std::ostream& err;    // what went wrong
    bool colour = false;  // `out` is a terminal that shows colours
};

/// fairlead serve: runs until it is told to stop. `take_over`: in place of the process that serves.
/// Exit code: see backend/daemon.h.
[[nodiscard]] int serve(const std::filesystem::path& config, bool take_over,
                        const Streams& streams);

struct CheckOptions {
    std::filesystem::path config;
    bool strict = false;
    bool json = false;  // for machines: findings and all on `out`
};

/// fairlead check: prints every finding. 0 clean, 1 warnings with `strict`, 2 errors.
[[nodiscard]] int check(const CheckOptions& options, const Streams& streams);

/// How to reach a running process.
struct RemoteOptions {
    std::string server;                // "http://HOST:PORT" or "unix:PATH"
    std::filesystem::path token_file;  // or empty
    bool json = false;                 // for machines
    bool colour = false;               // somebody looks
};

struct ExplainOptions {
    std::filesystem::path config;  // empty: ask the running process
    RemoteOptions remote;
    std::string name;                  // with or without the final dot
    std::string type;                  // in any case
    std::string client;                // an address; empty: PowerDNS asking for itself
    std::string ecs;                   // EDNS client subnet, or empty
    std::vector<std::string> down;     // endpoints, by name or address, that count as unhealthy
    std::vector<std::string> resolve;  // "NAME=ADDRESS,ADDRESS": what aliases have
    std::uint64_t seed = 0;            // of random draws
};

/// fairlead explain: what is answered now, and why, from the running process; or with a
/// configuration what would be, with every unknown endpoint counted as healthy. 0, also for a name
/// that does not exist; 1 when the process cannot be reached; 2 when the options or the
/// configuration are wrong.
[[nodiscard]] int explain(const ExplainOptions& options, const Streams& streams);

struct SimulateOptions {
    std::filesystem::path config;  // empty: ask the running process
    RemoteOptions remote;
    std::string name;                  // with or without the final dot
    std::string type = "A";            // or AAAA
    std::filesystem::path clients;     // CSV of networks and weights; empty: the world
    std::vector<std::string> down;     // as with explain
    std::vector<std::string> resolve;  // the same
    bool by_country = false;
};

/// fairlead simulate: which share of many clients' answers each endpoint gets, in the running
/// process at this moment, or with a configuration where every endpoint counts as healthy. 0; 1
/// when the process cannot be reached; 2 when the options, the clients or the configuration are
/// wrong.
[[nodiscard]] int simulate(const SimulateOptions& options, const Streams& streams);

struct PlanOptions {
    std::filesystem::path config;  // as it is; empty: what the running process serves
    RemoteOptions remote;
    std::filesystem::path next;     // as it would be; of a running process, beside its own
    std::filesystem::path clients;  // as with simulate
    std::string max_shift;          // "20%"; empty: whatever moves
};

/// fairlead plan: what changes between two configurations, and which share of each name's clients
/// is answered otherwise. 0; 1 when the process cannot be reached; 2 when the options or one of the
/// configurations are wrong; 3 when more moves than `max_shift`.
[[nodiscard]] int plan(const PlanOptions& options, const Streams& streams);

// Commands for a running process: 0 done, 1 it cannot be reached, 2 it said no, and why.

/// fairlead status: how it is, and its endpoints, the worst first. 3 when something is not as it
/// should be: it is not ready, or an endpoint is unhealthy.
[[nodiscard]] int status(const RemoteOptions& remote, const Streams& streams);

struct SetOptions {
    RemoteOptions remote;
    std::string target;    // an endpoint's name or address, "pool NAME", "LABEL=VALUE"
    std::string state;     // up, down, drain, obey
    std::string reason;    // mandatory
    std::string duration;  // "2h"; empty: until it is taken back
};

/// fairlead set: sets a state beside the measured one. `clear` takes it back.
[[nodiscard]] int set(const SetOptions& options, const Streams& streams);
[[nodiscard]] int clear(const RemoteOptions& remote, const std::string& target,
                        const Streams& streams);
[[nodiscard]] int overrides(const RemoteOptions& remote, const Streams& streams);

/// fairlead list: the names of endpoints, pools or records (those with a policy), one a line; the
/// first 10,000. `what`: "endpoints", "pools", "records". With --json all that is known of each.
[[nodiscard]] int list(const RemoteOptions& remote, const std::string& what,
                       const Streams& streams);

struct DrillOptions {
    RemoteOptions remote;
    std::string target;                 // as with `set`
    std::string duration;               // "5m"
    std::vector<std::string> abort_if;  // "www.example.com all_unhealthy", "pool eu all_unhealthy"
    std::string reason;                 // empty: "failover test"
    std::string client;                 // whose answers are looked at; empty: nobody's
};

/// fairlead drill: takes a target down for a time, watches, gives it back and reports. 0 it ran to
/// its end and every name is answered as before; 1 the process cannot be reached (any more: the
/// target comes back by itself); 2 refused, nothing was changed; 3 aborted, interrupted, or not
/// everything is as before.
[[nodiscard]] int drill(const DrillOptions& options, const Streams& streams);

/// fairlead failback: sends a failover node back. `name`: a record, a policy, or a node's path.
[[nodiscard]] int failback(const RemoteOptions& remote, const std::string& name,
                           const Streams& streams);

/// fairlead log-level: `level` empty: says which it is.
[[nodiscard]] int log_level(const RemoteOptions& remote, const std::string& level,
                            const Streams& streams);

/// fairlead reload: 2 with all findings when the new configuration was refused. `max_shift`: "20%",
/// the largest share of any name's clients that may be answered otherwise; empty: all.
[[nodiscard]] int reload(const RemoteOptions& remote, const std::string& max_shift,
                         const Streams& streams);

struct EventOptions {
    RemoteOptions remote;
    bool follow = false;      // and what happens from here on, until interrupted
    std::size_t limit = 100;  // of those before
};

/// fairlead events: what has happened, the newest last. With `follow` 1 when the process ends.
[[nodiscard]] int events(const EventOptions& options, const Streams& streams);

struct DoctorOptions {
    std::filesystem::path config;
    std::vector<std::filesystem::path> control;  // instead of the configuration's pdns_control
    bool json = false;
};

/// fairlead doctor: what of each running PowerDNS's settings does not fit steering. 0 nothing, 3
/// findings, 1 a PowerDNS cannot be asked, 2 the configuration is wrong or names none.
[[nodiscard]] int doctor(const DoctorOptions& options, const Streams& streams);

struct PingOptions {
    std::string socket = "/run/fairlead/pdns.sock";  // server.socket of the process
    std::string timeout = "2s";                      // for connection and answer together
};

/// fairlead ping: asks over PowerDNS's socket, as PowerDNS does. 0 it answers, 1 it does not, or
/// not in time.
[[nodiscard]] int ping(const PingOptions& options, const Streams& streams);

/// fairlead version. `json`: for machines.
[[nodiscard]] int version(bool json, const Streams& streams);

}  // namespace fairlead::backend
