// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <ostream>

#include "backend/assumed_health.h"
#include "backend/commands.h"
#include "backend/daemon.h"
#include "backend/explain_json.h"
#include "base/result.h"
#include "config/load.h"
#include "policy/explain.h"
#include "policy/lookup.h"

namespace fairlead::backend {
namespace {

/// The options, read; `type` must outlive `query`.
struct Question {
    std::string type;
    policy::Query query;
};

bool is_type(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-';
    });
}

/// Whom the answer is for, as with PowerDNS: the client subnet, else the address. A client subnet
/// without an address is asked for by a resolver inside it.
Result<policy::Client> client_of(const ExplainOptions& options) {
    const auto client = IpAddress::parse(options.client);
    if (!options.client.empty() && !client) {
        return Error{"--client: \"" + options.client + "\" is not an IP address"};
    }
    const auto network = Prefix::parse(options.ecs);
    if (!options.ecs.empty() && !network) {
        return Error{"--ecs: \"" + options.ecs + "\" is not a prefix such as 203.0.113.0/24"};
    }
    if (network && network->length > 0) {
        return policy::Client(network->address, client.value_or(network->address));
    }
    return policy::Client(client);
}

Result<std::unique_ptr<Question>> read_question(const ExplainOptions& options) {
    auto question = std::make_unique<Question>();
    auto name = DnsName::parse(options.name);
    if (!name) return Error{"\"" + options.name + "\" is not a domain name"};
    if (!is_type(options.type)) {
        return Error{"\"" + options.type + "\" is not a record type such as A, AAAA or MX"};
    }
    const auto client = client_of(options);
    if (!client) return client.error();

    question->type = options.type;
    std::transform(question->type.begin(), question->type.end(), question->type.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    question->query = {.name = std::move(*name),
                       .type = question->type,
                       .zone_id = -1,
                       .client = *client,
                       .seed = options.seed};
    return question;
}

/// The wildcard that PowerDNS finds for a name that does not exist: that of the closest ancestor
/// that does (RFC 4592).
std::optional<DnsName> wildcard_for(const policy::Catalog& catalog, DnsName name) {
    while (!name.is_root()) {
        name = name.parent();
        auto wildcard = name.child("*");
        if (wildcard && catalog.find(*wildcard, -1) != nullptr) return wildcard;
        if (catalog.find(name, -1) != nullptr) break;
    }
    return std::nullopt;
}

void say_what_is_assumed(const ExplainOptions& options, std::ostream& out) {
    out << "offline: every endpoint counts as healthy";
    for (std::size_t i = 0; i < options.down.size(); ++i)
        out << (i == 0 ? " except " : ", ") << options.down[i];
    out << "; random draws from seed " << options.seed << "\n\n";
}

int wrong(const Error& error, const Streams& streams) {
    streams.err << "fairlead explain: " << error.message << '\n';
    return kExitBadConfig;
}

}  // namespace

int explain(const ExplainOptions& options, const Streams& streams) {
    const auto question = read_question(options);
    if (!question) return wrong(question.error(), streams);
    policy::Query query = (*question)->query;

    const config::LoadResult result = config::load(options.config);
    for (const auto& finding : result.diagnostics) {
        if (finding.severity == config::Severity::error) streams.err << finding.to_string() << '\n';
    }
    if (!result.loaded) return kExitBadConfig;
    const policy::Catalog& catalog = *result.loaded->catalog;
    const auto health = assumed_health(catalog, options.down);
    if (!health) return wrong(health.error(), streams);

    if (!options.json) say_what_is_assumed(options, streams.out);
    if (catalog.find(query.name, -1) == nullptr) {
        if (auto wildcard = wildcard_for(catalog, query.name)) {
            (options.json ? streams.err : streams.out)
                << query.name.to_string() << " does not exist; PowerDNS answers from "
                << wildcard->to_string() << "\n\n";
            query.name = std::move(*wildcard);
        }
    }
    policy::Reply reply;
    policy::Traces traces;
    const geo::Locator& locator = *result.loaded->locator;
    policy::lookup(catalog, *health, query, reply, &traces);
    streams.out << (options.json ? explain_json(catalog, locator, query, reply, traces)
                                 : policy::explain(catalog, *health, locator, query, reply, traces,
                                                   SteadyClock().now()));
    return kExitClean;
}

}  // namespace fairlead::backend
