// SPDX-License-Identifier: Apache-2.0

// The language table as Markdown; declared in config/schema.h.

#include <string>
#include <string_view>

#include "config/language.h"
#include "config/rules.h"
#include "config/schema.h"

namespace fairlead::config {
namespace {

std::string code(std::string_view text) {
    return "`" + std::string(text) + "`";
}

std::string words(std::string_view list) {
    std::string text;
    for (const auto word : split_words(list))
        text += (text.empty() ? "" : ", ") + code(word);
    return text;
}

std::string range(const Key& key) {
    return key.max == 0 ? "" : " " + std::to_string(key.min) + "–" + std::to_string(key.max);
}

std::string type_text(const Key& key) {
    switch (key.type) {
        case Type::text:
            return "text";
        case Type::path:
            return "path";
        case Type::duration:
            return "duration";
        case Type::seconds:
            return "whole seconds";
        case Type::integer:
            return "number" + range(key);
        case Type::percent:
            return "percent" + range(key);
        case Type::share:
            return "count or percent";
        case Type::boolean:
            return "`true` or `false`";
        case Type::word:
            return words(key.words);
        case Type::mode:
            return "octal text";
        case Type::address:
            return "IP address";
        case Type::address_or_host:
            return "IP address or host name";
        case Type::dns_name:
            return "DNS name with final dot";
        case Type::geo:
            return "geo code or region";
        case Type::asn:
            return "AS number";
        case Type::network:
            return "network";
        case Type::degrees:
            return "degrees, " + std::to_string(key.min) + " to " + std::to_string(key.max);
        case Type::status:
            return "status or range";
        case Type::health_check:
            return "health check";
        case Type::pool:
            return "pool";
        case Type::policy:
            return "policy";
        case Type::pool_or_policy:
            return "pool or policy";
        case Type::endpoint:
            return "endpoint";
        case Type::mapping:
            return std::string(info(key.level).title);
        case Type::address_or_mapping:
            return "IP address or " + std::string(info(key.level).title);
        case Type::seconds_or_mapping:
            return "duration in seconds or " + std::string(info(key.level).title);
    }
    return {};
}

std::string value_text(const Key& key) {
    std::string text = type_text(key);
    switch (key.arity) {
        case Arity::one:
            break;
        case Arity::list:
            text = "list: " + text;
            break;
        case Arity::one_or_list:
            text += ", or a list";
            break;
        case Arity::named:
            text = "NAME: " + text;
            break;
        case Arity::named_lists:
            text = "NAME: list: " + text;
            break;
    }
    if (key.type != Type::word && !key.words.empty()) text = words(key.words) + ", " + text;
    return text;
}

std::string default_text(const Key& key) {
    if (key.required) return "required";
    return key.fallback.empty() ? "" : code(key.fallback);
}

std::string row(const Key& key) {
    std::string meaning(key.meaning);
    if (!key.only_for.empty()) meaning += " (" + words(key.only_for) + ")";
    return "| " + code(key.name) + " | " + value_text(key) + " | " + default_text(key) + " | " +
           meaning + " |\n";
}

}  // namespace

std::string reference_markdown() {
    std::string text;
    std::string later;
    for (const auto& level : levels()) {
        text += "\n### " + std::string(level.title) + "\n\n";
        text += "| key | value | default | meaning |\n|---|---|---|---|\n";
        std::string keys;
        for (const auto& key : level.keys) {
            if (key.supported) text += row(key);
            if (!key.supported) keys += (keys.empty() ? "" : ", ") + code(key.name);
            if (key.later_words.empty()) continue;
            keys += (keys.empty() ? "" : ", ") + code(key.name) + " " + words(key.later_words);
        }
        if (!keys.empty()) later += "- " + std::string(level.title) + ": " + keys + "\n";
    }
    return text + "\n### Not supported yet\n\n" + later + "- Record: `ttl` as `{max, min}`\n";
}

std::string rules_markdown() {
    std::string text = "| rule | severity | meaning |\n|---|---|---|\n";
    for (const auto& rule : rules()) {
        text += "| " + code(rule.id) + " | " +
                (rule.severity == Severity::error ? "error" : "warning") + " | " +
                std::string(rule.meaning) + " |\n";
    }
    return text;
}

}  // namespace fairlead::config
