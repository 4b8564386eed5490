// SPDX-License-Identifier: Apache-2.0
#include "config/schema.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "config/language.h"

namespace fairlead::config {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kDuration = "^-?[0-9]+(ms|s|m|h|d)?$";

Json text_matching(std::string_view pattern) {
    return {{"type", "string"}, {"pattern", pattern}};
}

Json any_of(Json first, Json second) {
    return {{"anyOf", Json::array({std::move(first), std::move(second)})}};
}

Json number_in(const Key& key) {
    Json schema{{"type", "integer"}};
    if (key.max != 0) {
        schema["minimum"] = key.min;
        schema["maximum"] = key.max;
    }
    return schema;
}

Json words_of(std::string_view words) {
    return {{"enum", split_words(words)}};
}

/// A mapping of `level` of one kind, with no key besides its own.
Json closed(const std::string& definition) {
    return {{"$ref", "#/$defs/" + definition}, {"unevaluatedProperties", false}};
}

std::string definition_of(const LevelInfo& level, std::string_view kind) {
    std::string name(level.name);
    return kind.empty() ? name : name + "." + std::string(kind);
}

/// Kinds of a level: the words of the key that decides which others apply; one empty kind when
/// there is no such key.
std::vector<std::string_view> kinds_of(const LevelInfo& level) {
    if (level.level == Level::target || level.level == Level::endpoint) {
        return split_words(find_key(Level::node, "policy")->words);
    }
    if (level.kind_key.empty()) return {std::string_view()};
    return split_words(find_key(level.level, level.kind_key)->words);
}

/// A mapping of `level`, of any kind. For targets and endpoints `kind` is the policy they are
/// under.
Json mapping_of(Level level, std::string_view kind) {
    const auto& about = info(level);
    if (level == Level::endpoint) return closed(definition_of(about, kind));
    if (level == Level::target) return {{"$ref", "#/$defs/" + definition_of(about, kind)}};
    const auto kinds = kinds_of(about);
    if (kinds.size() == 1) return closed(definition_of(about, ""));
    Json choices = Json::array();
    for (const auto each : kinds)
        choices.push_back(closed(definition_of(about, each)));
    return {{"anyOf", choices}};
}

Json seconds() {
    return any_of(text_matching(kDuration), {{"type", "integer"}, {"minimum", 0}});
}

Json scalar(const Key& key, std::string_view kind) {
    switch (key.type) {
        case Type::text:
        case Type::path:
        case Type::health_check:
        case Type::pool:
        case Type::policy:
        case Type::pool_or_policy:
        case Type::endpoint:
        case Type::address:
        case Type::address_or_host:
        case Type::geo:
            return {{"type", "string"}};
        case Type::dns_name:
            return text_matching("\\.$");
        case Type::duration:
        case Type::seconds:
            return seconds();
        case Type::integer:
        case Type::asn:
            return number_in(key);
        case Type::network:
            return text_matching("^[0-9a-fA-F.:]+(/[0-9]{1,3})?$");
        case Type::degrees:
            return {{"type", "number"}, {"minimum", key.min}, {"maximum", key.max}};
        case Type::percent:
            return text_matching("^[0-9]+%$");
        case Type::share:
            return any_of(text_matching("^[0-9]+%$"), number_in(key));
        case Type::boolean:
            return {{"type", "boolean"}};
        case Type::word:
            return words_of(key.words);
        case Type::mode:
            return any_of(text_matching("^0?[0-7]{3}$"), {{"type", "integer"}});
        case Type::status:
            return any_of(text_matching("^[1-5][0-9]{2}(-[1-5][0-9]{2})?$"),
                          {{"type", "integer"}, {"minimum", 100}, {"maximum", 599}});
        case Type::mapping:
            return mapping_of(key.level, kind);
        case Type::address_or_mapping:
            return any_of({{"type", "string"}}, mapping_of(key.level, kind));
        case Type::seconds_or_mapping:
            return any_of(seconds(), mapping_of(key.level, kind));
    }
    return {};
}

Json list_of(Json item) {
    return {{"type", "array"}, {"items", std::move(item)}, {"minItems", 1}};
}

Json value_of(const Key& key, std::string_view kind) {
    Json value = scalar(key, kind);
    switch (key.arity) {
        case Arity::one:
            break;
        case Arity::list:
            value = list_of(std::move(value));
            break;
        case Arity::one_or_list:
            value = any_of(value, list_of(value));
            break;
        case Arity::named:
            value = {{"type", "object"}, {"additionalProperties", std::move(value)}};
            break;
        case Arity::named_lists:
            value = {{"type", "object"}, {"additionalProperties", list_of(std::move(value))}};
            break;
    }
    if (key.type != Type::word && !key.words.empty()) {
        value = any_of(words_of(key.words), std::move(value));
    }
    value["description"] = key.meaning;
    return value;
}

bool applies(const Key& key, std::string_view kind) {
    return key.supported && (key.only_for.empty() || has_word(key.only_for, kind));
}

/// The mapping of one level and kind, open for more keys: closed() shuts it.
Json definition(const LevelInfo& level, std::string_view kind) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const auto& key : level.keys) {
        if (!applies(key, kind)) continue;
        properties[std::string(key.name)] = value_of(key, kind);
        if (key.required) required.push_back(key.name);
    }
    if (!level.kind_key.empty()) {
        const Key& kind_key = *find_key(level.level, level.kind_key);
        auto& property = properties[std::string(level.kind_key)];
        property = {{"const", kind}, {"description", kind_key.meaning}};
        // A mapping without the key is of the kind that is the default.
        const bool is_default = kind_key.fallback == kind;
        if (!kind_key.required && !is_default) required.push_back(level.kind_key);
    }
    const bool needs_default = kind == "geolocation" || kind == "subnet";
    if (needs_default && level.level == Level::node) required.push_back("default");
    if (kind == "tcp") required.push_back("port");
    if (kind == "exec") required.push_back("command");
    if (kind == "calculated") required.push_back("children");
    const bool is_zone = level.level == Level::zone;
    const bool is_endpoint = level.level == Level::endpoint;
    Json result{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) result["required"] = std::move(required);
    if (is_zone) {  // the name servers stand here, in the file, or elsewhere altogether
        result["anyOf"] = {{{"required", Json::array({"ns"})}},
                           {{"required", Json::array({"file"})}},
                           {{"required", Json::array({"overlay"})}}};
    }
    if (is_endpoint) {  // what it answers with
        result["oneOf"] = {{{"required", Json::array({"address"})}},
                           {{"required", Json::array({"alias"})}},
                           {{"required", Json::array({"cname"})}}};
    }
    return result;
}

