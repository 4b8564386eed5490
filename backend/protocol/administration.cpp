// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/administration.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "backend/protocol/keystore_methods.h"
#include "backend/protocol/search.h"

namespace fairlead::backend {
namespace {

using policy::Zone;

// ---- denial of existence ----

/// `name` without the zone's part and the dot before it; empty for the apex.
std::string relative_to(const DnsName& name, const DnsName& zone) {
    const std::string text = name.to_string();
    const std::string suffix = zone.to_string();
    const std::size_t own = text.size() - suffix.size();
    return text.substr(0, own == 0 ? 0 : own - 1);
}

/// The name that PowerDNS means by `relative`: "www.", the apex ".".
std::optional<DnsName> absolute(std::string relative, const DnsName& zone) {
    if (relative.empty() || relative == ".") return zone;
    if (relative.back() == '.') relative.pop_back();
    // No child(), to which "@" is the apex: here it is a label like any other.
    return DnsName::parse(relative + "." + (zone.is_root() ? "" : zone.to_string()));
}

Outcome get_before_and_after(const Call& call) {
    const auto id = call.number("id");
    const auto relative = call.text("qname");
    if (!id || !relative) return bad_parameters();
    const Zone* zone = call.zone(*id);
    if (zone == nullptr) return kNo;
    const auto name = absolute(*relative, zone->name);
    if (!name) return bad_parameters();
    const auto [before, after] = call.parts.state.catalog->neighbours(*zone, *name);
    return Json{{"unhashed", relative_to(before.name, zone->name)},
                {"before", relative_to(before.name, zone->name)},
                {"after", relative_to(after.name, zone->name)}};
}

// ---- transfers ----

/// What stands in a zone comes from the configuration: a transaction that keeps it is fine, one
/// that brings it from elsewhere is not.
Outcome start_transaction(const Call& call) {
    const auto name = call.name("domain");
    const Json* id = call.find("domain_id");
    if (!name || id == nullptr || !id->is_number_integer()) return bad_parameters();
    return *id == -1 && call.zone(*name) != nullptr;
}

/// No: what stands in a zone comes from the configuration.
Outcome replace_rrset(const Call& call) {
    if (const auto transaction = call.number("trxid")) call.parts.refused_edits.add(*transaction);
    return kNo;
}

Outcome commit_transaction(const Call& call) {
    const auto transaction = call.number("trxid");
    const bool refused = transaction && call.parts.refused_edits.take(*transaction);
    return refused ? Json(nullptr) : Json(kYes);  // PowerDNS makes an error of null
}

Outcome abort_transaction(const Call& call) {
    if (const auto transaction = call.number("trxid")) {
        (void)call.parts.refused_edits.take(*transaction);
    }
    return kYes;
}

Outcome nothing(const Call& /*call*/) {
    return Json::array();
}

Outcome get_updated_masters(const Call& call) {
    Json updated = Json::array();
    const auto& catalog = *call.parts.state.catalog;
    for (const auto& zone : catalog.zones()) {
        const auto notified = call.parts.notified.of(zone.name);
        if (zone.overlay || notified == zone.serial) continue;
        updated.push_back({{"id", zone.id},
                           {"zone", zone.name.to_string()},
                           {"kind", "master"},
                           {"serial", zone.serial},
                           {"notified_serial", notified}});
    }
    return updated;
}

Outcome set_notified(const Call& call) {
    const auto id = call.number("id");
    const auto serial = call.number("serial");
    if (!id || !serial) return bad_parameters();
    const Zone* zone = call.zone(*id);
    if (zone == nullptr) return kNo;
    call.parts.notified.set(zone->name, *serial);
    return kYes;
}

// ---- the rest ----

Outcome search_records(const Call& call) {
    auto pattern = call.text("pattern");
    const auto most = call.number("maxResults");
    if (!pattern || !most) return bad_parameters();
    return SlowReply{[state = call.parts.state, pattern = *std::move(pattern), most = *most] {
        return search(*state.catalog, state.conditions(), pattern, most);
    }};
}

Outcome direct_backend_cmd(const Call& call) {
    auto text = call.text("query");
    if (!text) return bad_parameters();
    return BackendCommand{*std::move(text)};
}

struct Method {
    std::string_view name;
    Outcome (*answer)(const Call&);
};

constexpr auto kAnswers = std::to_array<Method>({
    {"getAllDomainMetadata", get_all_domain_metadata},
    {"getDomainMetadata", get_domain_metadata},
    {"setDomainMetadata", set_domain_metadata},
    {"getDomainKeys", get_domain_keys},
    {"addDomainKey", add_domain_key},
    {"removeDomainKey", remove_domain_key},
    {"activateDomainKey", activate_domain_key},
    {"deactivateDomainKey", deactivate_domain_key},
    {"publishDomainKey", publish_domain_key},
    {"unpublishDomainKey", unpublish_domain_key},
    {"getBeforeAndAfterNamesAbsolute", get_before_and_after},
    {"getTSIGKey", get_tsig_key},
    {"getTSIGKeys", get_tsig_keys},
    {"setTSIGKey", set_tsig_key},
    {"deleteTSIGKey", delete_tsig_key},
    {"startTransaction", start_transaction},
    {"replaceRRSet", replace_rrset},
    {"commitTransaction", commit_transaction},
    {"abortTransaction", abort_transaction},
    {"getUpdatedMasters", get_updated_masters},
    {"setNotified", set_notified},
    {"getUnfreshSlaveInfos", nothing},
    {"searchRecords", search_records},
    {"directBackendCmd", direct_backend_cmd},
});

static_assert(kAnswers.size() == kAdministrativeMethods);

const Method* find_method(std::string_view name) {
    const auto* const found = std::ranges::find(kAnswers, name, &Method::name);
    return found == kAnswers.end() ? nullptr : found;
}

}  // namespace

std::string_view administrative_method(std::size_t place) {
    return kAnswers[place].name;
}

std::optional<std::size_t> find_administrative(std::string_view method) {
    const Method* found = find_method(method);
    if (found == nullptr) return std::nullopt;
    return static_cast<std::size_t>(found - kAnswers.data());
}

Administered administrate(std::string_view line, const AdministrationParts& parts,
                          std::string& out) {
    const Json request = Json::parse(line, nullptr, false);
    if (!request.is_object()) return Refused{Refused::Reason::not_json};
    const auto method = request.find("method");
    const Method* known = method == request.end() || !method->is_string()
                              ? nullptr
                              : find_method(method->get_ref<const std::string&>());
    if (known == nullptr) return Refused{Refused::Reason::no_method};
    const auto parameters = request.find("parameters");
    const Json none = Json::object();
    const Call call(known->name, parameters == request.end() ? none : *parameters, parts);
    return std::visit(
        [&](auto&& outcome) -> Administered {
            if constexpr (std::is_same_v<std::decay_t<decltype(outcome)>, Json>) {
                out += line_of(outcome);
                return {};
            } else {
                return std::forward<decltype(outcome)>(outcome);
            }
        },
        known->answer(call));
}

std::string text_reply(const std::string& text) {
    return line_of(text);
}

}  // namespace fairlead::backend
