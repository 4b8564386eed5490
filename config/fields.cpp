// SPDX-License-Identifier: Apache-2.0
#include "config/fields.h"

#include <algorithm>
#include <utility>

#include "base/nearest.h"

namespace fairlead::config {
namespace {

/// The key as if its default had been written; for the getters of keys that are absent.
template <typename Parse>
auto parsed_fallback(const Key& key, Parse parse) {
    return *parse(key.fallback);
}

bool expect_scalar(const Cursor& at, std::string_view expected, Findings& findings) {
    if (at.node().is_scalar()) return true;
    findings.add(Rule::wrong_type, at,
                 "expected " + std::string(expected) + ", not " + describe(at.node()));
    return false;
}

void report_range(const Cursor& at, const Key& key, std::string_view unit, Findings& findings) {
    findings.add(Rule::out_of_range, at,
                 in_quotes(at.node().text) + " is not between " + std::to_string(key.min) +
                     " and " + std::to_string(key.max) + std::string(unit));
}

bool in_range(std::int64_t value, const Key& key) {
    return key.max == 0 || (value >= key.min && value <= key.max);
}

std::optional<std::chrono::milliseconds> read_duration(const Cursor& at, Findings& findings) {
    if (!expect_scalar(at, "a duration such as 10s", findings)) return std::nullopt;
    const auto value = parse_duration(at.node().text);
    if (!value) {
        findings.add(Rule::bad_value, at,
                     in_quotes(at.node().text) +
                         " is no duration; write 500ms, 10s, 5m, 1h, 1d or a number of seconds");
    }
    return value;
}

std::string milliseconds_text(std::int64_t value) {
    if (value % 86'400'000 == 0) return std::to_string(value / 86'400'000) + "d";
    if (value % 1000 == 0) return std::to_string(value / 1000) + "s";
    return std::to_string(value) + "ms";
}

std::optional<IntegerRange> read_status(const Cursor& at, Findings& findings) {
    static constexpr std::int64_t kStatusMin = 100;
    static constexpr std::int64_t kStatusMax = 599;
    if (!expect_scalar(at, "a status such as 200 or 200-399", findings)) return std::nullopt;
    const auto range = parse_integer_range(at.node().text);
    if (!range) {
        findings.add(Rule::bad_value, at,
                     in_quotes(at.node().text) + " is no status; write 200 or 200-399");
        return std::nullopt;
    }
    if (range->first < kStatusMin || range->last > kStatusMax || range->first > range->last) {
        findings.add(Rule::out_of_range, at,
                     in_quotes(at.node().text) + " is no range of statuses between 100 and 599");
        return std::nullopt;
    }
    return range;
}

std::vector<std::string_view> all_words(const Key& key) {
    return split_words(key.words);
}

/// "; it is a key of ...", for a key that stands in the wrong place.
std::string home_of(std::string_view name) {
    for (const auto& level : levels()) {
        if (find_key(level.level, name) != nullptr) {
            return "; it is a key of: " + std::string(level.title);
        }
    }
    return {};
}

std::string joined(const std::vector<std::string_view>& words) {
    std::string text;
    for (const auto word : words)
        text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}

}  // namespace

std::string describe(const Node& node) {
    switch (node.kind) {
        case Node::Kind::null:
            return "nothing";
        case Node::Kind::scalar:
            return in_quotes(node.text);
        case Node::Kind::sequence:
            return "a list";
        case Node::Kind::mapping:
            return "a mapping";
    }
    return "?";
}

std::optional<std::string_view> read_text(const Cursor& at, Findings& findings) {
    if (!expect_scalar(at, "a text", findings)) return std::nullopt;
    const Node& node = at.node();
    const auto meaning = node.plain ? yaml_meaning(node.text) : std::string_view();
    if (!meaning.empty()) {
        findings.add(Rule::wrong_type, at,
                     "YAML reads " + std::string(node.text) + " as " + std::string(meaning) +
                         "; for the text write \"" + std::string(node.text) + "\" in quotes");
        return std::nullopt;
    }
    return node.text;
}

std::optional<std::int64_t> read_integer(const Cursor& at, const Key& key, Findings& findings) {
    if (!expect_scalar(at, "a number", findings)) return std::nullopt;
    const auto value = parse_integer(at.node().text);
    if (!value || !at.node().plain) {
        findings.add(Rule::bad_value, at,
                     in_quotes(at.node().text) + " is no whole number" +
                         (value ? "; write it without quotes" : ""));
        return std::nullopt;
    }
    if (in_range(*value, key)) return value;
    report_range(at, key, "", findings);
    return std::nullopt;
}

std::optional<IpAddress> read_address(const Cursor& at, Findings& findings) {
    if (!expect_scalar(at, "an IP address", findings)) return std::nullopt;
    const auto text = at.node().text;
    const auto address = IpAddress::parse(text);
    if (!address || text.find('%') != text.npos) {
        findings.add(
            Rule::bad_value, at,
            in_quotes(text) + " is no IPv4 or IPv6 address" +
                (host_name(text) ? "; a host name is an {alias: " + std::string(text) + "}" : ""));
        return std::nullopt;
    }
    if (address->is_unspecified()) {
        findings.add(Rule::bad_value, at, in_quotes(text) + " is the unspecified address");
        return std::nullopt;
    }
    return address;
}

std::optional<std::string> host_name(std::string_view text) {
    static constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    const auto name = DnsName::parse(text);
    if (!name) return std::nullopt;
    std::string host = name->to_string();
    while (host.ends_with('.'))
        host.pop_back();
    const auto last = host.substr(host.rfind('.') + 1);  // 0 when there is none
    const bool number = last.find_first_not_of("0123456789") == host.npos;
    if (host.find_first_not_of(kAllowed) != host.npos || number) return std::nullopt;
    return host;
}

CheckTarget read_check_target(const Cursor& at, Findings& findings) {
    if (!expect_scalar(at, "an IP address or a host name", findings)) return {};
    const auto text = at.node().text;
    if (auto host = host_name(text)) return {.address = {}, .host = *std::move(host)};
    const auto address = IpAddress::parse(text);
    if (!address || text.find('%') != text.npos || address->is_unspecified()) {
        findings.add(Rule::bad_value, at, in_quotes(text) + " is no IP address and no host name");
        return {};
    }
    return {.address = address, .host = {}};
}

std::optional<Prefix> read_network(const Cursor& at, Findings& findings) {
    if (!expect_scalar(at, "a network", findings)) return std::nullopt;
    const auto text = at.node().text;
    const auto network = Prefix::parse(text);
    if (!network || text.find('%') != text.npos) {
        findings.add(Rule::bad_value, at,
                     in_quotes(text) + " is no network; write 192.0.2.0/24 or \"2001:db8::/32\"");
        return std::nullopt;
    }
    const auto address = IpAddress::parse(text.substr(0, text.find('/')));
    if (address != network->address) {
        findings.add(
            Rule::bad_value, at,
            in_quotes(text) + " has bits beyond its length; write " + network->to_string());
        return std::nullopt;
    }
    return network;
}

std::optional<DnsName> read_dns_name(const Cursor& at, Findings& findings) {
    if (!expect_scalar(at, "a DNS name", findings)) return std::nullopt;
    const auto text = at.node().text;
    auto name = DnsName::parse(text);
    if (!name || text.find('@') != text.npos) {
        findings.add(Rule::bad_name, at, in_quotes(text) + " is no DNS name");
        return std::nullopt;
    }
    if (!text.ends_with('.')) {
        findings.add(Rule::ambiguous_name, at,
                     in_quotes(text) + " has no final dot; write it out to the end, such as " +
                         (text.find('.') == text.npos ? std::string(text) + ".example.com."
                                                      : std::string(text) + "."));
        return std::nullopt;
    }
    return name;
}

std::optional<std::string_view> read_word(const Cursor& at, const Key& key, Findings& findings) {
    const auto words = all_words(key);
    if (!expect_scalar(at, "one of " + joined(words), findings)) return std::nullopt;
    const auto text = at.node().text;
    const auto found = std::find(words.begin(), words.end(), text);
    if (found != words.end()) return *found;
    if (has_word(key.later_words, text)) {
        findings.add(Rule::not_supported_yet, at, in_quotes(text) + " is not supported yet");
    } else {
        const auto hint = did_you_mean(text, words);
        findings.add(Rule::unknown_word, at,
                     in_quotes(text) + " is none of " + joined(words) + hint);
    }
    return std::nullopt;
}

Fields::Fields(const Cursor& at, Findings& findings, Grammars grammars,
               bool (*is_other)(std::string_view))
    : at_(at), findings_(findings), grammars_(grammars) {
    if (!is_mapping()) {
        findings_.add(Rule::wrong_type, at_, "expected a mapping, not " + describe(at_.node()));
        return;
    }
    entries_.reserve(at_.node().size());
    for (std::size_t i = 0; i < at_.node().size(); ++i)
        sort_in(at_.entry(i), is_other);
}

void Fields::sort_in(const Cursor& entry, bool (*is_other)(std::string_view)) {
    const auto name = entry.key().text;
    for (const auto& [level, kind] : grammars_) {
        const Key* key = find_key(level, name);
        if (key == nullptr) continue;
        if (!key->supported) {
            findings_.add_at_key(Rule::not_supported_yet, entry,
                                 in_quotes(name) + " is not supported yet");
            has_unsupported_ = true;
            return;
        }
        if (!key->only_for.empty() && !kind.empty() && !has_word(key->only_for, kind)) {
            const bool selector = level == Level::target || name == "weight";
            findings_.add_at_key(selector ? Rule::superfluous_selector : Rule::superfluous_key,
                                 entry,
                                 in_quotes(name) + " means nothing under " + std::string(kind) +
                                     ", only under " + joined(split_words(key->only_for)));
            return;
        }
        entries_.push_back(entry);
        return;
    }
    if (is_other != nullptr && is_other(name)) {
        others_.push_back(entry);
    } else {
        report_unknown(entry);
    }
}

void Fields::report_unknown(const Cursor& entry) const {
    std::vector<std::string_view> known;
    for (const auto& [level, kind] : grammars_) {
        for (const auto& key : info(level).keys)
            known.push_back(key.name);
    }
    const auto name = entry.key().text;
    auto hint = did_you_mean(name, known);
    if (hint.empty()) hint = home_of(name);
    findings_.add_at_key(Rule::unknown_key, entry,
                         "there is no key " + in_quotes(name) + " here" + hint);
}

const Cursor* Fields::find(std::string_view key) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Cursor& entry) { return entry.key().text == key; });
    return found == entries_.end() ? nullptr : &*found;
}

