// SPDX-License-Identifier: Apache-2.0
#pragma once

// Answers one request of PowerDNS from one published state. Opens nothing and waits for nothing.
//
// A zone's id on the wire is policy::Zone::id: the same in getAllDomains and in every
// record, as PowerDNS needs it, and what policy::lookup() takes back as `zone_id`.
//
// Thread rule: one for each worker; it holds that worker's scratch space and random sequence.

#include <cstdint>
#include <string>
#include <vector>

#include "backend/protocol/request.h"
#include "backend/serving_state.h"
#include "policy/draw.h"
#include "policy/lookup.h"

namespace fairlead::backend {

class Responder {
  public:
    /// `seed` starts the sequence that draws (weights, multivalue) are made from.
    /// `worker` is whose counts of the zones these are.
    explicit Responder(std::uint64_t seed, unsigned worker = 0)
        : worker_(worker), seeds_(seed, 0) {}

    /// Appends exactly one line to `out`: a JSON object with the member "result". Administrative
    /// requests are for administrate(); here they get a "no". What is left in `request` is of no
    /// use but for its memory.
    void respond(Request&& request, const ServingState& state, std::string& out);

  private:
    void answer(Lookup&& lookup, const ServingState& state, std::string& out);

    const unsigned worker_;
    policy::Draw seeds_;  // one number for each decision
    // these keep their capacity
    policy::Query query_;
    policy::Reply reply_;
};

}  // namespace fairlead::backend
