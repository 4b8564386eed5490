// SPDX-License-Identifier: Apache-2.0
#include "admin/records.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "policy/operator_names.h"
#include "policy/selection.h"
#include "policy/shares.h"

namespace fairlead::admin {
namespace {

using Json = nlohmann::ordered_json;
using policy::Standing;
using std::chrono::duration_cast;
using std::chrono::seconds;

const char* word(Standing standing) {
    switch (standing) {
        case Standing::usable:
            return "usable";
        case Standing::unhealthy:
            return "unhealthy";
        case Standing::forced_down:
            return "down";
        case Standing::drained:
            return "drained";
        case Standing::no_family:
            return "no_address_of_this_type";
        case Standing::unresolved:
            return "unresolved";
    }
    return "";
}

Json shares_json(const policy::Selection& selection, policy::NodeIndex root) {
    const auto parts = policy::shares_together(selection, root);
    Json addresses = Json::object();
    for (const auto& [content, share] : parts.parts)
        addresses[policy::to_string(content)] = share;
    return {{"addresses", std::move(addresses)},
            {"unanswered", parts.unanswered},
            {"exact", parts.exact}};
}

/// One tree as one family's answers see it.
class Tree {
  public:
    Tree(const View& view, Family family, const policy::Client& client, const Moment& now)
        : view_(view),
          conditions_(view.conditions()),
          selection_(view.forest(), conditions_, family, client),
          set_(governing(view)),
          now_(now) {}

    [[nodiscard]] const policy::Selection& selection() const { return selection_; }

    [[nodiscard]] Json node(policy::NodeIndex index) const {
        const policy::Node& node = view_.forest().node(index);
        Json targets = Json::array();
        for (const auto& target : node.targets)
            targets.push_back(this->target(target, false));
        if (node.default_target) targets.push_back(target(*node.default_target, true));
        Json json{{"label", node.label}, {"policy", policy::to_string(node.policy)}};
        if (const auto stands = position(node); !stands.is_null()) json["failback"] = stands;
        json["targets"] = std::move(targets);
        return json;
    }

  private:
    [[nodiscard]] Json target(const policy::Target& target, bool is_default) const {
        Json json{{"target", target.label},
                  {"standing", word(selection_.standing(target))},
                  {"weight", target.weight}};
        if (is_default) json["default"] = true;
        if (target.kind == policy::Target::Kind::node) {
            json["node"] = node(target.index);
        } else {
            const auto fortune = fortune_of(view_, target.index);
            json["endpoint"] = view_.forest().endpoint(target.index).name;
            json["status"] = admin::word(fortune);
            const auto set = set_json(set_[target.index], now_);
            if (!set.is_null()) json["override"] = set;
        }
        return json;
    }

    [[nodiscard]] Json position(const policy::Node& node) const {
        const policy::Position* const position = selection_.position(node);
        if (position == nullptr) return nullptr;
        const bool manual = node.failback.mode == policy::Failback::Mode::manual;
        return {
            {"mode", manual ? "manual" : "after"},
            {"node", node.path},
            {"stays_with", node.targets[position->place].label},
            {"since_s", position->since == TimePoint{}
                            ? Json()
                            : Json(duration_cast<seconds>(now_.steady - position->since).count())}};
    }

    const View& view_;
    const policy::Conditions conditions_;
    const policy::Selection selection_;
    const std::vector<const policy::OverrideEntry*> set_;  // by endpoint
    const Moment& now_;
};

Json ttl_json(const policy::Steering& steering) {
    if (!steering.ttl_min) return steering.ttl;
    return {{"max", steering.ttl}, {"min", *steering.ttl_min}};
}

/// What one line of the list says of a name.
Json summary(const View& view, const policy::RecordSet& records,
             const std::optional<policy::Client>& shares_for) {
    const auto root = records.steering->root;
    Json json{{"name", records.name.to_string()},
              {"zone", view.catalog->zones()[records.zone].name.to_string()},
              {"policy", policy::to_string(view.forest().node(root).policy)},
              {"ttl", ttl_json(*records.steering)}};
    if (!shares_for) return json;
    for (const auto family : kFamilies) {
        if (!view.forest().facts(root).tells(family)) continue;
        const policy::Selection selection(view.forest(), view.conditions(), family, *shares_for);
        json[address_type(family)] = {{"shares", shares_json(selection, root)}};
    }
    return json;
}

/// A name's root, or a pool or policy by its label.
std::optional<policy::NodeIndex> node_named(const View& view, std::string_view name) {
    const policy::Forest& forest = view.forest();
    if (name.starts_with("pool ") || name.starts_with("policy ")) {
        for (policy::NodeIndex i = 0; i < forest.node_count(); ++i) {
            if (forest.node(i).label == name) return i;
        }
        return std::nullopt;
    }
    const auto owner = DnsName::parse(name);
    const auto* const records = owner ? view.catalog->find(*owner, -1) : nullptr;
    if (records == nullptr || !records->steering) return std::nullopt;
    return records->steering->root;
}

/// Nothing when it has no address of the family.
std::optional<std::size_t> healthy_targets(const View& view, policy::NodeIndex node,
                                           Family family) {
    const auto selection =
        policy::Selection::for_everybody(view.forest(), view.conditions(), family);
    if (!view.forest().facts(node).tells(family)) return std::nullopt;
    if (selection.presence(node) == policy::Presence::nothing) return std::nullopt;
    return selection.candidates(node).healthy;
}

}  // namespace

Json records_json(const View& view, const Page& page, const RecordSelection& selection) {
    const auto selected = selection.answered_by
                              ? policy::nodes_leading_to(view.forest(), *selection.answered_by)
                              : std::vector<bool>(view.forest().node_count(), true);
    Json list = Json::array();
    std::size_t total = 0;
    for (const auto& zone : view.catalog->zones()) {
        for (const auto index : zone.contents) {
            const policy::RecordSet& records = view.catalog->record_set(index);
            if (!records.steering || !selected[records.steering->root]) continue;
            if (total++ < page.offset || list.size() >= page.limit) continue;
            list.push_back(summary(view, records, selection.shares_for));
        }
    }
    return {{"total", total}, {"records", std::move(list)}};
}

Json standing_json(const View& view, std::string_view name) {
    const auto node = node_named(view, name);
    if (!node) return nullptr;
    Json json{{"of", name}};
    for (const auto family : kFamilies) {
        const auto healthy = healthy_targets(view, *node, family);
        if (!healthy) continue;
        json[address_type(family)] = {{"healthy", *healthy}, {"all_unhealthy", *healthy == 0}};
    }
    return json;
}

Json record_json(const View& view, const policy::RecordSet& records, const policy::Client& client,
                 const Moment& now) {
    Json statics = Json::array();
    for (const auto& record : records.statics) {
        statics.push_back(
            {{"type", record.type}, {"ttl", record.ttl}, {"content", record.content}});
    }
    Json json{{"name", records.name.to_string()},
              {"zone", view.catalog->zones()[records.zone].name.to_string()},
              {"client", client.network ? Json(client.network->to_string()) : Json()},
              {"static", std::move(statics)}};
    if (!records.steering) return json;
    json["ttl"] = ttl_json(*records.steering);
    const auto root = records.steering->root;
    for (const auto family : kFamilies) {
        if (!view.forest().facts(root).tells(family)) continue;
        const Tree tree(view, family, client, now);
        json[address_type(family)] = {{"shares", shares_json(tree.selection(), root)},
                                      {"tree", tree.node(root)}};
    }
    return json;
}

}  // namespace fairlead::admin
