// SPDX-License-Identifier: Apache-2.0
#include "backend/command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <ostream>

#include "backend/daemon.h"

namespace fairlead::backend {
namespace {

/// Each command's options, and which command was given.
struct CommandLine {
    CLI::App app{"Steers DNS answers for PowerDNS: health, geography, weights.", "fairlead"};

    CLI::App* serve = app.add_subcommand("serve", "Answer PowerDNS until told to stop");
    CLI::App* check = app.add_subcommand("check", "Validate a configuration; print all findings");
    CLI::App* explain = app.add_subcommand("explain", "Show what would be answered, and why");
    CLI::App* simulate =
        app.add_subcommand("simulate", "Show which endpoint gets how much traffic");
    CLI::App* version = app.add_subcommand("version", "Show this program's version and build");

    std::filesystem::path serve_config;
    std::filesystem::path check_config;
    bool strict = false;
    ExplainOptions explain_options;
    SimulateOptions simulate_options;
    bool world = false;  // what simulate does without --clients

    CommandLine() {
        app.require_subcommand(1);
        app.footer(
            "Exit codes: 0 done, 1 cannot start (check --strict: warnings), "
            "2 wrong options, configuration or database.");
        add_config(*serve, serve_config);
        check->add_option("FILE", check_config, "Configuration file, or directory of them")
            ->required();
        check->add_flag("--strict", strict, "Exit with 1 when there are warnings");
        add_explain_options();
        add_simulate_options();
    }

  private:
    static void add_config(CLI::App& command, std::filesystem::path& path) {
        command.add_option("-c,--config", path, "Configuration file, or directory of them")
            ->required()
            ->type_name("FILE");
    }

    static void add_down(CLI::App& command, std::vector<std::string>& down) {
        command
            .add_option("--down", down,
                        "Endpoint, by name or address, that counts as unhealthy (repeatable)")
            ->type_name("ENDPOINT")
            ->allow_extra_args(false);  // one each: NAME may follow
    }

    void add_simulate_options() {
        SimulateOptions& options = simulate_options;
        add_config(*simulate, options.config);
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
        simulate->add_flag("--by-country", options.by_country, "List the countries too");
        simulate->add_flag("--json", options.json, "For machines; all countries");
        simulate->footer("Example: fairlead simulate www.example.com --down fra1 -c fairlead.yaml");
    }

    void add_explain_options() {
        ExplainOptions& options = explain_options;
        add_config(*explain, options.config);
        explain->add_option("NAME", options.name, "Domain name")->required();
        explain->add_option("TYPE", options.type, "A, AAAA, ANY, MX, ...")->required();
        explain->add_option("--client", options.client, "The resolver that asks")->type_name("IP");
        explain->add_option("--ecs", options.ecs, "EDNS client subnet it sends along")
            ->type_name("PREFIX");
        add_down(*explain, options.down);
        explain->add_option("--seed", options.seed, "Seed of random draws")->type_name("N");
        explain->add_flag("--json", options.json, "For machines");
        explain->footer(
            "Example: fairlead explain www.example.com A --client 203.0.113.9 -c fairlead.yaml");
    }
};

}  // namespace

int run_command_line(int argc, const char* const* argv, const Streams& streams) {
    CommandLine line;
    try {
        line.app.parse(argc, argv);
    } catch (const CLI::ParseError& end) {  // --help ends parsing this way, too
        const bool wrong = line.app.exit(end, streams.out, streams.err) != 0;
        return wrong ? kExitBadConfig : kExitClean;
    }
    if (line.serve->parsed()) return serve(line.serve_config, streams);
    if (line.check->parsed()) return check(line.check_config, line.strict, streams);
    if (line.explain->parsed()) return explain(line.explain_options, streams);
    if (line.simulate->parsed()) return simulate(line.simulate_options, streams);
    return version(streams);
}

}  // namespace fairlead::backend
