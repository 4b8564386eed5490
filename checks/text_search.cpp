// SPDX-License-Identifier: Apache-2.0
#include "checks/text_search.h"

#include <algorithm>

namespace fairlead::checks {

bool TextSearch::append(std::string_view piece) {
    text_ += piece.substr(0, room());
    if (text_.find(wanted_, searched_) != std::string::npos) return true;
    const std::size_t overlap = wanted_.empty() ? 0 : wanted_.size() - 1;
    searched_ = text_.size() - std::min(text_.size(), overlap);
    return false;
}

}  // namespace fairlead::checks
