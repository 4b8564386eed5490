// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/command_line.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

struct Outcome {
    int exit_code = -1;
    std::string out;
    std::string err;
};

Outcome run(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "fairlead");
    std::ostringstream out;
    std::ostringstream err;
    const int exit_code =
        run_command_line(static_cast<int>(arguments.size()), arguments.data(), {out, err});
    return {exit_code, out.str(), err.str()};
}

bool mentions(const std::string& text, const std::string& part) {
    CAPTURE(text, part);
    return text.find(part) != std::string::npos;
}

std::size_t lines_in(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// A configuration file of its own for each test.
class ConfigFile {
  public:
    explicit ConfigFile(const std::string& records) {
        std::ofstream(path_) << "health_checks:\n"
                                "  web: {type: tcp, port: 80}\n"
                                "zones:\n"
                                "  example.com:\n"
                                "    ns: [ns1.example.com.]\n"
                                "    records:\n"
                                "      ns1: {A: [192.0.2.53]}\n"
                             << records;
    }
    [[nodiscard]] const char* path() const { return path_.c_str(); }
    /// Another file beside it.
    void add(const char* name, const char* text) const { std::ofstream(directory_ / name) << text; }

  private:
    TemporaryDirectory directory_;
    std::string path_ = directory_ / "fairlead.yaml";
};

const std::string kRecords =
    "      www:\n"
    "        ttl: 30\n"
    "        policy: failover\n"
    "        health_check: web\n"
    "        targets: [203.0.113.10, 198.51.100.20]\n"
    "      '*.dev': {CNAME: www.example.com.}\n"
    "      bare: {policy: simple, targets: [203.0.113.30]}\n";

TEST_CASE("help and version say what they are asked for", "[backend][command_line]") {
    const auto help = run({"--help"});
    CHECK(help.exit_code == 0);
    for (const char* command : {"serve", "check", "explain", "version"})
        CHECK(mentions(help.out, command));
    CHECK(mentions(run({"explain", "--help"}).out, "--ecs"));
    const auto version = run({"version"});
    CHECK(version.exit_code == 0);
    CHECK(mentions(version.out, "fairlead "));
    const auto alone = run({"--version"});
    CHECK(alone.exit_code == 0);
    CHECK(lines_in(alone.out) == 1);
    CHECK(version.out.starts_with(alone.out));
}

TEST_CASE("a wrong command line is one message and exit code 2", "[backend][command_line]") {
    for (const auto& arguments : std::vector<std::vector<const char*>>{
             {}, {"nosuch"}, {"serve"}, {"check"}, {"explain", "a."}, {"version", "--nosuch"}}) {
        const auto outcome = run(arguments);
        CHECK(outcome.exit_code == 2);
        CHECK(lines_in(outcome.err) == 1);
        CHECK(outcome.err.starts_with("fairlead"));
        CHECK(mentions(outcome.err, " --help\n"));
        CHECK(outcome.out.empty());
    }
    CHECK(run({"stauts"}).err ==
          "fairlead: \"stauts\" is no command; did you mean \"status\"?; see fairlead --help\n");
    CHECK(mentions(run({"set", "fra1", "drain"}).err, "fairlead set: --reason is required"));
}

TEST_CASE("what cannot be reached is said to machines, too", "[backend][command_line]") {
    const auto outcome = run({"status", "--json", "--server", "unix:/nonexistent/admin.sock"});
    CHECK(outcome.exit_code == 1);
    const auto said = nlohmann::json::parse(outcome.out);
    CHECK(outcome.err == "fairlead: " + said.at("error").get<std::string>() + "\n");
}

TEST_CASE("ping says whether anybody answers at the socket, and when not why",
          "[backend][command_line]") {
    const TemporaryDirectory directory;
    const std::string absent = directory / "absent.sock";
    const auto nobody = run({"ping", "--socket", absent.c_str()});
    CHECK(nobody.exit_code == 1);
    CHECK(nobody.err == "fairlead ping: " + absent + ": No such file or directory\n");
    CHECK(run({"ping", "--socket", std::string(200, 'x').c_str()}).exit_code == 1);
    for (const char* timeout : {"0", "-1s", "soon"}) {
        const auto wrong = run({"ping", "--timeout", timeout});
        CHECK(wrong.exit_code == 2);
        CHECK(mentions(wrong.err, timeout));
    }
}

TEST_CASE("check accepts a good configuration", "[backend][command_line]") {
    const ConfigFile config(kRecords);
    const auto outcome = run({"check", config.path()});
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(mentions(outcome.out, std::string(config.path()) + ": ok, 1 zone, "));
}

TEST_CASE("check and version have a form for machines", "[backend][command_line]") {
    const ConfigFile good(kRecords);
    const auto checked = nlohmann::json::parse(run({"check", good.path(), "--json"}).out);
    CHECK(checked["ok"] == true);
    CHECK(checked["zones"] == 1);
    const ConfigFile bad("      www: {policy: failovr, targets: [203.0.113.10]}\n");
    const auto outcome = run({"check", bad.path(), "--json"});
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.empty());
    const auto found = nlohmann::json::parse(outcome.out);
    CHECK(found["ok"] == false);
    const auto& finding = found["findings"].back();  // after a warning about the check
    CHECK(finding["severity"] == "error");
    CHECK(finding["line"] == 8);
    CHECK(finding["path"] == "zones.example.com.records.www.policy");
    const auto version = nlohmann::json::parse(run({"version", "--json"}).out);
    CHECK(mentions(run({"version"}).out, "fairlead " + version["fairlead"].get<std::string>()));
}

