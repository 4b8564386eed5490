// SPDX-License-Identifier: Apache-2.0
#include "config/ca_file.h"

#include <fstream>
#include <system_error>

namespace fairlead::config {

std::string read_ca_file(const Fields& fields, const std::filesystem::path& directory,
                         Findings& findings) {
    const std::string file = fields.text("ca_file");
    if (file.empty()) return "";
    const auto path = (directory / file).lexically_normal();
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error) || !std::ifstream(path)) {
        findings.add(Rule::ca_file, *fields.find("ca_file"),
                     in_quotes(path.string()) + " cannot be read");
    }
    return path.string();
}

}  // namespace fairlead::config
