// SPDX-License-Identifier: Apache-2.0
#include "config/findings.h"

namespace fairlead::config {
namespace {

constexpr std::size_t kShownMax = 80;

std::string printable(std::string_view text) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    for (const char c : text.substr(0, kShownMax)) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte >= 0x20 && byte != 0x7f) {
            out += c;
        } else {
            out += "\\x";
            out += kHex[byte >> 4U];
            out += kHex[byte & 0xfU];
        }
    }
    return text.size() > kShownMax ? out + "..." : out;
}

}  // namespace

std::string Cursor::path() const {
    if (parent_ == nullptr) return {};
    std::string path = parent_->path();
    if (index_ != kNoIndex) return path + "[" + std::to_string(index_) + "]";
    if (!path.empty()) path += '.';
    return path + printable(key_->text);
}

void Findings::add(Rule rule, const Node& where, std::string path, std::string message) {
    add(rule, Diagnostic{.severity = {},
                         .file = document_.file_of(where),
                         .line = where.line,
                         .column = where.column,
                         .rule = {},
                         .path = std::move(path),
                         .message = std::move(message)});
}

void Findings::add(Rule rule, Line where, std::string path, std::string message) {
    add(rule, Diagnostic{.severity = {},
                         .file = std::move(where.file),
                         .line = where.line,
                         .column = 1,
                         .rule = {},
                         .path = std::move(path),
                         .message = std::move(message)});
}

void Findings::add(Rule rule, Diagnostic finding) {
    const auto& about = info(rule);
    if (about.severity == Severity::error) ++errors_;
    finding.severity = about.severity;
    finding.rule = about.id;
    list_.push_back(std::move(finding));
}

std::string Findings::position(const Node& node) const {
    return document_.file_of(node) + ":" + std::to_string(node.line) + ":" +
           std::to_string(node.column);
}

std::string in_quotes(std::string_view text) {
    return "\"" + printable(text) + "\"";
}

}  // namespace fairlead::config