TEST_CASE("check prints every finding and exits with 2", "[backend][command_line]") {
    const ConfigFile config(
        "      www: {policy: failovr, targets: [203.0.113.10]}\n"
        "      api: {policy: weighted, targets: [{pool: nosuch, weight: 1}]}\n");
    const auto outcome = run({"check", config.path()});
    CHECK(outcome.exit_code == 2);
    CHECK(lines_in(outcome.err) >= 2);
    CHECK(mentions(outcome.err, "failover"));
    CHECK(mentions(outcome.err, "nosuch"));
    CHECK(outcome.out.empty());
    CHECK(run({"check", "/nonexistent/fairlead.yaml"}).exit_code == 2);
}

TEST_CASE("serve refuses a bad configuration with its findings", "[backend][command_line]") {
    const ConfigFile config("      www: {policy: failovr, targets: [203.0.113.10]}\n");
    const auto outcome = run({"serve", "-c", config.path()});
    CHECK(outcome.exit_code == 2);
    CHECK(mentions(outcome.err, "fairlead.yaml:"));
}

TEST_CASE("check is strict about warnings when asked to be", "[backend][command_line]") {
    const ConfigFile config(kRecords +
                            "      unused: {policy: simple, targets: [203.0.113.30]}\n"
                            "pools:\n  spare: {endpoints: [192.0.2.61]}\n");
    CHECK(run({"check", config.path()}).exit_code == 0);
    const auto strict = run({"check", "--strict", config.path()});
    CHECK(strict.exit_code == 1);
    CHECK(mentions(strict.err, "warning"));
}

TEST_CASE("explain shows the answer, offline", "[backend][command_line]") {
    const ConfigFile config(kRecords);
    const auto usual =
        run({"explain", "www.example.com", "a", "--client", "192.0.2.1", "-c", config.path()});
    CAPTURE(usual.err);
    CHECK(usual.exit_code == 0);
    CHECK(mentions(usual.out, "every endpoint counts as healthy"));
    CHECK(mentions(usual.out, "A 203.0.113.10   ttl 30"));

    const auto down = run({"explain", "www.example.com.", "A", "--client", "192.0.2.1", "--down",
                           "203.0.113.10", "-c", config.path()});
    CHECK(down.exit_code == 0);
    CHECK(mentions(down.out, "except 203.0.113.10"));
    CHECK(mentions(down.out, "A 198.51.100.20   ttl 30"));
}

