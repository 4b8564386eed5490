// SPDX-License-Identifier: Apache-2.0
#pragma once

// The requests that no query waits for: keys, metadata and TSIG keys, denial of existence,
// searches, transactions, and commands of `pdnsutil backend-cmd`. One table of methods.
//
// What changes the keystore, and what looks at all names, is not done here but handed back, for a
// thread that has the time.
//
// Source: PowerDNS modules/remotebackend/remotebackend.cc (4.7 to 5.1 send the same texts).
// Thread rule: functions of their arguments.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "backend/keystore/keystore_keeper.h"
#include "backend/protocol/notified_serials.h"
#include "backend/protocol/refused_edits.h"
#include "backend/protocol/request.h"
#include "backend/serving_state.h"

namespace fairlead::backend {

/// What an answer is made from. All must outlive the call only.
struct AdministrationParts {
    const ServingState& state;
    const KeystoreKeeper::State& kept;
    NotifiedSerials& notified;
    RefusedEdits& refused_edits;
};

/// A reply that takes long to make; may be called on any thread, later.
struct SlowReply {
    std::function<std::string()> make;
};

/// What `pdnsutil backend-cmd` wants of the process as a whole.
struct BackendCommand {
    std::string text;
};

/// std::monostate: the reply is written.
using Administered =
    std::variant<std::monostate, Refused, KeystoreChange, SlowReply, BackendCommand>;

/// The methods of administrate(), in some order.
inline constexpr std::size_t kAdministrativeMethods = 24;
[[nodiscard]] std::string_view administrative_method(std::size_t place);
/// The place of `method`, if it is one of them.
[[nodiscard]] std::optional<std::size_t> find_administrative(std::string_view method);

/// Answers `line`, a request with one of these methods: appends the reply to `out`, or
/// leaves `out` as it is and says what is to be done first.
[[nodiscard]] Administered administrate(std::string_view line, const AdministrationParts& parts,
                                        std::string& out);

/// A whole reply whose result is this text, lines and all.
[[nodiscard]] std::string text_reply(const std::string& text);

}  // namespace fairlead::backend
