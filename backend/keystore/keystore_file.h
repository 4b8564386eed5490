// SPDX-License-Identifier: Apache-2.0
#pragma once

// The keystore as one file, `keystore.json` in the state directory. JSON, versioned; it has private
// keys in it, so its mode is 0600.
//
//     {"format": "fairlead keystore", "version": 1,
//      "zones": {"example.com.": {
//        "keys": [{"id": 1, "flags": 257, "active": true, "published": true,
//                  "content": "Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\n..."}],
//        "last_key_id": 1, "metadata": {"NSEC3PARAM": ["1 0 0 -"]}}},
//      "tsig_keys": {"transfer.": {"algorithm": "hmac-sha256.", "secret": "..."}}}
//
// Thread rule: pure.

#include <string>
#include <string_view>

#include "backend/keystore/keystore.h"
#include "base/result.h"

namespace fairlead::backend {

/// Zones and keys in canonical order: the same keystore is the same text.
[[nodiscard]] std::string encode_keystore(const Keystore& keystore);

/// All of it or nothing; the error says what is wrong with the text.
[[nodiscard]] Result<Keystore> decode_keystore(std::string_view text);

}  // namespace fairlead::backend
