// SPDX-License-Identifier: Apache-2.0
#pragma once

// The address space of one family cut into ranges, each with a value: what a geography database, a
// list of subnets or a policy makes of every address there is.
//
// Neighbours with equal values are one range, so a lookup finds the largest range around an address
// that has one value, and from it the shortest prefix in which that value holds: the scope that an
// answer may claim (RFC 7871). Cf. gdnsd's libgdmaps, which merges a tree for the same purpose;
// sorted bounds hold the same in 8 bytes (IPv4) a range and need one binary search, O(log n). Of
// most equal slices of the space a table knows the answer, of the others another one where to
// search.
//
//     192.0.2.0 - 192.0.2.255 = a, all else = b:   find(192.0.2.7)   -> a, /24
//                                                  find(192.0.3.1)   -> b, /24  (192.0.2.0/23 is
//                                                  mixed) find(10.0.0.1)    -> b, /1
//
// Thread rule: built by one thread in ascending order, deeply const afterwards.

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/ip.h"

namespace fairlead::geo {

__extension__ using Uint128 = unsigned __int128;

/// An address as an unsigned number: 32 or 128 bits, most significant byte first.
template <typename Key>
[[nodiscard]] constexpr Key key_of(const IpAddress& address) {
    Key key = 0;
    for (const auto byte : address.bytes())
        key = static_cast<Key>(key << 8U) | byte;
    return key;
}

template <typename Key>
class Ranges {
  public:
    using Value = std::uint32_t;

    struct Match {
        Value value = 0;
        std::uint8_t length = 0;  // of the shortest prefix around the address with this value alone
        bool operator==(const Match&) const = default;
    };

    static constexpr Key kLast = static_cast<Key>(~Key{0});
    static constexpr int kWidth = sizeof(Key) * 8;

    /// All addresses have the value 0.
    Ranges() : firsts_{0}, values_{0} {}

    /// Gives [first, end of the space] the value; a later call cuts the rest off again. REQUIRES:
    /// `first` is not below that of the call before.
    void append(Key first, Value value) {
        assert(first >= firsts_.back());
        if (firsts_.back() == first) {
            firsts_.pop_back();
            values_.pop_back();
        }
        if (!values_.empty() && values_.back() == value) return;
        firsts_.push_back(first);
        values_.push_back(value);
    }

    [[nodiscard]] Match find(Key key) const {
        if (!uniform_.empty()) {
            const auto number = uniform_[static_cast<std::size_t>(key >> uniform_shift_)];
            if (number != kMixed) return matches_[number];
        }
        return match(key, index_of(key));
    }

    /// Number of ranges; at least 1.
    [[nodiscard]] std::size_t size() const { return firsts_.size(); }

    /// Calls visit(first, last, value) for every range in ascending order.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (std::size_t i = 0; i < size(); ++i)
            visit(firsts_[i], last_of(i), values_[i]);
    }

    /// Both cut along each other's bounds; combine(value, other's value) is the new value.
    template <typename Combine>
    [[nodiscard]] Ranges combined(const Ranges& other, Combine&& combine) const {
        Ranges result;
        std::size_t i = 0;
        std::size_t j = 0;
        while (true) {
            result.append(std::max(firsts_[i], other.firsts_[j]),
                          combine(values_[i], other.values_[j]));
            const Key end = last_of(i);
            const Key other_end = other.last_of(j);
            if (end == kLast && other_end == kLast) break;
            if (end <= other_end) ++i;
            if (other_end <= end) ++j;
        }
        result.finish();
        return result;
    }

    /// The same ranges with other values; neighbours that become equal are merged.
    template <typename Map>
    [[nodiscard]] Ranges mapped(Map&& map) const {
        Ranges result;
        for (std::size_t i = 0; i < size(); ++i)
            result.append(firsts_[i], map(values_[i]));
        result.finish();
        return result;
    }

    [[nodiscard]] std::size_t bytes() const {
        return firsts_.capacity() * sizeof(Key) + values_.capacity() * sizeof(Value) +
               slices_.capacity() * sizeof(Index) + uniform_.capacity() +
               matches_.capacity() * sizeof(Match);
    }

  private:
    using Index = std::uint32_t;

    /// Nothing will be appended any more. Once for each object.
    void finish() {
        firsts_.shrink_to_fit();
        values_.shrink_to_fit();
        slice_shift_ = for_each_slice(kRangesInSlice, [&](Key, Key, std::size_t i) {
            slices_.push_back(static_cast<Index>(i));
        });
        if (!slices_.empty()) slices_.push_back(static_cast<Index>(size() - 1));
        slices_.shrink_to_fit();
        matches_.assign(1, {});
        uniform_shift_ = for_each_slice(0, [&](Key first, Key last, std::size_t i) {
            uniform_.push_back(last <= last_of(i) ? number_of(match(first, i)) : kMixed);
        });
    }