bool Fields::is_written(std::string_view key) const {
    for (std::size_t i = 0; i < at_.node().size(); ++i) {
        if (at_.node().key(i).text == key) return true;
    }
    return false;
}

bool Fields::has_required() const {
    if (!is_mapping()) return false;
    bool complete = true;
    for (const auto& [level, kind] : grammars_) {
        for (const auto& key : info(level).keys) {
            if (!key.required || find(key.name) != nullptr) continue;
            complete = false;
            if (has_unsupported_ || is_written(key.name)) continue;  // reported already
            findings_.add(Rule::missing_key, at_,
                          "the key " + in_quotes(key.name) + " is required");
        }
    }
    return complete;
}

bool Fields::has_one_of(std::initializer_list<std::string_view> keys) const {
    if (!is_mapping()) return false;
    std::string names;
    for (const auto key : keys) {
        if (find(key) != nullptr) return true;
        if (is_written(key)) return false;  // reported already
        names += (names.empty() ? "" : " or ") + in_quotes(key);
    }
    if (!has_unsupported_) {
        findings_.add(Rule::missing_key, at_, "one of the keys " + names + " is required");
    }
    return false;
}

const Key& Fields::key_info(std::string_view key) const {
    for (const auto& [level, kind] : grammars_) {
        const Key* found = find_key(level, key);
        if (found != nullptr) return *found;
    }
    static constexpr Key kNone{};
    return kNone;
}

