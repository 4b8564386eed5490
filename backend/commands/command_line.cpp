// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "admin/client.h"
#include "backend/daemon.h"
#include "base/nearest.h"

namespace fairlead::backend {
namespace {

std::string environment(const char* name, const char* otherwise) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread yet
    return value == nullptr ? otherwise : value;
}

/// Where the Debian package's configuration has the interface, if it is there and open to us.
const char* usual_server() {
    std::error_code error;
    const bool is_there = std::filesystem::is_socket("/run/fairlead/admin.sock", error);
    return is_there ? "unix:/run/fairlead/admin.sock" : admin::kDefaultServer;
}

/// What is wrong with the options, as one line with the remedy: "fairlead set: --reason is
/// required; see fairlead set --help".
std::string complaint_of(const CLI::App* app, const CLI::Error& error) {
    std::string program = app->get_name();
    std::string wrong = error.what();
    const auto given = app->get_subcommands();
    const auto rest = app->remaining();
    if (!given.empty()) {
        program += " " + given.front()->get_name();
    } else if (!rest.empty()) {
        std::vector<std::string_view> names;
        for (const CLI::App* const command : app->get_subcommands({}))
            names.push_back(command->get_name());
        wrong = "\"" + rest.front() + "\" is no command" + did_you_mean(rest.front(), names);
    } else {
        wrong = "a command is missing";
    }
    return program + ": " + wrong + "; see " + program + " --help\n";
}

/// Each command's options, and which command was given.
struct CommandLine {
    CLI::App app{"Steers DNS answers for PowerDNS: health, geography, weights.", "fairlead"};

    CLI::App* serve = app.add_subcommand("serve", "Answer PowerDNS until told to stop");
    CLI::App* check = app.add_subcommand("check", "Validate a configuration; print all findings");
    CLI::App* explain = app.add_subcommand("explain", "Show what would be answered, and why");
    CLI::App* simulate =
        app.add_subcommand("simulate", "Show which endpoint gets how much traffic");
    CLI::App* plan = app.add_subcommand("plan", "Show what another configuration would change");
    CLI::App* status = app.add_subcommand("status", "Show how the running process is, worst first");
    CLI::App* list = app.add_subcommand("list", "List the names of endpoints, pools or records");
    CLI::App* set = app.add_subcommand("set", "Take an endpoint, pool or site out, or force it in");
    CLI::App* clear = app.add_subcommand("clear", "Take back what was set");
    CLI::App* overrides = app.add_subcommand("overrides", "Show all that is set");
    CLI::App* drill = app.add_subcommand("drill", "Take a target down for a time, and report");
    CLI::App* failback = app.add_subcommand("failback", "Send a failover node back");
    CLI::App* events = app.add_subcommand("events", "Show what has happened; -f to follow");
    CLI::App* reload = app.add_subcommand("reload", "Take up the changed configuration");
    CLI::App* log_level = app.add_subcommand("log-level", "Show or change what is logged");
    CLI::App* doctor =
        app.add_subcommand("doctor", "Hold PowerDNS's settings against what steering needs");
    CLI::App* ping = app.add_subcommand("ping", "Ask whether PowerDNS would be answered");
    CLI::App* version = app.add_subcommand("version", "Show this program's version and build");

    std::filesystem::path serve_config;
    bool take_over = false;
    CheckOptions check_options;
    bool version_json = false;
    ExplainOptions explain_options;
    SimulateOptions simulate_options;
    bool world = false;  // what simulate does without --clients
    PlanOptions plan_options;
    RemoteOptions remote;
    SetOptions set_options;
    std::string clear_target;
    std::string list_what;
    DrillOptions drill_options;
    std::string failback_name;
    std::string reload_max_shift;
    bool reload_force = false;
    std::string log_level_word;
    EventOptions event_options;
    DoctorOptions doctor_options;
    PingOptions ping_options;

    CommandLine() {
        app.require_subcommand(1);
        app.set_version_flag("--version", "fairlead " FAIRLEAD_VERSION,
                             "The version alone; `version` has the build, too");
        app.failure_message(&complaint_of);
        app.footer(
            "Exit codes: 0 done, 1 cannot start (check --strict: warnings), or the running "
            "process cannot be reached or does not answer, 2 wrong options, configuration or "
            "database, or the "
            "process refuses, 3 (status, doctor, plan, drill) something is not as it should be.");
        add_config(*serve, serve_config);
        serve->add_flag("--take-over", take_over,
                        "In place of the process that serves now, without losing a query");
        check->add_option("FILE", check_options.config, "Configuration file, or directory of them")
            ->required();
        check->add_flag("--strict", check_options.strict, "Exit with 1 when there are warnings");
        check->add_flag("--json", check_options.json, "For machines");
        version->add_flag("--json", version_json, "For machines");
        add_explain_options();
        add_simulate_options();
        add_plan_options();
        add_operator_options();
        add_doctor_options();
        add_ping_options();
        remote.server = environment("FAIRLEAD_SERVER", usual_server());
        remote.token_file = environment("FAIRLEAD_TOKEN_FILE", "");
        for (CLI::App* const command : {explain, simulate, plan, status, list, set, clear,
                                        overrides, drill, failback, events, reload, log_level})
            add_remote(*command);
    }