    /// Its place in matches_; kMixed when there are too many to be numbered.
    [[nodiscard]] std::uint8_t number_of(const Match& match) {
        auto known = std::find(matches_.begin() + 1, matches_.end(), match);
        if (known == matches_.end()) {
            if (matches_.size() > std::numeric_limits<std::uint8_t>::max()) return kMixed;
            known = matches_.insert(known, match);
        }
        return static_cast<std::uint8_t>(known - matches_.begin());
    }

    /// Cuts the space into as many equal slices as there are ranges, or fewer by a power of two,
    /// and calls visit(first, last, index of the range that holds the first). Returns by how many
    /// bits a key is to be shifted to give the number of its slice.
    template <typename Visit>
    int for_each_slice(int fewer, Visit&& visit) {
        const int bits =
            std::min({static_cast<int>(std::bit_width(size())) - 1 - fewer, 16, kWidth - 1});
        if (bits <= 0) return 0;
        const int shift = kWidth - bits;
        std::size_t i = 0;
        for (std::size_t slice = 0; slice < std::size_t{1} << bits; ++slice) {
            const auto first = static_cast<Key>(static_cast<Key>(slice) << shift);
            const auto last = static_cast<Key>(first | static_cast<Key>(kLast >> bits));
            while (last_of(i) < first)
                ++i;
            visit(first, last, i);
        }
        return shift;
    }

    /// What `key`, which lies in range `i`, finds.
    [[nodiscard]] Match match(Key key, std::size_t i) const {
        const Key first = firsts_[i];
        const Key last = last_of(i);
        // A prefix of length n around the key stays inside the range when it excludes the address
        // before and the one behind, that is, when n exceeds the bits that each shares with the
        // key.
        const int below = first == 0 ? 0 : shared_bits(key, first - 1) + 1;
        const int above = last == kLast ? 0 : shared_bits(key, last + 1) + 1;
        return {values_[i], static_cast<std::uint8_t>(std::max(below, above))};
    }

    /// The range that holds `key`.
    [[nodiscard]] std::size_t index_of(Key key) const {
        if (slices_.empty()) return index_of(key, 0, size());
        const auto slice = static_cast<std::size_t>(key >> slice_shift_);
        const std::size_t first = slices_[slice];
        return index_of(key, first, slices_[slice + 1] - first + 1);
    }

    /// The same, known to be one of the `count` from `first` on. Branch-free halving: the bounds of
    /// a database are as good as random, a mispredicted branch costs more than the compare.
    [[nodiscard]] std::size_t index_of(Key key, std::size_t first, std::size_t count) const {
        const Key* base = firsts_.data() + first;
        while (count > 1) {
            const std::size_t half = count / 2;
            base += base[half] <= key ? half : 0;
            count -= half;
        }
        return static_cast<std::size_t>(base - firsts_.data());
    }

    [[nodiscard]] Key last_of(std::size_t i) const {
        return i + 1 < firsts_.size() ? static_cast<Key>(firsts_[i + 1] - 1) : kLast;
    }

    [[nodiscard]] static int shared_bits(Key a, Key b) {
        const auto difference = static_cast<Key>(a ^ b);
        if constexpr (kWidth == 128) {
            const auto high = static_cast<std::uint64_t>(difference >> 64);
            return high != 0 ? std::countl_zero(high)
                             : 64 + std::countl_zero(static_cast<std::uint64_t>(difference));
        } else {
            return std::countl_zero(difference);
        }
    }

    std::vector<Key> firsts_;  // ascending; the first is 0
    std::vector<Value> values_;

    /// Of the slices in which all addresses find the same, what that is: of IPv4 by continents nine
    /// in ten. By numbers of one byte, because such a table is read at random and has to stay in
    /// the processor's cache.
    std::vector<std::uint8_t> uniform_;
    std::vector<Match> matches_;  // by number; the first is none
    int uniform_shift_ = 0;
    static constexpr std::uint8_t kMixed = 0;

    /// The range in which each slice of the space begins, and the last one.
    std::vector<Index> slices_;
    int slice_shift_ = 0;
    static constexpr int kRangesInSlice = 3;  // as a power of two: 8 to 16 on average
};

using Ranges4 = Ranges<std::uint32_t>;
using Ranges6 = Ranges<Uint128>;

}  // namespace fairlead::geo
