// SPDX-License-Identifier: Apache-2.0

// Any bytes as a request that is not a lookup, one after the other on one keystore: each gets a
// line that is a JSON document with a result, and what it changes in the keystore can be written
// and read again as it was.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "backend/keystore/keystore_file.h"
#include "backend/protocol/administration.h"
#include "tests/backend/protocol/sample_state.h"
#include "tests/fuzz/require.h"

namespace {

using namespace fairlead::backend;

void require_reply(const std::string& reply) {
    require(!reply.empty() && reply.find('\n') == reply.size() - 1);
    const auto document = nlohmann::json::parse(reply, nullptr, false);
    require(document.is_object() && document.contains("result"));
}

void answer(std::string_view line, const ServingState& state, KeystoreKeeper::State& kept,
            NotifiedSerials& notified, RefusedEdits& refused_edits) {
    if (!std::holds_alternative<Administrative>(parse_request(line))) return;
    std::string reply;
    auto next = administrate(
        line, {.state = state, .kept = kept, .notified = notified, .refused_edits = refused_edits},
        reply);
    if (std::holds_alternative<std::monostate>(next)) return require_reply(reply);
    require(reply.empty());
    if (auto* slow = std::get_if<SlowReply>(&next)) return require_reply(slow->make());
    if (auto* change = std::get_if<KeystoreChange>(&next)) {
        const auto done = change->apply(kept.keystore);
        if (done) require_reply(*done);
        const auto again = decode_keystore(encode_keystore(kept.keystore));
        require(again && *again == kept.keystore);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const ServingState state = sample_state();
    KeystoreKeeper::State kept;
    NotifiedSerials notified;
    RefusedEdits refused_edits;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        answer(line, state, kept, notified, refused_edits);
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
    return 0;
}
