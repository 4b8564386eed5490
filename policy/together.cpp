// SPDX-License-Identifier: Apache-2.0
#include "policy/together.h"

namespace fairlead::policy {

const Answer* Answers::cname() const {
    if (v4.cname != nullptr) return &v4;
    return v6.cname != nullptr ? &v6 : nullptr;
}

Family leading_family(const Forest& forest, const Conditions& conditions, NodeIndex root,
                      const Client& client) {
    const auto has_address = [&](Family family) {
        return Selection(forest, conditions, family, client, Cnames::left_out).presence(root) !=
               Presence::nothing;
    };
    return !has_address(Family::v4) && has_address(Family::v6) ? Family::v6 : Family::v4;
}

void decide_together(const Forest& forest, const Conditions& conditions, const Steering& steering,
                     const Client& client, std::uint64_t seed, Wanted wanted, Answers& answers,
                     Traces* traces) {
    answers.clear();
    const auto decide_family = [&](Family family, Cnames cnames) {
        Trace* const trace = traces == nullptr ? nullptr : &traces->of(family);
        if (trace != nullptr) trace->steps.clear();
        Answer& answer = answers.of(family);
        decide(forest, conditions, steering, family, client, seed, answer, trace, cnames);
        return answer.cname != nullptr;
    };
    const auto& facts = forest.facts(steering.root);
    const Family leading = leading_family(forest, conditions, steering.root, client);
    if (decide_family(leading, Cnames::allowed)) return;
    if (!wanted.of(leading)) {
        answers.of(leading).clear();
        if (traces != nullptr) traces->of(leading).steps.clear();
    }
    // The same draw as above, so that both families come to one site; then without the CNAMEs.
    const Family other = leading == Family::v4 ? Family::v6 : Family::v4;
    if (!wanted.of(other) || !facts.has_address(other)) return;
    if (decide_family(other, Cnames::allowed)) decide_family(other, Cnames::left_out);
}

}  // namespace fairlead::policy
