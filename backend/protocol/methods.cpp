// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/methods.h"

#include <variant>

namespace fairlead::backend {
namespace {

// The alternatives of Request that are methods come first in it.
constexpr std::size_t kOwn = kMethods - kAdministrativeMethods;
static_assert(std::is_same_v<std::variant_alternative_t<kOwn, Request>, Administrative>);

}  // namespace

const std::vector<std::string_view>& method_names() {
    static const std::vector<std::string_view> kNames = [] {
        std::vector<std::string_view> names{Initialize::kMethod,    Lookup::kMethod,
                                            ApiLookup::kMethod,     GetAllDomains::kMethod,
                                            GetDomainInfo::kMethod, List::kMethod};
        for (std::size_t i = 0; i < kAdministrativeMethods; ++i)
            names.push_back(administrative_method(i));
        return names;
    }();
    return kNames;
}

std::optional<std::size_t> method_of(const Request& request) {
    if (request.index() < kOwn) return request.index();
    if (const auto* other = std::get_if<Administrative>(&request)) return kOwn + other->method;
    return std::nullopt;
}

}  // namespace fairlead::backend
