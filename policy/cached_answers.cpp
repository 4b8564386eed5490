// SPDX-License-Identifier: Apache-2.0
#include "policy/cached_answers.h"

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
    for (const auto family : kFamilies) {
        decide(catalog_.forest(), conditions, steering, family, Client(), 0, answer_);
        print.add(answer_.addresses.size());
        for (const auto& address : answer_.addresses) {
            for (const auto byte : address.bytes())
                print.add(byte);
        }
    }
    return print.value();
}

}  // namespace fairlead::policy
