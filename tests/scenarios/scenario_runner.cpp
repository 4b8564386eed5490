// SPDX-License-Identifier: Apache-2.0

// Runs one scenario file and prints what is not as it says: FILE:LINE: step N: expected ..., got
// ...
//
//   scenario_runner FILE            succeeds when nothing is
//   scenario_runner --broken FILE   succeeds when exactly what the "# miss: LINE: ..." comments of
//                                   the file say is missed: the test of this program

#include <algorithm>
#include <fstream>
#include <iostream>

#include "config/language.h"
#include "config/values.h"
#include "tests/scenarios/expectations.h"
#include "tests/scenarios/scenario_file.h"
#include "tests/scenarios/world.h"

namespace fairlead::scenarios {
namespace {

constexpr std::uint64_t kSeedsMax = 100000;

/// Goes through the steps of one scenario and collects what it misses, as "LINE: ...".
class Run {
  public:
    explicit Run(World world) : world_(std::move(world)) {}

    void step(const YAML::Node& step);
    [[nodiscard]] const std::vector<std::string>& misses() const { return misses_; }

  private:
    void set_verdicts(const YAML::Node& names, checks::Health verdict);
    void probe(const YAML::Node& probe);
    void set_overrides(const YAML::Node& states);
    void resolve(const YAML::Node& names);
    void wait(const YAML::Node& duration);
    void query(const YAML::Node& step);
    void ask(const YAML::Node& step, const Question& question, const YAML::Node* answer);
    void miss(int line, const std::string& text) {
        misses_.push_back(std::to_string(line) + ": step " + std::to_string(number_) + ": " + text);
    }

