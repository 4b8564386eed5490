// SPDX-License-Identifier: Apache-2.0
#pragma once

// A scenario as it is written (README.md): a title, a configuration, steps. What is written wrongly
// is found here, with its line. Thread rule: one thread; reads one file.

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::scenarios {

/// The scenario itself is wrong, so it shows nothing.
class Malformed : public std::runtime_error {
  public:
    Malformed(const YAML::Node& at, const std::string& message);
    Malformed(int line, const std::string& message) : std::runtime_error(message), line_(line) {}
    [[nodiscard]] int line() const { return line_; }  // from 1; 0 = the file

  private:
    int line_;
};

/// From 1.
[[nodiscard]] int line_of(const YAML::Node& node);

// Each throws Malformed on another kind of node.
[[nodiscard]] std::string text_of(const YAML::Node& node);
[[nodiscard]] std::vector<std::string> texts_of(const YAML::Node& node);  // a list, or one text
[[nodiscard]] std::uint64_t number_of(const YAML::Node& node, std::uint64_t max);
[[nodiscard]] bool boolean_of(const YAML::Node& node);

/// Throws Malformed unless `node` is a mapping of these keys, each at most once.
void require_keys(const YAML::Node& node, const std::vector<std::string_view>& known);

struct Scenario {
    std::string title;
    std::string config;  // at its own lines: what is around it is blank
    YAML::Node steps;
};

/// Throws Malformed, or YAML::Exception for what is no YAML.
[[nodiscard]] Scenario read_scenario(const std::string& path);

}  // namespace fairlead::scenarios
