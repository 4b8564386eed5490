// SPDX-License-Identifier: Apache-2.0

// The table of the language held against the code that reads it and the files made from it.

#include "config/language.h"

#include "config/load.h"
#include "config/schema.h"
#include "tests/config/folder.h"
#include "tests/support/catch.h"
#include "tests/support/manual.h"

namespace fairlead::config {
namespace {

const std::string kZone = "\nzones: {example.com: {ns: [ns.example.net.]}}\n";

/// A configuration with `entry` in a mapping of this level and kind.
std::string with_entry(Level level, std::string_view kind, const std::string& entry) {
    const std::string policy = kind.empty() ? "failover" : std::string(kind);
    const std::string record = "zones: {example.com: {ns: [ns.example.net.], records: {www: {";
    switch (level) {
        case Level::top:
            return entry;
        case Level::server:
        case Level::admin:
        case Level::geoip:
        case Level::latency:
        case Level::resolver:
        case Level::defaults:
        case Level::alerts:
        case Level::log:
            return std::string(info(level).name) + ": {" + entry + "}" + kZone;
        case Level::health_check:
            return "health_checks: {x: {type: " + (kind.empty() ? "https" : std::string(kind)) +
                   ", " + entry + "}}" + kZone;
        case Level::pool:
            return "pools: {x: {policy: " + policy + ", " + entry + "}}" + kZone;
        case Level::endpoint:
            return "pools: {x: {policy: weighted, endpoints: [{" + entry + "}]}}" + kZone;
        case Level::node:
            return record + "policy: " + policy + ", " + entry + "}}}}";
        case Level::target:
            return record + "policy: " + policy + ", targets: [{" + entry + "}]}}}}";
        case Level::record:
            return record + entry + "}}}}";
        case Level::zone:
            return "zones: {example.com: {" + entry + "}}";
        case Level::soa:
            return "zones: {example.com: {ns: [ns.example.net.], soa: {" + entry + "}}}";
        case Level::fallback:
            return record + "policy: failover, targets: [192.0.2.1], on_all_unhealthy: {" + entry +
                   "}}}}}";
        case Level::location:
            return record + "policy: geoproximity, targets: [{address: 192.0.2.1, location: {" +
                   entry + "}}]}}}}";
        case Level::affinity:
            return record + "policy: weighted, targets: [192.0.2.1], affinity: {" + entry + "}}}}}";
        case Level::failback:
            return record + "policy: failover, targets: [192.0.2.1], failback: {" + entry + "}}}}}";
        case Level::ttl:
            return record + "policy: failover, targets: [192.0.2.1], ttl: {" + entry + "}}}}}";
        case Level::webhook:
            return "alerts: {webhooks: [{" + entry + "}]}" + kZone;
        case Level::pdns_api:
            return "server: {pdns_api: {" + entry + "}}" + kZone;
        case Level::query_spike:
            return "alerts: {query_spike: {" + entry + "}}" + kZone;
    }
    return {};
}

bool finds(const LoadResult& result, std::string_view rule, std::string_view key) {
    for (const auto& finding : result.diagnostics) {
        const auto ends_there =
            finding.path == key || finding.path.ends_with("." + std::string(key)) ||
            finding.path.find("." + std::string(key) + "[") != std::string::npos ||
            finding.path.starts_with(std::string(key) + "[") ||
            finding.path.find(std::string(key) + ".x") != std::string::npos;
        if (ends_there && (rule.empty() || finding.rule == rule)) return true;
    }
    return false;
}

TEST_CASE("every supported key is read: nonsense in it is found", "[config][language]") {
    for (const auto& level : levels()) {
        for (const auto& key : level.keys) {
            if (!key.supported || key.name == level.kind_key) continue;
            const auto kinds = split_words(key.only_for);
            const auto kind = kinds.empty() ? std::string_view() : kinds.front();
            // A list of lists in a mapping of mappings is right nowhere.
            const std::string name(key.name);
            const auto yaml = with_entry(level.level, kind, name + ": {x: [[{y: 1}]]}");
            CAPTURE(yaml);
            CHECK(finds(load_text(yaml), "", key.name));
        }
    }
}

TEST_CASE("every key of later versions is refused as such", "[config][language]") {
    for (const auto& level : levels()) {
        for (const auto& key : level.keys) {
            if (key.supported) continue;
            const std::string name(key.name);
            const auto yaml = with_entry(level.level, "", name + ": 1");
            CAPTURE(yaml);
            CHECK(finds(load_text(yaml), "not-supported-yet", key.name));
        }
    }
}

TEST_CASE("every word of later versions is refused as such", "[config][language]") {
    for (const auto& level : levels()) {
        for (const auto& key : level.keys) {
            for (const auto word : split_words(key.later_words)) {
                const auto yaml = with_entry(level.level, word, "x: 1");
                CAPTURE(yaml);
                CHECK(finds(load_text(yaml), "not-supported-yet", key.name));
            }
        }
    }
}

/// What stands between the markers of a generated part.
std::string generated_part(const std::string& text, const std::string& name) {
    const std::string start = "<!-- generated: " + name + " -->\n";
    const auto at = text.find(start);
    REQUIRE(at != std::string::npos);
    const auto from = at + start.size();
    return text.substr(from, text.find("\n<!-- end -->", from) - from);
}

TEST_CASE("the published schema is made from the table", "[config][language]") {
    CHECK(test::source_file("docs/fairlead.schema.json") == json_schema());
}

TEST_CASE("the manual's tables are made from the table", "[config][language]") {
    const auto manual = test::source_file("docs/configuration.md");
    CHECK(generated_part(manual, "keys") == reference_markdown());
    CHECK(generated_part(manual, "rules") == "\n" + rules_markdown());
}

/// The first example after `words` that stands four columns in, without them.
std::string indented_text_after(const std::string& text, const std::string& words) {
    auto at = text.find("\n\n    ", text.find(words)) + 2;
    std::string block;
    while (text.compare(at, 4, "    ") == 0) {
        const auto end = text.find('\n', at);
        block += text.substr(at + 4, end - at - 3);
        at = end + 1;
    }
    return block;
}

/// How many examples of a manual there are; each must load without a finding.
int load_examples(const std::string& manual, const std::string& zone_file) {
    int examples = 0;
    for (const auto& block : test::blocks_of(manual)) {
        if (block.language != "yaml") continue;
        auto yaml = test::with_fixtures(block.text);
        test::replace_all(yaml, "/etc/fairlead/example.com.zone", zone_file);
        CAPTURE(yaml);
        const auto result = load_text(yaml);
        for (const auto& finding : result.diagnostics)
            FAIL_CHECK(finding.to_string());
        CHECK(result.loaded);
        ++examples;
    }
    return examples;
}

TEST_CASE("the manuals' examples load without a finding", "[config][language]") {
    const auto manual = test::source_file("docs/configuration.md");
    const Folder folder;
    const auto zone = folder.write("zone", indented_text_after(manual, "**Zone files.**")).string();
    CHECK(load_examples(manual, zone) == 6);
    CHECK(load_examples(test::source_file("docs/policies.md"), zone) == 21);
    CHECK(load_examples(test::source_file("README.md"), zone) == 1);
}

}  // namespace
}  // namespace fairlead::config
