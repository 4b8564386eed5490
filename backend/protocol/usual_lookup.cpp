// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/usual_lookup.h"

#include <charconv>
#include <cstring>

#include "backend/protocol/plain_text.h"

namespace fairlead::backend {
namespace {

/// Takes a line apart from the left. After the first thing that does not fit nothing fits.
class Form {
  public:
    explicit Form(std::string_view line) : rest_(line) {}

    /// A template, so that the comparison is made for this very length.
    template <std::size_t Size>
    Form& literal(const char (&expected)[Size]) {
        constexpr std::size_t kLength = Size - 1;
        fits_ =
            fits_ && rest_.size() >= kLength && std::memcmp(rest_.data(), expected, kLength) == 0;
        if (fits_) rest_.remove_prefix(kLength);
        return *this;
    }

    /// Up to the next quote. All that JSON lets stand for itself in ASCII.
    Form& text(std::string_view& found) {
        found = {rest_.data(), plain_length(rest_)};
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
    lookup.asked = name;
    lookup.type = type;
    lookup.client = client_of(remote, real_remote);
    return true;
}

}  // namespace fairlead::backend