    /// `options` of a command that asks the running process.
    template <typename Options>
    [[nodiscard]] Options with_remote(Options options) const {
        options.remote = remote;
        return options;
    }
    [[nodiscard]] int reloading(const Streams& streams) const {
        return fairlead::backend::reload(remote, reload_force ? "" : reload_max_shift, streams);
    }

  private:
    static void add_config(CLI::App& command, std::filesystem::path& path) {
        command.add_option("-c,--config", path, "Configuration file, or directory of them")
            ->required()
            ->type_name("FILE");
    }

    static void add_config_to_ask(CLI::App& command, std::filesystem::path& path) {
        command
            .add_option("-c,--config", path,
                        "Configuration to ask offline, instead of the running process")
            ->type_name("FILE");
    }

    void add_remote(CLI::App& command) {
        command
            .add_option("--server", remote.server,
                        "The running process: http://HOST:PORT or unix:PATH; otherwise "
                        "$FAIRLEAD_SERVER, unix:/run/fairlead/admin.sock if it is there, or "
                        "http://127.0.0.1:8080")
            ->type_name("URL");
        command
            .add_option("--token-file", remote.token_file,
                        "File with the token to send; otherwise $FAIRLEAD_TOKEN_FILE")
            ->type_name("FILE");
        command.add_flag("--json", remote.json, "For machines");
    }

    void add_operator_options() {
        SetOptions& options = set_options;
        set->add_option("TARGET", options.target,
                        "Endpoint by name or address, \"pool NAME\", or a label NAME=VALUE")
            ->required();
        set->add_option("STATE", options.state,
                        "drain (no new answers), down, up, or obey (as its check says)")
            ->required()
            ->check(CLI::IsMember({"up", "down", "drain", "obey"}));
        set->add_option("--reason", options.reason, "Why; everybody sees it")->required();
        set->add_option("--for", options.duration, "End by itself after this time: 30m, 2h, 1d")
            ->type_name("TIME");
        set->footer("Example: fairlead set fra1 drain --for 2h --reason \"new disks\"");
        clear->add_option("TARGET", clear_target, "As it was set")->required();
        list->add_option("WHAT", list_what, "Of which: endpoints, pools, records (with a policy)")
            ->required()
            ->check(CLI::IsMember({"endpoints", "pools", "records"}));
        add_drill_options();
        failback->add_option("NAME", failback_name, "A record, a policy, or the path of a node")
            ->required();
        events->add_flag("-f,--follow", event_options.follow, "Go on with what happens");
        events->add_option("-n,--lines", event_options.limit, "How many of those before")
            ->type_name("N")
            ->check(CLI::Range(0, 10000));
        add_max_shift(*reload, reload_max_shift);
        reload->add_flag("--force", reload_force, "Whatever moves, in spite of --max-shift");
        log_level
            ->add_option("LEVEL", log_level_word,
                         "Lines of this level and above are written, until the next reload")
            ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
        failback->footer("Example: fairlead failback db.example.com");
    }

    void add_drill_options() {
        DrillOptions& options = drill_options;
        drill->add_option("--down", options.target, "What to take down, as with set")
            ->type_name("TARGET")
            ->required();
        drill->add_option("--for", options.duration, "For how long: 30s, 5m")
            ->type_name("TIME")
            ->required();
        drill
            ->add_option("--abort-if", options.abort_if,
                         "End at once when \"NAME all_unhealthy\", \"pool NAME all_unhealthy\" "
                         "or \"policy NAME all_unhealthy\" (repeatable)")
            ->type_name("CONDITION")
            ->allow_extra_args(false);
        drill->add_option("--reason", options.reason, "Why; everybody sees it")->type_name("TEXT");
        drill->add_option("--client", options.client, "Whose answers to look at")->type_name("IP");
        drill->footer(
            "Example: fairlead drill --down fra1 --for 5m --abort-if \"www.example.com "
            "all_unhealthy\"");
    }

    static void add_down(CLI::App& command, std::vector<std::string>& down) {
        command
            .add_option("--down", down,
                        "Endpoint, by name or address, that counts as unhealthy (repeatable)")
            ->type_name("ENDPOINT")
            ->allow_extra_args(false);  // one each: NAME may follow
    }

    static void add_resolve(CLI::App& command, std::vector<std::string>& resolve) {
        command
            .add_option("--resolve", resolve,
                        "What an alias has, offline: lb.example.net=192.0.2.1,2001:db8::1 "
                        "(repeatable)")
            ->type_name("NAME=ADDRESS,...")
            ->allow_extra_args(false);
    }

