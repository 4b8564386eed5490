// SPDX-License-Identifier: Apache-2.0

// Any bytes as a line from PowerDNS: the short way reads them as the JSON parser does, and the
// reply is one line, one JSON document, with a result.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "backend/protocol/request.h"
#include "backend/protocol/responder.h"
#include "tests/backend/protocol/sample_state.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fairlead::backend;
    static const ServingState state = sample_state();
    static Responder responder(1);
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    require(parse_request(line) == parse_json_request(line));
    std::string reply;
    responder.respond(parse_request(line), state, reply);
    require(!reply.empty() && reply.find('\n') == reply.size() - 1);
    const auto document = nlohmann::json::parse(reply, nullptr, false);
    require(document.is_object() && document.contains("result"));
    return 0;
}
