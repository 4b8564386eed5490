// SPDX-License-Identifier: Apache-2.0
#pragma once

// The names that are resolved, of aliases and of subjects that are host names: which name each of
// these subjects is, and what is known of it.
// Thread rule: owned by the checker thread. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "checks/alias.h"
#include "checks/health_check.h"
#include "checks/name_state.h"

namespace fairlead::checks {

class NamedSubjects {
  public:
    explicit NamedSubjects(const std::vector<Subject>& subjects,
                           const std::vector<Alias>& aliases = {});

    /// Each name once. For Names, which keeps them fresh.
    [[nodiscard]] std::vector<NameState>& states() { return states_; }
    [[nodiscard]] const std::vector<NameState>& states() const { return states_; }

    /// Takes over what is known of the names that are in `known` too.
    void inherit(const std::vector<NameState>& known);

    /// The first questions about all of them are over.
    [[nodiscard]] bool asked() const;

    /// nullptr for a subject that is an address.
    [[nodiscard]] const NameState* find(SubjectIndex subject) const;

    /// The subjects of a name, once: at the first call after its first questions are over.
    [[nodiscard]] std::vector<SubjectIndex> take_answered(std::size_t name);

    /// A line for the log when resolving it has begun to fail, or works again.
    struct News {
        bool is_failure = false;
        std::string text;
    };
    [[nodiscard]] std::optional<News> take_news(std::size_t name);

  private:
    struct About {
        std::vector<SubjectIndex> subjects;
        bool taken = false;    // by take_answered()
        bool failing = false;  // as it was told
    };

    std::vector<NameState> states_;
    std::vector<About> about_;  // of each in states_
    std::unordered_map<SubjectIndex, std::size_t> name_of_;
};

}  // namespace fairlead::checks