TEST_CASE("explain speaks JSON when asked to", "[backend][command_line]") {
    const ConfigFile config(kRecords);
    const auto outcome = run({"explain", "www.example.com", "ANY", "--client", "192.0.2.1",
                              "--down", "203.0.113.10", "--json", "-c", config.path()});
    const auto json = nlohmann::json::parse(outcome.out);
    CHECK(json["name"] == "www.example.com.");
    CHECK(json["client"] == "192.0.2.1");
    CHECK(json["location"].is_null());
    CHECK(json["A"]["addresses"] == nlohmann::json{"198.51.100.20"});
    CHECK(json["A"]["ttl"] == 30);
    CHECK(json["A"]["scope"] == 1);
    CHECK(json["A"]["depends_on"] == nlohmann::json{"health"});
    const auto& step = json["A"]["steps"][0];
    CHECK(step["policy"] == "failover");
    CHECK(step["targets"][0]["fate"] == "unhealthy");
    CHECK(step["targets"][1]["fate"] == "picked");
    CHECK(json["AAAA"]["addresses"].empty());

    const auto missing = nlohmann::json::parse(
        run({"explain", "nosuch.example.com", "A", "--json", "-c", config.path()}).out);
    CHECK(missing["exists"] == false);
    CHECK_FALSE(missing.contains("A"));
    const auto fixed = nlohmann::json::parse(
        run({"explain", "ns1.example.com", "A", "--json", "-c", config.path()}).out);
    CHECK(fixed["static"][0]["content"] == "192.0.2.53");
}

TEST_CASE("explain takes --down more than once, anywhere", "[backend][command_line]") {
    const ConfigFile config(kRecords);
    const auto outcome = run({"explain", "--down", "203.0.113.10", "--down", "198.51.100.20",
                              "www.example.com", "A", "-c", config.path()});
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(mentions(outcome.out, "except 203.0.113.10, 198.51.100.20"));
    CHECK(mentions(outcome.out, "serve_all"));
}

TEST_CASE("explain says what wildcard answers for a name", "[backend][command_line]") {
    const ConfigFile config(kRecords);
    const auto outcome = run({"explain", "x.y.dev.example.com", "CNAME", "-c", config.path()});
    CHECK(outcome.exit_code == 0);
    CHECK(mentions(outcome.out, "*.dev.example.com."));
    CHECK(mentions(outcome.out, "www.example.com."));
    CHECK(mentions(run({"explain", "nosuch.example.com", "A", "-c", config.path()}).out,
                   "no such name in zone example.com."));
    CHECK(mentions(run({"explain", "example.net", "A", "-c", config.path()}).out, "no such zone"));
}

TEST_CASE("explain answers wrong input with one line", "[backend][command_line]") {
    const ConfigFile config(kRecords);
    const auto wrong = [&](std::vector<const char*> arguments, const std::string& part) {
        arguments.insert(arguments.begin(), "explain");
        arguments.insert(arguments.end(), {"-c", config.path()});
        const auto outcome = run(arguments);
        CHECK(outcome.exit_code == 2);
        CHECK(lines_in(outcome.err) == 1);
        CHECK(mentions(outcome.err, part));
    };
    wrong({"www..example.com", "A"}, "www..example.com");
    wrong({"www.example.com", "A/AAAA"}, "A/AAAA");
    wrong({"www.example.com", "A", "--client", "192.0.2.256"}, "192.0.2.256");
    wrong({"www.example.com", "A", "--client", "192.0.2.1", "--ecs", "192.0.2.0/33"},
          "192.0.2.0/33");
    wrong({"www.example.com", "A", "--down", "nosuch"}, "nosuch");
    wrong({"bare.example.com", "A", "--down", "203.0.113.30"}, "no health check");
}

