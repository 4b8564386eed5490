// SPDX-License-Identifier: Apache-2.0

// A damaged database either does not open or answers something: it never takes the process down.
// Worth most under AddressSanitizer.

#include <array>
#include <cctype>
#include <cmath>

#include "tests/geo/support.h"
#include "tests/support/catch.h"
#include "tests/support/sanitizers.h"

#if defined(FAIRLEAD_ADDRESS_SANITIZER)
#include <sanitizer/lsan_interface.h>
#endif

namespace fairlead::geo {
namespace {

/// libmaxminddb 1.7.1 does not free the list that it makes of damaged metadata (some kilobytes for
/// a file that does not open); the sanitizer may not blame us for it.
Result<std::shared_ptr<const Locator>> open_without_leak_check(const std::filesystem::path& file) {
#if defined(FAIRLEAD_ADDRESS_SANITIZER)
    const __lsan::ScopedDisabler disabled;
#endif
    return Locator::open({file});
}

bool is_sane(const AreaCode& code) {
    const auto text = code.to_string();
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0; });
}

bool is_sane(const Location& location, const IpAddress& client) {
    const auto& at = location.coordinates;
    return location.prefix_length <= client.width() && is_sane(location.continent) &&
           is_sane(location.country) && is_sane(location.subdivision) &&
           (!at || (std::abs(at->latitude) <= 90 && std::abs(at->longitude) <= 180));
}

/// How many of the damaged files still opened; those that did not said why.
class Trial {
  public:
    void run(std::string_view content) {
        const auto file = write(folder_ / "damaged.mmdb", content);
        const auto locator = open_without_leak_check(file);
        if (!locator) {
            ++refused;
            speechless += locator.error().message.find(file.string()) == std::string::npos;
            return;
        }
        ++opened;
        for (const auto& client : clients_)
            insane += !is_sane((*locator)->locate(client), client);
    }

    int opened = 0;
    int refused = 0;
    int speechless = 0;
    int insane = 0;

  private:
    TemporaryFolder folder_;
    std::vector<IpAddress> clients_{
        address("192.0.2.1"),     address("192.0.2.241"),   address("198.51.100.255"),
        address("203.0.113.130"), address("0.0.0.0"),       address("255.255.255.255"),
        address("2001:db8:1::1"), address("2001:db8:5::1"), address("::"),
        address("ffff::1"),
    };
};

TEST_CASE("a database cut short at any length is survived", "[geo][locator]") {
    const auto* file = GENERATE(FAIRLEAD_CITY_MMDB, FAIRLEAD_ASN_MMDB, FAIRLEAD_IPV4_ONLY_MMDB);
    const auto whole = read(file);
    Trial trial;
    for (std::size_t length = 0; length < whole.size(); ++length)
        trial.run(std::string_view(whole).substr(0, length));
    CHECK(trial.refused > trial.opened);  // the metadata are at the end
    CHECK(trial.speechless == 0);
    CHECK(trial.insane == 0);
    trial.run(whole);
    CHECK(trial.opened > 0);
}

TEST_CASE("a database with any byte damaged is survived", "[geo][locator]") {
    const auto* file = GENERATE(FAIRLEAD_CITY_MMDB, FAIRLEAD_ASN_MMDB, FAIRLEAD_IPV4_ONLY_MMDB);
    const auto whole = read(file);
    const std::array<int, 4> masks{0x01, 0x20, 0x80, 0xff};
    const std::size_t shift = GENERATE(0U, 1U);
    Trial trial;
    auto damaged = whole;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        damaged[at] = static_cast<char>(damaged[at] ^ masks.at((at + shift) % masks.size()));
        trial.run(damaged);
        damaged[at] = whole[at];
    }
    CHECK(trial.opened > 0);
    CHECK(trial.refused > 0);
    CHECK(trial.speechless == 0);
    CHECK(trial.insane == 0);
}

TEST_CASE("a database with a hole or a repetition is survived", "[geo][locator]") {
    const auto whole = read(FAIRLEAD_CITY_MMDB);
    const std::size_t size = GENERATE(1U, 7U, 64U);
    Trial trial;
    for (std::size_t at = 0; at + size <= whole.size(); at += 9) {
        trial.run(std::string(whole).erase(at, size));
        trial.run(std::string(whole).insert(at, whole, at, size));
        trial.run(std::string(whole).replace(at, size, size, '\0'));
    }
    CHECK(trial.speechless == 0);
    CHECK(trial.insane == 0);
}

}  // namespace
}  // namespace fairlead::geo