std::string Fields::text(std::string_view key) const {
    const Cursor* at = find(key);
    const auto text = at == nullptr ? std::nullopt : read_text(*at, findings_);
    return std::string(text.value_or(key_info(key).fallback));
}

std::chrono::milliseconds Fields::duration(std::string_view key) const {
    const Key& about = key_info(key);
    const Cursor* at = find(key);
    const auto value = at == nullptr ? std::nullopt : read_duration(*at, findings_);
    if (value && in_range(value->count(), about)) return *value;
    if (value) {
        findings_.add(Rule::out_of_range, *at,
                      in_quotes(at->node().text) + " is not between " +
                          milliseconds_text(about.min) + " and " + milliseconds_text(about.max));
    }
    return parsed_fallback(about, parse_duration);
}

std::uint32_t Fields::seconds(std::string_view key) const {
    const Key& about = key_info(key);
    const auto fallback = [&] {
        return about.fallback.empty()
                   ? 0U
                   : static_cast<std::uint32_t>(parsed_fallback(about, parse_integer));
    };
    const Cursor* at = find(key);
    const auto value = at == nullptr ? std::nullopt : read_duration(*at, findings_);
    if (!value) return fallback();
    if (value->count() % 1000 != 0) {
        findings_.add(Rule::bad_value, *at, "DNS counts whole seconds");
        return fallback();
    }
    const auto whole = value->count() / 1000;
    if (in_range(whole, about)) return static_cast<std::uint32_t>(whole);
    report_range(*at, about, " seconds", findings_);
    return fallback();
}

std::optional<std::int64_t> Fields::optional_integer(std::string_view key) const {
    const Cursor* at = find(key);
    return at == nullptr ? std::nullopt : read_integer(*at, key_info(key), findings_);
}

std::int64_t Fields::integer(std::string_view key) const {
    const auto value = optional_integer(key);
    return value ? *value : parsed_fallback(key_info(key), parse_integer);
}

