// SPDX-License-Identifier: Apache-2.0
#include <ostream>

#include "admin/explain_json.h"
#include "admin/question.h"
#include "backend/commands/assumed_health.h"
#include "backend/commands/commands.h"
#include "backend/commands/refusal.h"
#include "backend/commands/remote.h"
#include "backend/daemon.h"
#include "base/result.h"
#include "config/load.h"
#include "policy/explain.h"
#include "policy/lookup.h"

namespace fairlead::backend {
namespace {

void say_what_is_assumed(const ExplainOptions& options, std::ostream& out) {
    out << "offline: every endpoint counts as healthy";
    for (std::size_t i = 0; i < options.down.size(); ++i)
        out << (i == 0 ? " except " : ", ") << options.down[i];
    out << "; random draws from seed " << options.seed << "\n\n";
}

/// From the running process.
int explain_live(const ExplainOptions& options, const Streams& streams) {
    if (!options.resolve.empty()) {
        return refuse("explain",
                      "--resolve needs -c FILE: the running process resolves names itself",
                      streams);
    }
    std::string target = "/api/v1/explain?name=" + admin::url_encoded(options.name) +
                         "&type=" + admin::url_encoded(options.type) +
                         "&seed=" + std::to_string(options.seed);
    if (!options.client.empty()) target += "&client=" + admin::url_encoded(options.client);
    if (!options.ecs.empty()) target += "&ecs=" + admin::url_encoded(options.ecs);
    if (!options.down.empty()) target += "&down=" + admin::url_encoded(comma_list(options.down));
    int exit_code = kExitClean;
    const auto text =
        ask(options.remote,
            {.target = target, .accept = options.remote.json ? "application/json" : "text/plain"},
            streams, exit_code);
    if (!text) return exit_code;
    if (!options.remote.json && !options.down.empty()) {
        streams.out << "as if down: " << comma_list(options.down) << "\n\n";
    }
    streams.out << *text;
    return exit_code;
}

}  // namespace

int explain(const ExplainOptions& options, const Streams& streams) {
    if (options.config.empty()) return explain_live(options, streams);
    const auto question = admin::read_question({.name = options.name,
                                                .type = options.type,
                                                .client = options.client,
                                                .ecs = options.ecs,
                                                .seed = options.seed});
    if (!question) return refuse("explain", question.error().message, streams);
    policy::Query query = (*question)->query;

    const config::LoadResult result = config::load(options.config);
    for (const auto& finding : result.diagnostics) {
        if (finding.severity == config::Severity::error) streams.err << finding.to_string() << '\n';
    }
    if (!result.loaded) return kExitBadConfig;
    const policy::Catalog& catalog = *result.loaded->catalog;
    const auto health = assumed_health(catalog, {.down = options.down, .resolve = options.resolve});
    if (!health) return refuse("explain", health.error().message, streams);

    if (!options.remote.json) say_what_is_assumed(options, streams.out);
    if (catalog.find(query.name, -1) == nullptr) {
        if (auto wildcard = admin::wildcard_for(catalog, query.name)) {
            (options.remote.json ? streams.err : streams.out)
                << query.name.to_string() << " does not exist; PowerDNS answers from "
                << wildcard->to_string() << "\n\n";
            query.name = std::move(*wildcard);
        }
    }
    const auto* records = catalog.find(query.name, -1);
    if (records != nullptr && records->steering && !options.remote.json) {
        const auto advice = advice_on_aliases(catalog, *health, records->steering->root);
        if (!advice.empty()) streams.out << advice << "\n\n";
    }
    policy::Reply reply;
    policy::Traces traces;
    const geo::Locator& locator = *result.loaded->locator;
    policy::lookup(catalog, *health, query, reply, &traces);
    streams.out << (options.remote.json
                        ? admin::explain_json(catalog, locator, query, reply, traces)
                        : policy::explain(catalog, *health, locator, query, reply, traces,
                                          SteadyClock().now()));
    return kExitClean;
}

}  // namespace fairlead::backend