    void add_simulate_options() {
        SimulateOptions& options = simulate_options;
        add_config_to_ask(*simulate, options.config);
        simulate->add_option("NAME", options.name, "Domain name with a policy")->required();
        simulate->add_option("--type", options.type, "A or AAAA")->type_name("TYPE");
        auto* const clients = simulate->add_option(
            "--clients", options.clients, "CSV of client networks and weights: 192.0.2.0/24,3");
        clients->type_name("FILE");
        simulate
            ->add_flag("--world", world,
                       "Every IPv4 address whose place the databases know (the default)")
            ->excludes(clients);
        add_down(*simulate, options.down);
        add_resolve(*simulate, options.resolve);
        simulate->add_flag("--by-country", options.by_country, "List the countries too");
        simulate->footer("Example: fairlead simulate www.example.com --down fra1");
    }

    static void add_max_shift(CLI::App& command, std::string& max_shift) {
        command
            .add_option("--max-shift", max_shift,
                        "The largest share of any name's clients that may be answered otherwise")
            ->type_name("PERCENT");
    }

    void add_plan_options() {
        PlanOptions& options = plan_options;
        plan->add_option("-c,--config", options.config,
                         "The configuration as it is, instead of what the running process serves")
            ->type_name("FILE");
        plan->add_option("FILE", options.next,
                         "The configuration that would be next; beside that of the running process")
            ->required();
        plan->add_option("--clients", options.clients,
                         "CSV of client networks and weights; otherwise the world")
            ->type_name("FILE");
        add_max_shift(*plan, options.max_shift);
        plan->footer("Example: fairlead plan /etc/fairlead/new.yaml --max-shift 20%");
    }

    void add_doctor_options() {
        DoctorOptions& options = doctor_options;
        add_config(*doctor, options.config);
        doctor
            ->add_option("--control", options.control,
                         "PowerDNS's control socket (repeatable); otherwise server.pdns_control, "
                         "pdns_api")
            ->type_name("PATH");
        doctor->add_flag("--json", options.json, "For machines");
        doctor->footer(
            "Example: fairlead doctor -c /etc/fairlead/fairlead.yaml --control "
            "/run/pdns/pdns.controlsocket");
    }

    void add_ping_options() {
        ping->add_option("--socket", ping_options.socket,
                         "server.socket of the process; otherwise /run/fairlead/pdns.sock")
            ->type_name("PATH");
        ping->add_option("--timeout", ping_options.timeout, "How long it may take; otherwise 2s")
            ->type_name("TIME");
        ping->footer("Example: fairlead ping --timeout 500ms");
    }

    void add_explain_options() {
        ExplainOptions& options = explain_options;
        add_config_to_ask(*explain, options.config);
        explain->add_option("NAME", options.name, "Domain name")->required();
        explain->add_option("TYPE", options.type, "A, AAAA, ANY, MX, ...")->required();
        explain->add_option("--client", options.client, "The resolver that asks")->type_name("IP");
        explain->add_option("--ecs", options.ecs, "EDNS client subnet it sends along")
            ->type_name("PREFIX");
        add_down(*explain, options.down);
        add_resolve(*explain, options.resolve);
        explain->add_option("--seed", options.seed, "Seed of random draws")->type_name("N");
        explain->footer("Example: fairlead explain www.example.com A --client 203.0.113.9");
    }
};

int run(const CommandLine& line, const Streams& streams) {
    if (line.serve->parsed()) return serve(line.serve_config, line.take_over, streams);
    if (line.check->parsed()) return check(line.check_options, streams);
    if (line.explain->parsed()) return explain(line.with_remote(line.explain_options), streams);
    if (line.status->parsed()) return status(line.remote, streams);
    if (line.list->parsed()) return list(line.remote, line.list_what, streams);
    if (line.set->parsed()) return set(line.with_remote(line.set_options), streams);
    if (line.clear->parsed()) return clear(line.remote, line.clear_target, streams);
    if (line.overrides->parsed()) return overrides(line.remote, streams);
    if (line.drill->parsed()) return drill(line.with_remote(line.drill_options), streams);
    if (line.failback->parsed()) return failback(line.remote, line.failback_name, streams);
    if (line.events->parsed()) return events(line.with_remote(line.event_options), streams);
    if (line.reload->parsed()) return line.reloading(streams);
    if (line.log_level->parsed()) return log_level(line.remote, line.log_level_word, streams);
    if (line.plan->parsed()) return plan(line.with_remote(line.plan_options), streams);
    if (line.doctor->parsed()) return doctor(line.doctor_options, streams);
    if (line.ping->parsed()) return ping(line.ping_options, streams);
    if (line.simulate->parsed()) return simulate(line.with_remote(line.simulate_options), streams);
    return version(line.version_json, streams);
}

}  // namespace

int run_command_line(int argc, const char* const* argv, const Streams& streams) {
    CommandLine line;
    try {
        line.app.parse(argc, argv);
        line.remote.colour = streams.colour;
    } catch (const CLI::ParseError& end) {  // --help ends parsing this way, too
        const bool wrong = line.app.exit(end, streams.out, streams.err) != 0;
        return wrong ? kExitBadConfig : kExitClean;
    }
    try {
        return run(line, streams);
    } catch (const nlohmann::json::exception&) {
        streams.err << "fairlead: what answers at " << line.remote.server
                    << " is not fairlead, or another version of it\n";
        return kExitCannotStart;
    }
}

}  // namespace fairlead::backend
