// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/usual_lookup.h"

#include <algorithm>
#include <charconv>

namespace fairlead::backend {
namespace {

bool stands_for_itself(char c) {
    return c >= 0x20 && c < 0x7f && c != '\\' && c != '"';
}

/// Takes a line apart from the left. After the first thing that does not fit nothing fits.
class Form {
  public:
    explicit Form(std::string_view line) : rest_(line) {}

    Form& literal(std::string_view expected) {
        fits_ = fits_ && rest_.starts_with(expected);
        if (fits_) rest_.remove_prefix(expected.size());
        return *this;
    }

    /// Up to the next quote. All that JSON lets stand for itself in ASCII.
    Form& text(std::string_view& found) {
        const auto end = std::ranges::find_if_not(rest_, stands_for_itself);
        found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(found.size());  // the literal that follows has the quote
        return *this;
    }

    /// -1 for "unknown", or a number without superfluous zeros.
    Form& integer(std::int64_t& found) {
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), found);
        const std::string_view digits(rest_.data(), end);
        const bool plain = digits == "0" || digits == "-1" || digits.find_first_of("-0") != 0;
        fits_ = fits_ && error == std::errc{} && plain;
        if (fits_) rest_.remove_prefix(digits.size());
        return *this;
    }

    [[nodiscard]] bool fits_to_the_end() const { return fits_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool fits_ = true;
};

}  // namespace

bool read_usual_lookup(std::string_view line, Lookup& lookup) {
    std::string_view local, name, type, real_remote, remote;
    const bool fits = Form(line)
                          .literal(R"({"method": "lookup", "parameters": {"local": ")")
                          .text(local)
                          .literal(R"(", "qname": ")")
                          .text(name)
                          .literal(R"(", "qtype": ")")
                          .text(type)
                          .literal(R"(", "real-remote": ")")
                          .text(real_remote)
                          .literal(R"(", "remote": ")")
                          .text(remote)
                          .literal(R"(", "zone-id": )")
                          .integer(lookup.zone_id)
                          .literal("}}")
                          .fits_to_the_end();
    if (!fits || type.empty() || !lookup.name.assign(name)) return false;
    lookup.type = type;
    lookup.client = client_of(remote, real_remote);
    return true;
}

}  // namespace fairlead::backend
