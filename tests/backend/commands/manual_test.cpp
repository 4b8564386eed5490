// SPDX-License-Identifier: Apache-2.0

// What the manual shows of the program is what the program says.

#include <fstream>
#include <iterator>
#include <sstream>

#include "backend/commands/command_line.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"
#include "tests/support/manual.h"

namespace fairlead::backend {
namespace {

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream words(line);
    return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
}

/// What a command line (without its -c) prints with this configuration.
std::string output_of(const std::string& command, const std::string& config) {
    auto words = words_of(command);
    words.insert(words.end(), {"-c", config});
    std::vector<const char*> arguments;
    for (const auto& word : words)
        arguments.push_back(word.c_str());
    std::ostringstream out;
    std::ostringstream err;
    CHECK(run_command_line(static_cast<int>(arguments.size()), arguments.data(), {out, err}) == 0);
    CHECK(err.str().empty());
    return out.str();
}

/// A command belongs to the configuration above it.
TEST_CASE("the explanations in the manual are those of the program", "[backend][manual]") {
    const TemporaryDirectory directory;
    const std::string config = directory / "fairlead.yaml";
    const std::string prompt = "$ ";
    int commands = 0;
    for (const auto& block : test::blocks_of(test::source_file("docs/policies.md"))) {
        if (block.language == "yaml") {
            std::ofstream(config) << test::with_fixtures(block.text);
            continue;
        }
        REQUIRE(block.text.starts_with(prompt));
        const auto end = block.text.find('\n');
        const auto command = block.text.substr(prompt.size(), end - prompt.size());
        CAPTURE(command);
        CHECK(output_of(command, config) == block.text.substr(end + 1));
        ++commands;
    }
    CHECK(commands == 15);
}

}  // namespace
}  // namespace fairlead::backend
