// SPDX-License-Identifier: Apache-2.0
#include "tests/scenarios/expectations.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "policy/shares.h"
#include "tests/scenarios/scenario_file.h"

namespace fairlead::scenarios {
namespace {

using policy::Content;
using Contents = std::vector<Content>;

constexpr std::size_t kSeedsForShares = 1000;
constexpr double kSigmas = 5;

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts)
        text += (text.empty() ? "" : ", ") + part;
    return "[" + text + "]";
}

std::string joined(const Contents& contents) {
    std::vector<std::string> texts;
    for (const auto& content : contents)
        texts.push_back(policy::to_string(content));
    return joined(texts);
}

/// An address, or "CNAME static.example.net."
Content content_of(const YAML::Node& node) {
    static constexpr std::string_view kCname = "CNAME ";
    const auto text = text_of(node);
    if (text.starts_with(kCname)) return text.substr(kCname.size());
    const auto address = IpAddress::parse(text);
    if (!address) throw Malformed(node, "'" + text + "' is no IP address");
    return *address;
}

Contents contents_of(const YAML::Node& node) {
    if (!node.IsSequence()) return {content_of(node)};
    Contents contents;
    for (const auto& item : node)
        contents.push_back(content_of(item));
    std::sort(contents.begin(), contents.end());
    return contents;
}

Contents contents_in(const policy::Reply& reply) {
    Contents contents(reply.v4.addresses.begin(), reply.v4.addresses.end());
    contents.insert(contents.end(), reply.v6.addresses.begin(), reply.v6.addresses.end());
    if (const auto* answer = reply.cname()) contents.emplace_back(answer->cname->target);
    std::sort(contents.begin(), contents.end());
    return contents;
}

std::string described(const policy::Reply& reply) {
    return reply.records == nullptr ? "NXDOMAIN" : joined(contents_in(reply));
}

bool contains(const Contents& contents, const Content& content) {
    return std::find(contents.begin(), contents.end(), content) != contents.end();
}

/// Reports the first reply that is not as it should be, with its seed.
template <typename Predicate>
void require_of_each(const Outcome& outcome, const Miss& miss, const std::string& expected,
                     Predicate&& is_right) {
    for (std::size_t i = 0; i < outcome.replies.size(); ++i) {
        const auto& reply = outcome.replies[i];
        if (is_right(reply)) continue;
        auto text = "expected " + expected + ", got " + described(reply);
        if (outcome.replies.size() > 1) {
            text.append(", answer ").append(std::to_string(i + 1));
            text.append(" of ").append(std::to_string(outcome.replies.size()));
        }
        return miss(text);
    }
}

void expect_one_of(const YAML::Node& value, const Outcome& outcome, const Miss& miss) {
    const auto allowed = contents_of(value);
    require_of_each(outcome, miss, "one of " + joined(allowed), [&](const policy::Reply& reply) {
        const auto got = contents_in(reply);
        return got.size() == 1 && contains(allowed, got.front());
    });
}

void expect_count(const YAML::Node& value, const Outcome& outcome, const Miss& miss) {
    const auto wanted = number_of(value, policy::kAnswersMax);
    require_of_each(
        outcome, miss, std::to_string(wanted) + " addresses",
        [&](const policy::Reply& reply) { return contents_in(reply).size() == wanted; });
}

/// "70%" or "12.5%" as a part of one.
double share_of(const YAML::Node& node) {
    const auto text = text_of(node);
    const bool is_written_well = text.size() > 1 && text.back() == '%' &&
                                 text.find_first_not_of("0123456789.") == text.size() - 1 &&
                                 text.front() != '.' &&
                                 std::count(text.begin(), text.end(), '.') <= 1;
    const double share = is_written_well ? std::stod(text) / 100 : -1;
    if (share < 0 || share > 1) throw Malformed(node, "'" + text + "' is no share like 70%");
    return share;
}

/// In how many of the replies an address stands: a binomial of `share`, held to 5 of its standard
/// deviations. The seeds are fixed, so that the result is the same each time.
void require_share(const Content& content, double share, std::size_t got, std::size_t total,
                   const Miss& miss) {
    const auto count = static_cast<double>(total);
    const double bound = kSigmas * std::sqrt(count * share * (1 - share));
    if (std::abs(static_cast<double>(got) - count * share) <= bound) return;
    miss("expected " + policy::to_string(content) + " in " +
         std::to_string(std::lround(count * share)) + " of " + std::to_string(total) +
         " answers, give or take " + std::to_string(std::lround(bound)) + ", got it in " +
         std::to_string(got));
}

