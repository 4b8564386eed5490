// SPDX-License-Identifier: Apache-2.0
#include "backend/keystore/keystore_keeper.h"

#include <utility>

#include "backend/counted.h"
#include "backend/durable_file.h"
#include "backend/keystore/keystore_file.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;

/// Some 400 bytes a key: more than half a million of them.
constexpr std::size_t kBytesMax = std::size_t{256} << 20U;

std::shared_ptr<const KeystoreKeeper::State> read(const fs::path& file, Log& log) {
    auto state = std::make_shared<KeystoreKeeper::State>();
    if (file.empty()) return state;
    std::error_code error;
    if (fs::status(file, error).type() == fs::file_type::not_found) return state;
    const auto text = read_whole(file, kBytesMax);
    auto keystore = text ? decode_keystore(*text) : Result<Keystore>(text.error());
    if (!keystore) {
        log.error("the keystore " + file.string() + " cannot be used: " + keystore.error().message +
                  ". Nobody who asks for signatures gets an answer until it is put right: restore "
                  "it and restart, or move it away if no zone is signed");
        state->usable = false;
        return state;
    }
    state->keystore = *std::move(keystore);
    log.info("the keystore " + file.string() + ": " +
             counted(state->keystore.zones.size(), "zone") + ", " +
             counted(state->keystore.tsig_keys.size(), "TSIG key"));
    return state;
}

}  // namespace

KeystoreKeeper::KeystoreKeeper(const fs::path& directory, Log& log)
    : file_(directory.empty() ? fs::path() : directory / "keystore.json"),
      log_(log),
      state_(read(file_, log)) {}

Result<std::string> KeystoreKeeper::try_change(const KeystoreChange& change) {
    if (file_.empty()) return Error{"server.state_dir is none, so nothing can be kept"};
    const auto before = state_.load();
    if (!before->usable) return Error{file_.string() + " cannot be used"};
    auto after = std::make_shared<State>(*before);
    auto reply = change.apply(after->keystore);
    if (!reply || after->keystore == before->keystore) return reply;
    if (auto written = write_durably(file_, encode_keystore(after->keystore)); !written) {
        return Error{"cannot write " + file_.string() + ": " + written.error().message};
    }
    state_.update([&](const auto&) { return after; });
    log_.info("keystore: " + change.what);
    return reply;
}

std::string KeystoreKeeper::change(const KeystoreChange& change) {
    auto reply = try_change(change);
    if (reply) return *std::move(reply);
    log_.warning("refused " + change.what + ": " + reply.error().message);
    return "{\"result\":false}\n";
}

}  // namespace fairlead::backend
