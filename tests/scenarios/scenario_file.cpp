// SPDX-License-Identifier: Apache-2.0
#include "tests/scenarios/scenario_file.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>

namespace fairlead::scenarios {
namespace {

std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw Malformed(0, "cannot be read");
    return {std::istreambuf_iterator<char>(in), {}};
}

/// `text` with all lines outside of [first, last) emptied, so that the rest keeps its numbers.
std::string only_lines(const std::string& text, int first, int last) {
    std::istringstream in(text);
    std::string kept;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (number >= first && number < last) kept += line;
        kept += '\n';
    }
    return kept;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

/// The configuration goes through the loader as text, as it would from a file of its own.
std::string config_in(const std::string& text, const YAML::Node& root) {
    const YAML::Node config = root["config"];
    int first = 0;
    int last = std::numeric_limits<int>::max();
    for (const auto& entry : root) {
        if (entry.first.as<std::string>() == "config") first = line_of(entry.first) + 1;
    }
    for (const auto& entry : root) {
        if (line_of(entry.first) >= first) last = std::min(last, line_of(entry.first));
    }
    if (!config.IsMap() || line_of(config) < first) {
        throw Malformed(config, "write the configuration as a mapping below `config:`");
    }
    auto kept = only_lines(text, first, last);
    replace_all(kept, "CITY_MMDB", FAIRLEAD_CITY_MMDB);
    replace_all(kept, "ASN_MMDB", FAIRLEAD_ASN_MMDB);
    replace_all(kept, "LATENCY_CSV", FAIRLEAD_LATENCY_CSV);
    return kept;
}

}  // namespace

Malformed::Malformed(const YAML::Node& at, const std::string& message)
    : Malformed(line_of(at), message) {}

int line_of(const YAML::Node& node) {
    return node.Mark().line + 1;
}

std::string text_of(const YAML::Node& node) {
    if (!node.IsScalar()) throw Malformed(node, "a text belongs here");
    return node.Scalar();
}

std::vector<std::string> texts_of(const YAML::Node& node) {
    if (!node.IsSequence()) return {text_of(node)};
    std::vector<std::string> texts;
    for (const auto& item : node)
        texts.push_back(text_of(item));
    return texts;
}

std::uint64_t number_of(const YAML::Node& node, std::uint64_t max) {
    const auto text = text_of(node);
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped != end || number > max) {
        throw Malformed(node, "'" + text + "' is no number from 0 to " + std::to_string(max));
    }
    return number;
}

bool boolean_of(const YAML::Node& node) {
    const auto text = text_of(node);
    if (text != "true" && text != "false") throw Malformed(node, "write true or false");
    return text == "true";
}

void require_keys(const YAML::Node& node, const std::vector<std::string_view>& known) {
    if (!node.IsMap()) throw Malformed(node, "a mapping belongs here");
    std::set<std::string> seen;
    for (const auto& entry : node) {
        const auto key = text_of(entry.first);
        if (!seen.insert(key).second) throw Malformed(entry.first, "'" + key + "' stands twice");
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        std::string names;
        for (const auto name : known)
            names.append(names.empty() ? "" : ", ").append(name);
        throw Malformed(
            entry.first,
            std::string("unknown key '").append(key).append("', known here: ").append(names));
    }
}

Scenario read_scenario(const std::string& path) {
    const auto text = read(path);
    const YAML::Node root = YAML::Load(text);
    require_keys(root, {"title", "config", "steps"});
    for (const auto* key : {"title", "config", "steps"}) {
        if (!root[key]) throw Malformed(root, std::string("'") + key + "' is missing");
    }
    const YAML::Node steps = root["steps"];
    if (!steps.IsSequence() || steps.size() == 0) throw Malformed(steps, "write a list of steps");
    return {.title = text_of(root["title"]), .config = config_in(text, root), .steps = steps};
}

}  // namespace fairlead::scenarios