    World world_;
    int number_ = 0;
    std::vector<std::string> misses_;
};

void require_done(const YAML::Node& at, const Result<void>& result) {
    if (!result) throw Malformed(at, result.error().message);
}

void Run::step(const YAML::Node& step) {
    ++number_;
    try {
        if (!step.IsMap()) throw Malformed(step, "a mapping belongs here");
        if (step["query"]) return query(step);
        require_keys(step, {"down", "up", "unknown", "probe", "override", "resolve", "wait",
                            "failback", "query"});
        if (step.size() != 1) throw Malformed(step, "one step does one thing");
        if (step["down"]) set_verdicts(step["down"], checks::Health::unhealthy);
        if (step["up"]) set_verdicts(step["up"], checks::Health::healthy);
        if (step["unknown"]) set_verdicts(step["unknown"], checks::Health::unknown);
        if (step["probe"]) probe(step["probe"]);
        if (step["override"]) set_overrides(step["override"]);
        if (step["resolve"]) resolve(step["resolve"]);
        if (step["wait"]) wait(step["wait"]);
        if (step["failback"])
            require_done(step["failback"], world_.fail_back(text_of(step["failback"])));
    } catch (const Malformed& wrong) {
        miss(wrong.line(), wrong.what());
    }
}

void Run::set_verdicts(const YAML::Node& names, checks::Health verdict) {
    for (const auto& name : texts_of(names)) {
        const auto subjects = world_.find(name, "");
        if (!subjects) throw Malformed(names, subjects.error().message);
        for (const auto subject : *subjects)
            world_.set_verdict(subject, verdict);
    }
}

void Run::set_overrides(const YAML::Node& states) {
    if (!states.IsMap()) throw Malformed(states, "write overrides as {NAME: drain}");
    for (const auto& entry : states) {
        const auto word = text_of(entry.second);
        const auto state = policy::state_named(word);
        if (!state && word != "none") {
            throw Malformed(entry.second, "write obey, up, down, drain or none");
        }
        require_done(entry.first, world_.set_override(text_of(entry.first), state));
    }
}

void Run::resolve(const YAML::Node& names) {
    if (!names.IsMap()) throw Malformed(names, "write names as {lb.example.net: [192.0.2.1]}");
    for (const auto& entry : names) {
        require_done(entry.first, world_.resolve(text_of(entry.first), texts_of(entry.second)));
    }
}

void Run::wait(const YAML::Node& duration) {
    const auto parsed = parse_duration(text_of(duration));
    if (!parsed) throw Malformed(duration, "'" + text_of(duration) + "' is no duration");
    world_.wait(*parsed);
}

char sign_of(checks::Health verdict) {
    switch (verdict) {
        case checks::Health::healthy:
            return '+';
        case checks::Health::unhealthy:
            return '-';
        case checks::Health::unknown:
            break;
    }
    return '?';
}

/// The signs of ". . x", without blanks.
std::string signs_of(const YAML::Node& node, std::string_view allowed) {
    auto signs = text_of(node);
    std::erase(signs, ' ');
    if (signs.empty() || signs.find_first_not_of(allowed) != signs.npos) {
        throw Malformed(node, "write one of '" + std::string(allowed) + "' for each probe");
    }
    return signs;
}

std::string spread(const std::string& signs) {
    std::string text;
    for (const char sign : signs)
        text.append(text.empty() ? "" : " ").push_back(sign);
    return text;
}

void Run::probe(const YAML::Node& probe) {
    require_keys(probe, {"target", "check", "results", "verdicts"});
    for (const auto* key : {"target", "results", "verdicts"}) {
        if (!probe[key]) throw Malformed(probe, std::string("'") + key + "' is missing");
    }
    const auto results = signs_of(probe["results"], ".x");
    const auto wanted = signs_of(probe["verdicts"], "+-");
    if (results.size() != wanted.size()) {
        throw Malformed(probe["verdicts"], "write one verdict for each result");
    }
    const auto target = text_of(probe["target"]);
    const auto subjects = world_.find(target, probe["check"] ? text_of(probe["check"]) : "");
    if (!subjects) throw Malformed(probe["target"], subjects.error().message);
    if (subjects->size() != 1) {
        throw Malformed(probe["target"], target + " is probed in " +
                                             std::to_string(subjects->size()) +
                                             " ways; name one address, and a check");
    }
    std::string got;
    for (const char result : results)
        got.push_back(sign_of(world_.probe(subjects->front(), result == '.')));
    if (got == wanted) return;
    miss(line_of(probe["verdicts"]),
         "expected verdicts " + spread(wanted) + ", got " + spread(got));
}

std::vector<std::string_view> keys_of_query() {
    std::vector<std::string_view> keys{"query", "client", "clients", "ecs", "seed", "seeds"};
    for (const auto& expectation : expectations())
        keys.push_back(expectation.key);
    return keys;
}

Question question_in(const YAML::Node& step) {
    const auto text = text_of(step["query"]);
    const auto blank = text.find(' ');
    if (blank == text.npos) throw Malformed(step["query"], "write a name and a type");
    Question question{.name = text.substr(0, blank), .type = text.substr(blank + 1)};
    if (step["client"]) question.client = text_of(step["client"]);
    if (step["ecs"]) question.ecs = text_of(step["ecs"]);
    if (step["ecs"] && !Prefix::parse(question.ecs)) {
        throw Malformed(step["ecs"], "'" + question.ecs + "' is no network");
    }
    if (step["ecs"] && !step["client"]) {
        throw Malformed(step["ecs"], "write the client too: the resolver that sends this network");
    }
    return question;
}

void Run::query(const YAML::Node& step) {
    require_keys(step, keys_of_query());
    if (step["client"] && step["clients"]) throw Malformed(step, "client or clients, not both");
    if (step["seed"] && step["seeds"]) throw Malformed(step, "seed or seeds, not both");
    auto question = question_in(step);
    if (!step["clients"]) return ask(step, question, nullptr);
    if (!step["clients"].IsMap() || step["clients"].size() == 0) {
        throw Malformed(step["clients"], "write clients as {CLIENT: ANSWER, ...}");
    }
    for (const auto& entry : step["clients"]) {
        question.client = text_of(entry.first);
        const YAML::Node answer = entry.second;
        ask(step, question, &answer);
    }
}

/// `answer`: what `clients` says of this one, or nullptr.
void Run::ask(const YAML::Node& step, const Question& question, const YAML::Node* answer) {
    if (!question.client.empty() && !IpAddress::parse(question.client)) {
        throw Malformed(step, "'" + question.client + "' is no client's address");
    }
    const auto first = step["seed"] ? number_of(step["seed"], UINT64_MAX) : 1;
    const auto count = step["seeds"] ? number_of(step["seeds"], kSeedsMax) : 1;
    if (count == 0) throw Malformed(step["seeds"], "no seed, no answer");
    Outcome outcome{.type = question.type, .replies = {}, .explanation = {}};
    for (std::uint64_t i = 0; i < count; ++i) {
        auto reply = world_.ask(question, first + i, i == 0 ? &outcome.explanation : nullptr);
        if (!reply) throw Malformed(step["query"], reply.error().message);
        outcome.replies.push_back(*std::move(reply));
    }
    const auto miss_at = [&](const YAML::Node& value) -> Miss {
        return [this, &question, line = line_of(value)](const std::string& text) {
            miss(line, (question.client.empty() ? "" : "client " + question.client + ": ") + text);
        };
    };
    bool expects = answer != nullptr;
    if (answer != nullptr) expect_answer(*answer, outcome, miss_at(*answer));
    for (const auto& [key, check] : expectations()) {
        const YAML::Node value = step[std::string(key)];
        if (!value) continue;
        expects = true;
        check(value, outcome, miss_at(value));
    }
    if (!expects) throw Malformed(step, "the query expects nothing");
}

/// Everything that is not as the file says, as "LINE: ..."; the title goes to `title`.
std::vector<std::string> misses_of(const std::string& path, std::string& title) {
    try {
        const auto scenario = read_scenario(path);
        title = scenario.title;
        auto result = config::load_text(scenario.config, path);
        if (!result.loaded) {
            std::vector<std::string> findings;
            for (const auto& finding : result.diagnostics)
                findings.push_back(finding.to_string().substr(path.size() + 1));
            return findings;
        }
        Run run(World(*std::move(result.loaded)));
        for (const auto& step : scenario.steps)
            run.step(step);
        return run.misses();
    } catch (const Malformed& wrong) {
        return {std::to_string(wrong.line()) + ": " + wrong.what()};
    } catch (const YAML::Exception& wrong) {
        return {std::to_string(wrong.mark.line + 1) + ": is no YAML: " + wrong.msg};
    }
}

std::vector<std::string> announced_misses(const std::string& path) {
    constexpr std::string_view kMark = "# miss: ";
    std::vector<std::string> announced;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(kMark)) announced.push_back(line.substr(kMark.size()));
    }
    return announced;
}

int run(const std::string& path, bool broken) {
    std::string title;
    const auto misses = misses_of(path, title);
    for (const auto& text : misses)
        std::cout << path << ':' << text << '\n';
    if (!broken) return misses.empty() ? 0 : 1;
    const auto announced = announced_misses(path);
    for (const auto& text : announced)
        std::cout << "announced: " << path << ':' << text << '\n';
    const auto same_first_line = [](const std::string& miss, const std::string& expected) {
        return miss.substr(0, miss.find('\n')) == expected;
    };
    const bool as_announced = std::equal(misses.begin(), misses.end(), announced.begin(),
                                         announced.end(), same_first_line);
    return !announced.empty() && as_announced ? 0 : 1;
}

}  // namespace
}  // namespace fairlead::scenarios

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const bool broken = !arguments.empty() && arguments.front() == "--broken";
    if (arguments.size() != (broken ? 2U : 1U)) {
        std::cerr << "usage: scenario_runner [--broken] FILE\n";
        return 2;
    }
    return fairlead::scenarios::run(arguments.back(), broken);
}
