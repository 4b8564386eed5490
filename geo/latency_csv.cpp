// SPDX-License-Identifier: Apache-2.0
#include "geo/latency_csv.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

#include "base/ascii.h"

namespace fairlead::geo {
namespace {

constexpr std::size_t kRegionNameMax = 128;
constexpr std::size_t kColumns = 3;

/// A row and where it stands, for the message about a second one like it.
struct Row {
    Measurement measurement;
    std::uint32_t line = 0;
};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r";
    const auto first = text.find_first_not_of(kBlank);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Safe in a message, whatever the file holds.
std::string in_quotes(std::string_view text) {
    constexpr std::size_t kShown = 60;
    std::string shown;
    for (const char c : text.substr(0, kShown))
        shown += c >= ' ' && c <= '~' ? c : '?';
    return '"' + shown + (text.size() > kShown ? "..." : "") + '"';
}

bool is_region_name(std::string_view text) {
    const auto is_part = [](char c) {
        return ascii::is_letter(c) || ascii::is_digit(c) || c == '.' || c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= kRegionNameMax &&
           std::all_of(text.begin(), text.end(), is_part);
}

/// One text on its way to a table.
class Reader {
  public:
    explicit Reader(std::size_t rows_max) : rows_max_(rows_max) {}
    LatencyReading read(std::string_view text);

  private:
    using Columns = std::array<std::string_view, kColumns>;

    void read_line(std::string_view line);
    void read_row(const Columns& columns);
    bool split(std::string_view line, Columns& columns);
    std::optional<Prefix> network(std::string_view text);
    std::optional<RegionIndex> region(std::string_view text);
    std::optional<Latency> latency(std::string_view text);
    void report_repeated();
    void wrong(std::string message) { wrong(line_, std::move(message)); }
    void wrong(std::uint32_t line, std::string message) {
        mistakes_.push_back({.line = line, .message = std::move(message)});
    }
    [[nodiscard]] bool gives_up() const { return mistakes_.size() >= kLatencyMistakesMax; }

    const std::size_t rows_max_;
    std::uint32_t line_ = 0;
    bool header_is_possible_ = true;
    std::vector<Row> rows_;
    std::vector<std::string> regions_;
    std::map<std::string, RegionIndex, std::less<>> region_numbers_;
    std::vector<LatencyMistake> mistakes_;
};

LatencyReading Reader::read(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
    while (!text.empty() && !gives_up() && rows_.size() <= rows_max_) {
        const auto end = std::min(text.find('\n'), text.size());
        ++line_;
        read_line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (gives_up()) wrong("reading ended here, after so many mistakes; is this a latency table?");
    if (rows_.size() > rows_max_) {
        wrong("this row is one more than the " + std::to_string(rows_max_) +
              " that a table may have; measure larger networks");
    }
    if (rows_.empty() && mistakes_.empty()) {
        wrong(0, "has no row; write at least one, such as 198.51.100.0/24,eu,23.4");
    }
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
        return std::pair(a.measurement.subject(), a.line) <
               std::pair(b.measurement.subject(), b.line);
    });
    report_repeated();
    if (!mistakes_.empty()) return {.table = {}, .mistakes = std::move(mistakes_)};
    std::vector<Measurement> measurements;
    measurements.reserve(rows_.size());
    for (const auto& row : rows_)
        measurements.push_back(row.measurement);
    return {.table = LatencyTable(std::move(regions_), measurements), .mistakes = {}};
}

void Reader::read_line(std::string_view line) {
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) return;
    const bool first = std::exchange(header_is_possible_, false);
    Columns columns;
    if (!split(line, columns)) return;
    if (!first || columns[0] != "network") return read_row(columns);
    if (columns != Columns{"network", "region", "ms"}) {
        wrong("this header is not known; write network,region,ms");
    }
}

bool Reader::split(std::string_view line, Columns& columns) {
    const auto count = static_cast<std::size_t>(std::count(line.begin(), line.end(), ',')) + 1;
    if (count != kColumns) {
        wrong("this row has " + std::to_string(count) + (count == 1 ? " column" : " columns") +
              ", not three: network,region,ms" +
              (count > kColumns ? "; a decimal number has a point, not a comma" : ""));
        return false;
    }
    for (auto& column : columns) {
        const auto end = std::min(line.find(','), line.size());
        column = trimmed(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return true;
}

void Reader::read_row(const Columns& columns) {
    const auto network = this->network(columns[0]);
    const auto region = this->region(columns[1]);
    const auto latency = this->latency(columns[2]);
    if (!network || !region || !latency) return;
    rows_.push_back({.measurement = {*network, *region, *latency}, .line = line_});
}

std::optional<Prefix> Reader::network(std::string_view text) {
    const auto network = Prefix::parse(text);
    if (!network || text.find('%') != text.npos) {
        wrong(in_quotes(text) + " is no network; write 192.0.2.0/24 or 2001:db8::/32");
        return std::nullopt;
    }
    if (IpAddress::parse(text.substr(0, text.find('/'))) != network->address) {
        wrong(in_quotes(text) + " has bits beyond its length; write " + network->to_string());
        return std::nullopt;
    }
    return network;
}

std::optional<RegionIndex> Reader::region(std::string_view text) {
    const auto known = region_numbers_.find(text);
    if (known != region_numbers_.end()) return known->second;
    if (!is_region_name(text)) {
        wrong(in_quotes(text) +
              " is no name of a region; use letters, digits, '.', '_' and '-', without quotes");
        return std::nullopt;
    }
    if (regions_.size() == kLatencyRegionsMax) {
        wrong("this row names region " + in_quotes(text) + " beyond the " +
              std::to_string(kLatencyRegionsMax) + " that a table may have; give each site one");
        return std::nullopt;
    }
    const auto number = static_cast<RegionIndex>(regions_.size());
    regions_.emplace_back(text);
    region_numbers_.emplace(text, number);
    return number;
}

std::optional<Latency> Reader::latency(std::string_view text) {
    double milliseconds = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] =
        std::from_chars(text.data(), end, milliseconds, std::chars_format::fixed);
    if (error != std::errc{} || rest != end || !std::isfinite(milliseconds)) {
        wrong(in_quotes(text) + " is no number of milliseconds; write 23.4, without a unit");
        return std::nullopt;
    }
    const double microseconds = std::round(milliseconds * 1000);
    if (microseconds < 1 || microseconds > kLatencyMax.count()) {
        wrong(in_quotes(text) + " is not between 0.001 and " + milliseconds_text(kLatencyMax) +
              " milliseconds; leave out what could not be measured");
        return std::nullopt;
    }
    return Latency(static_cast<std::uint32_t>(microseconds));
}

/// REQUIRES: rows_ is sorted.
void Reader::report_repeated() {
    for (std::size_t i = 1; i < rows_.size() && !gives_up(); ++i) {
        const auto& row = rows_[i].measurement;
        if (row.subject() != rows_[i - 1].measurement.subject()) continue;
        wrong(rows_[i].line, row.network.to_string() + " has a value for region " +
                                 in_quotes(regions_[row.region]) + " at line " +
                                 std::to_string(rows_[i - 1].line) + " already; remove one");
    }
    std::stable_sort(mistakes_.begin(), mistakes_.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
}

LatencyReading failed(std::string message) {
    return {.table = {}, .mistakes = {{.line = 0, .message = std::move(message)}}};
}

}  // namespace

LatencyReading parse_latency_csv(std::string_view text, std::size_t rows_max) {
    return Reader(rows_max).read(text);
}

LatencyReading read_latency_csv(const std::filesystem::path& file) {
    std::error_code error;
    if (std::filesystem::is_directory(file, error))
        return failed("is a directory; name a CSV file");
    const auto size = std::filesystem::file_size(file, error);
    if (error) return failed("cannot be read: " + error.message());
    if (size > kLatencyFileBytesMax) {
        return failed("is larger than " + std::to_string(kLatencyFileBytesMax >> 20U) +
                      " MiB; measure larger networks");
    }
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in) return failed("cannot be read: " + std::generic_category().message(errno));
    std::string text(size, '\0');
    in.read(text.data(), static_cast<std::streamsize>(size));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (in.bad()) return failed("cannot be read to its end");
    return parse_latency_csv(text);
}

}  // namespace fairlead::geo
