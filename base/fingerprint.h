// SPDX-License-Identifier: Apache-2.0
#pragma once

// A 64-bit digest of values in order, to tell whether two definitions are the same: between two
// configurations, and between one process and the next. Not for secrets and not against an
// adversary.
//
// Source: FNV-1a (Fowler, Noll, Vo). Each text is preceded by its length, so that ("ab", "c") and
// ("a", "bc") differ. Thread rule: a value.

#include <bit>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace fairlead {

class Fingerprint {
  public:
    Fingerprint& add(std::string_view text) {
        add(text.size());
        for (const char c : text)
            mix(static_cast<unsigned char>(c));
        return *this;
    }
    Fingerprint& add(const char* text) { return add(std::string_view(text)); }

    template <std::integral Number>
    Fingerprint& add(Number number) {
        auto rest = static_cast<std::uint64_t>(number);
        for (int i = 0; i < 8; ++i, rest >>= 8U)
            mix(static_cast<unsigned char>(rest));
        return *this;
    }
    Fingerprint& add(double number) { return add(std::bit_cast<std::uint64_t>(number)); }

    template <typename Word>
    requires std::is_enum_v<Word> Fingerprint& add(Word word) {
        return add(static_cast<std::uint64_t>(word));
    }
    template <typename Rep, typename Period>
    Fingerprint& add(std::chrono::duration<Rep, Period> length) {
        return add(length.count());
    }

    [[nodiscard]] std::uint64_t value() const { return value_; }

  private:
    void mix(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3; }

    std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace fairlead
