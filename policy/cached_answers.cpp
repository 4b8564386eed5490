// SPDX-License-Identifier: Apache-2.0
#include "policy/cached_answers.h"

#include <string_view>
#include <utility>

#include "base/fingerprint.h"

namespace fairlead::policy {

CachedAnswers::CachedAnswers(const Catalog& catalog, const Conditions& conditions)
    : catalog_(catalog) {
    for (RecordSetIndex name = 0; name < catalog.record_set_count(); ++name) {
        const auto& steering = catalog.record_set(name).steering;
        if (!steering || !is_same_for_everybody(catalog.forest(), *steering)) continue;
        cached_.push_back({name, answers_to(name, conditions)});
    }
}

std::vector<RecordSetIndex> CachedAnswers::changed(const Conditions& conditions) {
    std::vector<RecordSetIndex> names;
    for (auto& [name, answers] : cached_) {
        const auto now = answers_to(name, conditions);
        if (std::exchange(answers, now) != now) names.push_back(name);
    }
    return names;
}

std::uint64_t CachedAnswers::answers_to(RecordSetIndex name, const Conditions& conditions) {
    const Steering& steering = *catalog_.record_set(name).steering;
    Fingerprint print;
    const auto add = [&print](const Answer& answer) {
        print.add(answer.addresses.size());
        for (const auto& address : answer.addresses) {
            for (const auto byte : address.bytes())
                print.add(byte);
        }
        print.add(answer.cname == nullptr ? std::string_view() : answer.cname->target);
    };
    const Forest& forest = catalog_.forest();
    if (forest.facts(steering.root).may_be_cname) {
        decide_together(forest, conditions, steering, Client(), 0, {}, answers_);
        add(answers_.v4);
        add(answers_.v6);
        return print.value();
    }
    for (const auto family : kFamilies) {
        decide(forest, conditions, steering, family, Client(), 0, answers_.v4);
        add(answers_.v4);
    }
    return print.value();
}

}  // namespace fairlead::policy