void expect_shares(const YAML::Node& value, const Outcome& outcome, const Miss& miss) {
    if (!value.IsMap()) throw Malformed(value, "write shares as {ADDRESS: 70%, ...}");
    if (outcome.replies.size() < kSeedsForShares) {
        throw Malformed(value, "shares need seeds: 1000 or more");
    }
    std::map<Content, std::size_t> counts;
    for (const auto& reply : outcome.replies) {
        for (const auto& content : contents_in(reply))
            ++counts[content];
    }
    for (const auto& entry : value) {
        const auto content = content_of(entry.first);
        const auto counted = counts.extract(content);
        require_share(content, share_of(entry.second), counted ? counted.mapped() : 0,
                      outcome.replies.size(), miss);
    }
    for (const auto& [content, count] : counts) {
        miss("expected no answer with " + policy::to_string(content) + ", got it in " +
             std::to_string(count) + " of " + std::to_string(outcome.replies.size()));
    }
}

void expect_ttl(const YAML::Node& value, const Outcome& outcome, const Miss& miss) {
    const auto wanted = number_of(value, UINT32_MAX);
    const auto& reply = outcome.replies.front();
    if (contents_in(reply).empty()) {
        return miss("expected ttl " + std::to_string(wanted) + ", got no address");
    }
    const auto* cname = reply.cname();
    const auto got = cname != nullptr             ? cname->ttl
                     : reply.v4.addresses.empty() ? reply.v6.ttl
                                                  : reply.v4.ttl;
    if (got != wanted) {
        miss("expected ttl " + std::to_string(wanted) + ", got " + std::to_string(got));
    }
}

std::uint8_t scope_in(const Outcome& outcome) {
    const auto& reply = outcome.replies.front();
    if (reply.placeholder) return reply.absence_scope;
    if (const auto* cname = reply.cname()) return cname->scope;
    return outcome.type == "AAAA" ? reply.v6.scope : reply.v4.scope;
}

void expect_scope(const YAML::Node& value, const Outcome& outcome, const Miss& miss) {
    const auto text = [](std::uint64_t scope) {
        return scope == 0 ? "none" : "/" + std::to_string(scope);
    };
    const auto wanted = text_of(value) == "none" ? 0 : number_of(value, 128);
    if (wanted == 0 && text_of(value) != "none") throw Malformed(value, "write none, not 0");
    const bool exists = outcome.replies.front().records != nullptr;
    if (exists && scope_in(outcome) == wanted) return;
    miss("expected scope " + text(wanted) + ", got " +
         (exists ? text(scope_in(outcome)) : "NXDOMAIN"));
}

void expect_placeholder(const YAML::Node& value, const Outcome& outcome, const Miss& miss) {
    const bool wanted = boolean_of(value);
    require_of_each(outcome, miss, wanted ? "a placeholder" : "no placeholder",
                    [&](const policy::Reply& reply) { return reply.placeholder == wanted; });
}

void expect_nxdomain(const YAML::Node& value, const Outcome& outcome, const Miss& miss) {
    const bool wanted = boolean_of(value);
    require_of_each(
        outcome, miss, wanted ? "NXDOMAIN" : "a name that exists",
        [&](const policy::Reply& reply) { return (reply.records == nullptr) == wanted; });
}

void expect_records(const YAML::Node& value, const Outcome& outcome, const Miss& miss) {
    auto wanted = texts_of(value);
    std::vector<std::string> got;
    if (const auto* records = outcome.replies.front().records; records != nullptr) {
        for (const auto& record : records->statics) {
            if (!policy::type_matches(outcome.type, record.type)) continue;
            got.push_back(std::to_string(record.ttl) + " " + record.type + " " + record.content);
        }
    }
    std::sort(wanted.begin(), wanted.end());
    std::sort(got.begin(), got.end());
    if (got != wanted) miss("expected records " + joined(wanted) + ", got " + joined(got));
}

void expect_explanation(const YAML::Node& value, const Outcome& outcome, const Miss& miss) {
    for (const auto& text : texts_of(value)) {
        if (outcome.explanation.find(text) != std::string::npos) continue;
        miss("expected an explanation that contains '" + text + "', got\n" + outcome.explanation);
    }
}

}  // namespace

void expect_answer(const YAML::Node& value, const Outcome& outcome, const Miss& miss) {
    const auto wanted = contents_of(value);
    require_of_each(outcome, miss, joined(wanted), [&](const policy::Reply& reply) {
        return reply.records != nullptr && contents_in(reply) == wanted;
    });
}

const std::vector<NamedExpectation>& expectations() {
    static const std::vector<NamedExpectation> kAll{
        {"answer", expect_answer},
        {"answers", expect_shares},
        {"one_of", expect_one_of},
        {"count", expect_count},
        {"ttl", expect_ttl},
        {"scope", expect_scope},
        {"placeholder", expect_placeholder},
        {"nxdomain", expect_nxdomain},
        {"records", expect_records},
        {"explain_contains", expect_explanation},
    };
    return kAll;
}

}  // namespace fairlead::scenarios
