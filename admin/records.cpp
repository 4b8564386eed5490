// SPDX-License-Identifier: Apache-2.0
#include "admin/records.h"

#include <nlohmann/json.hpp>

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

/// One tree as one family's answers see it.
class Tree {
  public:
    Tree(const View& view, Family family, const policy::Client& client, const Moment& now)
        : view_(view),
          conditions_(view.conditions()),
          selection_(view.forest(), conditions_, family, client),
          now_(now) {}

    [[nodiscard]] Json shares(policy::NodeIndex root) const {
        const auto parts = policy::shares(selection_, root);
        Json addresses = Json::object();
        for (const auto& [address, share] : parts.parts)
            addresses[address.to_string()] = share;
        return {{"addresses", std::move(addresses)},
                {"unanswered", parts.unanswered},
                {"exact", parts.exact}};
    }

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
    const Moment& now_;
};

Json ttl_json(const policy::Steering& steering) {
    if (!steering.ttl_min) return steering.ttl;
    return {{"max", steering.ttl}, {"min", *steering.ttl_min}};
}

}  // namespace

Json records_json(const View& view, const Page& page) {
    Json list = Json::array();
    std::size_t steered = 0;
    for (const auto& zone : view.catalog->zones()) {
        for (const auto index : zone.contents) {
            const policy::RecordSet& records = view.catalog->record_set(index);
            if (!records.steering) continue;
            if (steered++ < page.offset || list.size() >= page.limit) continue;
            const policy::Node& root = view.forest().node(records.steering->root);
            list.push_back({{"name", records.name.to_string()},
                            {"zone", zone.name.to_string()},
                            {"policy", policy::to_string(root.policy)},
                            {"ttl", ttl_json(*records.steering)}});
        }
    }
    return {{"total", steered}, {"records", std::move(list)}};
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
    for (const auto family : {Family::v4, Family::v6}) {
        if (!view.forest().facts(root).has(family)) continue;
        const Tree tree(view, family, client, now);
        json[family == Family::v4 ? "A" : "AAAA"] = {{"shares", tree.shares(root)},
                                                     {"tree", tree.node(root)}};
    }
    return json;
}

}  // namespace fairlead::admin