/// A target: its parent's selector, and exactly one of the forms.
Json target_definition(std::string_view kind) {
    Json selector = Json::object();
    Json forms = Json::array();
    for (const auto& key : info(Level::target).keys) {
        if (!applies(key, kind)) continue;
        const bool is_form = key.only_for.empty();
        if (!is_form) {
            selector[std::string(key.name)] = value_of(key, kind);
            continue;
        }
        forms.push_back({{"properties", {{std::string(key.name), value_of(key, kind)}}},
                         {"required", Json::array({key.name})}});
    }
    forms.push_back({{"$ref", "#/$defs/" + definition_of(info(Level::endpoint), kind)}});
    for (const auto policy : kinds_of(info(Level::node)))
        forms.push_back({{"$ref", "#/$defs/" + definition_of(info(Level::node), policy)}});
    return {{"type", "object"},
            {"properties", std::move(selector)},
            {"oneOf", std::move(forms)},
            {"unevaluatedProperties", false}};
}

/// A record: static records by type, and a node unless there is no policy.
Json record_definition() {
    const Json texts = any_of({{"type", "string"}}, list_of({{"type", "string"}}));
    Json choices = Json::array({{{"not", {{"required", Json::array({"policy"})}}}}});
    for (const auto policy : kinds_of(info(Level::node)))
        choices.push_back({{"$ref", "#/$defs/" + definition_of(info(Level::node), policy)}});
    Json record = definition(info(Level::record), "");
    record["patternProperties"] = {{"^[A-Z][A-Z0-9-]*$", texts}};
    record["anyOf"] = std::move(choices);
    return record;
}

}  // namespace

std::string json_schema() {
    Json definitions = Json::object();
    for (const auto& level : levels()) {
        if (level.level == Level::top) continue;
        for (const auto kind : kinds_of(level)) {
            auto& place = definitions[definition_of(level, kind)];
            if (level.level == Level::target) {
                place = target_definition(kind);
            } else if (level.level == Level::record) {
                place = record_definition();
            } else {
                place = definition(level, kind);
            }
        }
    }
    // What `default` holds: a target without a selector.
    definitions["target.default"] = target_definition("default");
    definitions["endpoint.default"] = definition(info(Level::endpoint), "default");
    const Key& default_key = *find_key(Level::node, "default");
    for (const auto policy : split_words(default_key.only_for)) {
        definitions["node." + std::string(policy)]["properties"]["default"] = {
            {"anyOf",
             Json::array({Json{{"type", "string"}}, Json{{"$ref", "#/$defs/target.default"}}})},
            {"description", default_key.meaning}};
    }

    Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                {"title", "fairlead configuration"}};
    schema.update(definition(info(Level::top), ""));
    schema["additionalProperties"] = false;
    schema["$defs"] = std::move(definitions);
    return schema.dump(1) + "\n";
}

}  // namespace fairlead::config