TEST_CASE("an alias can be assumed down where it has addresses, else the remedy is named",
          "[backend][command_line]") {
    const ConfigFile config(
        "      cdn:\n"
        "        policy: failover\n"
        "        health_check: web\n"
        "        targets: [{alias: lb.example.net}, 203.0.113.40]\n");
    std::vector<const char*> arguments{"explain", "cdn.example.com", "A",
                                       "--down",  "lb.example.net",  "-c"};
    arguments.push_back(config.path());
    const auto unresolved = run(arguments);
    CHECK(unresolved.exit_code == 2);
    CHECK(unresolved.err ==
          "fairlead explain: --down: endpoint \"lb.example.net\" has no address; give it some with "
          "--resolve NAME=ADDRESS,ADDRESS\n");
    arguments.insert(arguments.end(), {"--resolve", "lb.example.net=192.0.2.1"});
    const auto resolved = run(arguments);
    CAPTURE(resolved.err);
    CHECK(resolved.exit_code == 0);
    CHECK(mentions(resolved.out, "203.0.113.40"));
}

TEST_CASE("explain names what has been measured, for people and for machines",
          "[backend][command_line]") {
    const ConfigFile config(
        "      app:\n"
        "        policy: latency\n"
        "        targets:\n"
        "          - {region: eu, address: 203.0.113.10}\n"
        "          - {region: us, address: 198.51.100.20}\n"
        "        default: 203.0.113.30\n"
        "latency: {table: latency.csv}\n");
    config.add("latency.csv", "192.0.2.0/24,eu,20.25\n198.51.100.0/24,us,30\n");
    const auto ask = [&](std::vector<const char*> more) {
        std::vector<const char*> arguments{
            "explain", "app.example.com", "A", "--client", "192.0.2.1", "-c", config.path()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments).out;
    };
    const auto text = ask({});
    CHECK(mentions(text, "[eu] 203.0.113.10                   20.25 ms        100 %"));
    CHECK(mentions(text, "[us] 198.51.100.20                  no measurement  healthy"));
    const auto targets = nlohmann::json::parse(ask({"--json"}))["A"]["steps"][0]["targets"];
    CHECK(targets[0]["latency_ms"] == 20.25);
    CHECK(targets[1]["latency_ms"].is_null());
    CHECK_FALSE(targets[2].contains("latency_ms"));  // the default is in no region
}

TEST_CASE("simulate splits the traffic of a list of clients", "[backend][command_line]") {
    const ConfigFile config(
        "      api:\n"
        "        policy: weighted\n"
        "        health_check: web\n"
        "        targets:\n"
        "          - {name: blue, address: 203.0.113.10, weight: 90}\n"
        "          - {name: green, address: 198.51.100.20, weight: 10}\n");
    const TemporaryDirectory folder;
    const std::string clients = folder / "clients.csv";
    std::ofstream(clients) << "# office\n192.0.2.0/24,3\n\n2001:db8::/32\n";
    const auto outcome =
        run({"simulate", "api.example.com", "--clients", clients.c_str(), "-c", config.path()});
    CHECK(outcome.exit_code == 0);
    CHECK(mentions(outcome.out, "203.0.113.10                               90.0 %"));
    CHECK(mentions(outcome.out, "unknown  100.0 %  203.0.113.10 90.0 %, 198.51.100.20 10.0 %"));

    const auto down = run({"simulate", "api.example.com", "--clients", clients.c_str(), "--down",
                           "blue", "--json", "-c", config.path()});
    const auto json = nlohmann::json::parse(down.out);
    CHECK(json["endpoints"]["198.51.100.20"] == 1.0);
    CHECK(json["exact"] == true);
}

