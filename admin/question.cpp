// SPDX-License-Identifier: Apache-2.0
#include "admin/question.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"

namespace fairlead::admin {
namespace {

bool is_type(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return ascii::is_letter(c) || ascii::is_digit(c) || c == '-';
    });
}

/// Whom the answer is for, as with PowerDNS: the client subnet, else the address. A client subnet
/// without an address is asked for by a resolver inside it.
Result<policy::Client> client_of(const QuestionText& text) {
    const auto client = IpAddress::parse(text.client);
    if (!text.client.empty() && !client) {
        return Error{"client: \"" + text.client + "\" is not an IP address"};
    }
    const auto network = Prefix::parse(text.ecs);
    if (!text.ecs.empty() && !network) {
        return Error{"ecs: \"" + text.ecs + "\" is not a prefix such as 203.0.113.0/24"};
    }
    if (network && network->length > 0) {
        return policy::Client(network->address, client.value_or(network->address));
    }
    return policy::Client(client);
}

}  // namespace

Result<std::unique_ptr<Question>> read_question(const QuestionText& text) {
    auto question = std::make_unique<Question>();
    auto name = DnsName::parse(text.name);
    if (!name) return Error{"\"" + text.name + "\" is not a domain name"};
    if (!is_type(text.type)) {
        return Error{"\"" + text.type + "\" is not a record type such as A, AAAA or MX"};
    }
    const auto client = client_of(text);
    if (!client) return client.error();

    question->type = ascii::upper(text.type);
    question->query = {.name = std::move(*name),
                       .type = question->type,
                       .zone_id = -1,
                       .client = *client,
                       .seed = text.seed};
    return question;
}

std::optional<DnsName> wildcard_for(const policy::Catalog& catalog, DnsName name) {
    while (!name.is_root()) {
        name = name.parent();
        auto wildcard = name.child("*");
        if (wildcard && catalog.find(*wildcard, -1) != nullptr) return wildcard;
        if (catalog.find(name, -1) != nullptr) break;
    }
    return std::nullopt;
}

}  // namespace fairlead::admin