std::int64_t Fields::percent(std::string_view key) const {
    const Key& about = key_info(key);
    const Cursor* at = find(key);
    if (at != nullptr && expect_scalar(*at, "a percentage such as 10%", findings_)) {
        const auto value = parse_percent(at->node().text);
        if (value && in_range(*value, about)) return *value;
        if (value) {
            report_range(*at, about, " percent", findings_);
        } else {
            findings_.add(Rule::bad_value, *at,
                          in_quotes(at->node().text) + " is no percentage; write 10%");
        }
    }
    return parsed_fallback(about, parse_percent);
}

double Fields::degrees(std::string_view key) const {
    const Key& about = key_info(key);
    const Cursor* at = find(key);
    if (at == nullptr || !expect_scalar(*at, "a number of degrees", findings_)) return 0;
    const auto value = parse_decimal(at->node().text);
    if (!value) {
        findings_.add(Rule::bad_value, *at,
                      in_quotes(at->node().text) + " is no number of degrees; write 8.68");
        return 0;
    }
    if (*value >= static_cast<double>(about.min) && *value <= static_cast<double>(about.max)) {
        return *value;
    }
    report_range(*at, about, " degrees", findings_);
    return 0;
}

policy::MinHealthy Fields::share(std::string_view key) const {
    const Cursor* at = find(key);
    if (at == nullptr) return {};
    const auto percent = parse_percent(at->node().text);
    if (!percent) {
        const auto count = read_integer(*at, key_info(key), findings_);
        return {.count = static_cast<std::uint16_t>(count.value_or(1)), .percent = 0};
    }
    static constexpr std::int64_t kAll = 100;
    if (*percent >= 1 && *percent <= kAll) {
        return {.count = 1, .percent = static_cast<std::uint8_t>(*percent)};
    }
    findings_.add(Rule::out_of_range, *at,
                  in_quotes(at->node().text) + " is not between 1% and 100%");
    return {};
}

bool Fields::boolean(std::string_view key) const {
    const Cursor* at = find(key);
    if (at != nullptr && expect_scalar(*at, "true or false", findings_)) {
        const Node& node = at->node();
        if (node.plain && (node.text == "true" || node.text == "false")) return node.text == "true";
        findings_.add(Rule::bad_value, *at, "write true or false, not " + in_quotes(node.text));
    }
    return key_info(key).fallback == "true";
}

std::uint32_t Fields::mode(std::string_view key) const {
    const Cursor* at = find(key);
    if (at != nullptr && expect_scalar(*at, "permission bits such as \"0660\"", findings_)) {
        const auto mode = parse_mode(at->node().text);
        if (mode) return *mode;
        findings_.add(Rule::bad_value, *at,
                      in_quotes(at->node().text) + " are no permission bits; write \"0660\"");
    }
    return parsed_fallback(key_info(key), parse_mode);
}

std::vector<IntegerRange> Fields::status(std::string_view key) const {
    std::vector<IntegerRange> ranges;
    for (const auto& item : list(key)) {
        const auto range = read_status(item, findings_);
        if (range) ranges.push_back(*range);
    }
    if (ranges.empty()) ranges.push_back(parsed_fallback(key_info(key), parse_integer_range));
    return ranges;
}

std::string_view Fields::word(std::string_view key) const {
    const Cursor* at = find(key);
    const Key& about = key_info(key);
    const auto word = at == nullptr ? std::nullopt : read_word(*at, about, findings_);
    return word.value_or(about.fallback);
}

std::vector<Cursor> Fields::list(std::string_view key) const {
    std::vector<Cursor> items;
    const Cursor* at = find(key);
    if (at == nullptr) return items;
    const Node& node = at->node();
    if (node.is_sequence()) {
        items.reserve(node.items().size());
        for (std::size_t i = 0; i < node.items().size(); ++i)
            items.push_back(at->item(i));
        if (items.empty()) findings_.add(Rule::empty_list, *at, "the list is empty");
    } else if (key_info(key).arity == Arity::one_or_list) {
        items.push_back(*at);
    } else {
        findings_.add(Rule::wrong_type, *at, "expected a list, not " + describe(node));
    }
    return items;
}

std::vector<Cursor> Fields::named(std::string_view key) const {
    std::vector<Cursor> entries;
    const Cursor* at = find(key);
    if (at == nullptr) return entries;
    if (!at->node().is_mapping()) {
        findings_.add(Rule::wrong_type, *at, "expected a mapping, not " + describe(at->node()));
        return entries;
    }
    entries.reserve(at->node().size());
    for (std::size_t i = 0; i < at->node().size(); ++i)
        entries.push_back(at->entry(i));
    return entries;
}

}  // namespace fairlead::config
