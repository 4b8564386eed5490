// SPDX-License-Identifier: Apache-2.0
#pragma once

// What one checker leaves to the next: at a reload, and across a restart. Pure.
//
// A subject inherits by the name of its check and its address, or host:
//
//     the check                     verdict   counters   place in the timetable
//     is defined as before          kept      kept       kept (none after a restart)
//     asks the same, is judged or
//       timed in another way        kept      zero       kept
//     asks something else           kept      zero       soon, and no later than it was
//     is new                        unknown   zero       none
//
// A subject without a place is probed at once. Soon is one in a millisecond, in the order of the
// places they had: a shared check that is edited does not send out its thousands of probes in one
// burst. Unknown stays unknown. A disabled check measures nothing, so it neither leaves anything
// nor takes anything over; what is not probed has no place but with an equal definition.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "checks/health_check.h"
#include "checks/name_state.h"
#include "checks/snapshot.h"

namespace fairlead::checks {

/// When a subject is probed next; nothing when it has no place in the timetable.
using Place = std::optional<TimePoint>;

/// What was known of one subject.
struct Remembered {
    std::string check;             // its name
    std::uint64_t definition = 0;  // definition_of() it
    std::uint64_t question = 0;    // question_of() it; only next to a place
    IpAddress address;
    /// Not empty: of a subject that is a name, whatever that resolves to; with an address, of one
    /// that this alias has.
    std::string host;
    Evidence evidence;
    Place place;
};

struct Memory {
    std::uint64_t generation = 0;  // of the last snapshot: the next checker counts on from there
    std::vector<Remembered> subjects;
    std::vector<NameState> names;  // of aliases and of subjects that are names
};

/// Everything that `snapshot` knows of these subjects and of names. `places`: one for each subject,
/// or empty.
[[nodiscard]] Memory remember(const std::vector<HealthCheck>& checks,
                              const std::vector<Subject>& subjects, const Snapshot& snapshot,
                              const std::vector<Place>& places = {});

/// What to go on with where two processes have measured side by side, and this is the one that
/// stays: `own`, but with the verdict and the counters of `theirs` where both mean the same subject
/// of the same definition. So nothing that has been answered from is measured anew; what only one
/// of them knows is `own`'s alone. O(n log n) in the number of subjects.
[[nodiscard]] Memory joined(Memory own, const Memory& theirs);

/// What a subject begins with.
struct Beginning {
    Evidence evidence;  // unknown when nothing was inherited
    Place place;        // nothing: probed at once
    /// It has been asked the same before: no first round waits for it.
    bool was_asked = false;
};

/// Between two places that come soon.
inline constexpr milliseconds kSoon{1};

/// One for each subject, at `now`; places of aliases have their address. O(n log n) in the number
/// of subjects.
[[nodiscard]] std::vector<Beginning> inherit(const Memory& memory,
                                             const std::vector<HealthCheck>& checks,
                                             const std::vector<Subject>& subjects, TimePoint now);

}  // namespace fairlead::checks
