// SPDX-License-Identifier: Apache-2.0
#include "backend/backend_command.h"

#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "admin/explanation.h"
#include "admin/question.h"
#include "admin/status.h"
#include "backend/commands/status_summary.h"

namespace fairlead::backend {
namespace {

std::vector<std::string> words_of(std::string_view text) {
    std::istringstream in{std::string(text)};
    std::vector<std::string> words;
    for (std::string word; in >> word;)
        words.push_back(std::move(word));
    return words;
}

std::string status(const admin::Process& process) {
    const auto document = admin::status_json(process.view(), process.activity(), process.now());
    std::ostringstream out;
    print_status_summary(document, false, out);
    out << "endpoints:";
    for (const auto& [fortune, count] : document.at("endpoints").items())
        out << ' ' << fortune << ' ' << count;
    out << '\n';
    return out.str();
}

std::string explain(const std::vector<std::string>& words, const admin::Process& process) {
    const auto question = admin::read_question({.name = words[1],
                                                .type = words.size() > 2 ? words[2] : "A",
                                                .client = words.size() > 3 ? words[3] : "",
                                                .ecs = {}});
    if (!question) return question.error().message + "\n";
    return admin::Explanation(process.view(), (*question)->query).text(process.now().steady);
}

}  // namespace

std::string run_backend_command(std::string_view command, const admin::Process& process) {
    const auto words = words_of(command);
    if (words.size() == 1 && words[0] == "status") return status(process);
    if (words.size() >= 2 && words.size() <= 4 && words[0] == "explain") {
        return explain(words, process);
    }
    return "fairlead knows: status, explain NAME [TYPE [CLIENT]]\n";
}

}  // namespace fairlead::backend
