// SPDX-License-Identifier: Apache-2.0
#include "checks/name_state.h"

#include <algorithm>

namespace fairlead::checks {
namespace {

using std::chrono::seconds;

constexpr seconds kTtlMin{5};
constexpr seconds kTtlMax{3600};
constexpr seconds kNoneTtl{60};  // of the answer that there are none, which comes without a TTL
constexpr seconds kRetryMin{5};
constexpr seconds kRetryMax{60};

seconds retry_after(std::uint32_t failures) {
    seconds wait = kRetryMin;
    for (std::uint32_t i = 1; i < failures && wait < kRetryMax; ++i)
        wait *= 2;
    return std::min(wait, kRetryMax);
}

bool contains(const std::vector<IpAddress>& list, const IpAddress& address) {
    return std::ranges::find(list, address) != list.end();
}

}  // namespace

void NameState::note(Family family, const Result<Resolved>& result, TimePoint now) {
    FamilyAnswer& answer = of(family);
    const FamilyAnswer& other = family == Family::v4 ? v6 : v4;
    answer.asked = true;
    const bool none_at_all = result && result->addresses.empty() && other.addresses.empty();
    if (!result || none_at_all) {
        ++answer.failures;
        answer.due = now + retry_after(answer.failures);
        problem = result ? "it has no address" : result.error().message;
        return;
    }
    answer.failures = 0;
    answer.answered = now;
    answer.addresses = result->addresses;
    std::ranges::sort(answer.addresses);
    if (answer.addresses.size() > kAddressesMax) answer.addresses.resize(kAddressesMax);
    answer.due =
        now + (answer.addresses.empty() ? kNoneTtl : std::clamp(result->ttl, kTtlMin, kTtlMax));
    if (other.failures == 0) problem.clear();
    choose_address();
}

void NameState::choose_address() {
    if (address && (contains(v4.addresses, *address) || contains(v6.addresses, *address))) return;
    const auto& list = v4.addresses.empty() ? v6.addresses : v4.addresses;
    address = list.empty() ? std::nullopt : std::optional(list.front());
}

}  // namespace fairlead::checks
