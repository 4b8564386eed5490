// SPDX-License-Identifier: Apache-2.0
#include "config/command_reader.h"

#include <unistd.h>

#include <system_error>
#include <utility>

#include "config/fields.h"

namespace fairlead::config {
namespace {

void check_program(const Cursor& at, const std::string& program, Findings& findings) {
    std::error_code error;
    if (std::filesystem::is_regular_file(program, error) && access(program.c_str(), X_OK) == 0) {
        return;
    }
    findings.add(Rule::program, at,
                 in_quotes(program) +
                     " is no program that can be run; write its whole path, and its arguments as "
                     "further items");
}

}  // namespace

std::vector<std::string> read_command(const std::vector<Cursor>& words,
                                      const std::filesystem::path& directory, Findings& findings) {
    std::vector<std::string> command;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string text(read_text(words[i], findings).value_or(""));
        if (text.find('\0') != text.npos) {
            findings.add(Rule::bad_value, words[i], "no argument can have a byte 0");
        }
        if (i == 0) {
            text = (directory / text).lexically_normal().string();
            check_program(words[i], text, findings);
        }
        command.push_back(std::move(text));
    }
    return command;
}

}  // namespace fairlead::config