TEST_CASE("plan shows what another configuration would change, and how much it moves",
          "[backend][command_line]") {
    const auto weighted = [](const char* blue, const char* green) {
        return std::string("      api:\n        policy: weighted\n        targets:\n") +
               "          - {address: 203.0.113.10, weight: " + blue + "}\n" +
               "          - {address: 198.51.100.20, weight: " + green + "}\n";
    };
    const ConfigFile before(weighted("90", "10") + "      old: {TXT: gone}\n");
    const ConfigFile after(weighted("60", "40") + "      new: {TXT: here}\n");
    const auto found = run({"plan", after.path(), "-c", before.path()});
    CHECK(found.exit_code == 0);
    CHECK(mentions(found.out, "names: 1 added, 1 removed, 1 changed"));
    CHECK(mentions(found.out, "removed  old.example.com."));
    CHECK(mentions(found.out,
                   "api.example.com.  A     30.0 %  203.0.113.10 -> 198.51.100.20 30.0 %"));

    CHECK(run({"plan", after.path(), "-c", before.path(), "--max-shift", "30%"}).exit_code == 0);
    CHECK(run({"plan", after.path(), "-c", before.path(), "--max-shift", "29"}).exit_code == 3);
    const auto same = run({"plan", before.path(), "-c", before.path()});
    CHECK(mentions(same.out, "nothing changed"));
    CHECK(mentions(same.out, "no client of a name that stays is answered otherwise"));

    const auto json =
        nlohmann::json::parse(run({"plan", after.path(), "-c", before.path(), "--json"}).out);
    CHECK(json["names"].size() == 3);
    CHECK(json["shifts"][0]["moved"].get<double>() == Approx(0.3));

    const auto wrong = run({"plan", after.path(), "-c", before.path(), "--max-shift", "half"});
    CHECK(wrong.exit_code == 2);
    CHECK(mentions(wrong.err, "\"half\" is no percentage; write 20%"));
    CHECK(run({"plan", "/nonexistent.yaml", "-c", before.path()}).exit_code == 2);
}

TEST_CASE("simulate answers wrong input with one line", "[backend][command_line]") {
    const ConfigFile config(kRecords);
    const TemporaryDirectory folder;
    const std::string broken = folder / "clients.csv";
    std::ofstream(broken) << "192.0.2.0/24,3\n192.0.2.0/33,1\n";
    const std::string light = folder / "light.csv";
    std::ofstream(light) << "192.0.2.0/24,-1\n";
    const std::string empty = folder / "empty.csv";
    std::ofstream(empty) << "# nobody\n";
    struct Case {
        std::vector<const char*> arguments;
        const char* message;
    };
    const std::vector<Case> cases{
        {{"nosuch.example.com"}, "nosuch.example.com. does not exist"},
        {{"ns1.example.com"}, "has no policy"},
        {{"a..b"}, "not a domain name"},
        {{"www.example.com", "--type", "MX"}, "neither A nor AAAA"},
        {{"www.example.com"}, "no database says where clients are"},
        {{"www.example.com", "--clients", "/nonexistent.csv"}, "/nonexistent.csv: cannot be read"},
        {{"www.example.com", "--clients", broken.c_str()}, "clients.csv:2: expected a network"},
        {{"www.example.com", "--clients", light.c_str()}, "light.csv:1: the weight"},
        {{"www.example.com", "--clients", empty.c_str()}, "lists no clients"},
        {{"www.example.com", "--down", "nosuch", "--clients", broken.c_str()}, "--down"},
    };
    for (const auto& c : cases) {
        std::vector<const char*> arguments{"simulate", "-c", config.path()};
        arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
        const auto outcome = run(arguments);
        CHECK(outcome.exit_code == 2);
        CHECK(mentions(outcome.err, c.message));
        CHECK(lines_in(outcome.err) == 1);
        CHECK(outcome.out.empty());
    }
    CHECK(run({"simulate", "www.example.com", "--world", "--clients", "x", "-c", config.path()})
              .exit_code == 2);
}

}  // namespace
}  // namespace fairlead::backend
