// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/search.h"

#include "backend/protocol/reply_writer.h"
#include "backend/protocol/static_view.h"
#include "base/ascii.h"

namespace fairlead::backend {
namespace {

std::string_view without_dot(std::string_view name) {
    if (name.size() > 1 && name.back() == '.') name.remove_suffix(1);
    return name;
}

std::string text_of(const IpAddress& address) {
    return address.to_string();
}
std::string_view text_of(std::string_view content) {
    return content;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;  // the last one, which takes text[..taken]
    std::size_t taken = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            taken = t;
        } else if (p < pattern.size() &&
                   (pattern[p] == '?' || ascii::lower(pattern[p]) == ascii::lower(text[t]))) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

std::string search(const policy::Catalog& catalog, const policy::Conditions& conditions,
                   std::string_view pattern, std::size_t most) {
    std::string out;
    RecordList list(out);
    std::size_t found = 0;
    const std::string_view name_pattern = without_dot(pattern);
    for (const auto& zone : catalog.zones()) {
        for (const auto index : zone.contents) {
            if (found >= most) break;
            for_each_record(catalog, conditions, catalog.record_set(index),
                            [&](const RecordFields& fields, const auto& content) {
                                if (found >= most) return;
                                if (!matches(name_pattern, without_dot(fields.name)) &&
                                    !matches(pattern, text_of(content))) {
                                    return;
                                }
                                RecordFields shown = fields;
                                if (zone.overlay) shown.zone_id = -1;  // another backend's
                                list.add(shown, content);
                                ++found;
                            });
        }
    }
    list.finish();
    return out;
}

}  // namespace fairlead::backend
