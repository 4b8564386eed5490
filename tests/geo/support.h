// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the tests of geo/ share: addresses from text and numbers, files in a folder that goes away.

#include <stdlib.h>  // mkdtemp is POSIX

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/ip.h"
#include "geo/locator.h"
#include "tests/support/catch.h"

namespace fairlead::geo {

inline IpAddress address(std::string_view text) {
    const auto parsed = IpAddress::parse(text);
    REQUIRE(parsed);
    return *parsed;
}

inline IpAddress v4_address(std::uint32_t number) {
    return IpAddress::v4(
        {static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
         static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
}

/// `bit` counts from the most significant one.
inline IpAddress with_bit_flipped(const IpAddress& original, int bit) {
    std::array<std::uint8_t, 16> bytes{};
    const auto old = original.bytes();
    std::copy(old.begin(), old.end(), bytes.begin());
    bytes.at(static_cast<std::size_t>(bit / 8)) ^= static_cast<std::uint8_t>(0x80 >> (bit % 8));
    return original.is_v4() ? IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]})
                            : IpAddress::v6(bytes);
}

inline std::shared_ptr<const Locator> open(const std::vector<std::filesystem::path>& files) {
    const auto locator = Locator::open(files);
    INFO((locator ? "" : locator.error().message));
    REQUIRE(locator);
    return *locator;
}

class TemporaryFolder {
  public:
    TemporaryFolder() {
        auto pattern = (std::filesystem::temp_directory_path() / "fairlead-geo-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;  // nothing depends on what is left behind
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

inline std::string read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Returns `file`.
inline std::filesystem::path write(const std::filesystem::path& file, std::string_view content) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    REQUIRE(out);
    return file;
}

}  // namespace fairlead::geo
