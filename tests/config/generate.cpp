// SPDX-License-Identifier: Apache-2.0

// Writes anew what is made from the table of the language:
//   fairlead_config_generate schema               prints docs/fairlead.schema.json
//   fairlead_config_generate manual < MANUAL      prints docs/configuration.md with its parts anew

#include <iostream>
#include <iterator>
#include <string>

#include "config/schema.h"

namespace {

void replace_part(std::string& text, const std::string& name, const std::string& part) {
    const std::string start = "<!-- generated: " + name + " -->\n";
    const auto at = text.find(start);
    if (at == std::string::npos) return;
    const auto from = at + start.size();
    text.replace(from, text.find("\n<!-- end -->", from) - from, part);
}

}  // namespace

int main(int argc, char** argv) {
    using namespace fairlead::config;
    const std::string what = argc == 2 ? argv[1] : "";
    if (what == "schema") {
        std::cout << json_schema();
        return 0;
    }
    if (what != "manual") {
        std::cerr << "usage: fairlead_config_generate schema | manual < docs/configuration.md\n";
        return 2;
    }
    std::string text(std::istreambuf_iterator<char>(std::cin), {});
    replace_part(text, "keys", reference_markdown());
    replace_part(text, "rules", "\n" + rules_markdown());
    std::cout << text;
    return 0;
}
