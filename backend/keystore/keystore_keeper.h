// SPDX-License-Identifier: Apache-2.0
#pragma once

// The keystore of a running process: read at the start, published to the workers, and changed only
// through its file, which has the change on disk before anybody sees it or is told.
//
// A file that is there but cannot be used is left where it is and never written over: which zones
// were signed is then not known, and to answer as if none had been would have every validating
// resolver take the answers for forged. State::usable is false, changes are refused, and whoever
// asks for keys gets an error, which PowerDNS makes a SERVFAIL for those who ask for signatures.
//
// Thread rule: change() on one thread at a time; state() from any.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "backend/keystore/keystore.h"
#include "base/log.h"
#include "base/published.h"
#include "base/result.h"

namespace fairlead::backend {

/// One change. The text is the reply to whoever asked for it.
struct KeystoreChange {
    std::string what;  // "addDomainKey example.com.": for the log
    std::function<Result<std::string>(Keystore&)> apply;
};

class KeystoreKeeper {
  public:
    /// What is kept, or the lack of it.
    struct State {
        Keystore keystore;
        bool usable = true;
    };

    /// Reads the file in `directory`; empty: nothing can be kept. Says in the log what is wrong.
    KeystoreKeeper(const std::filesystem::path& directory, Log& log);

    [[nodiscard]] const Published<State>& state() const { return state_; }

    /// Applies, writes, publishes, logs: the reply. A "no" when nothing has changed, and why is in
    /// the log. Waits for the disk.
    [[nodiscard]] std::string change(const KeystoreChange& change);

  private:
    [[nodiscard]] Result<std::string> try_change(const KeystoreChange& change);

    const std::filesystem::path file_;  // empty: nothing is kept
    Log& log_;
    Published<State> state_;
};

}  // namespace fairlead::backend
