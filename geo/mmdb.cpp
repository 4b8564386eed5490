// SPDX-License-Identifier: Apache-2.0
#include "geo/mmdb.h"

#include <maxminddb.h>

#include <cerrno>
#include <cmath>
#include <optional>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace fairlead::geo {
namespace {

/// One open file.
class Database {
  public:
    Database() = default;
    ~Database() {
        if (open_) MMDB_close(&mmdb_);
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// An MMDB_ error code; errno is set on MMDB_FILE_OPEN_ERROR.
    int open(const std::filesystem::path& file) {
        const int status = MMDB_open(file.c_str(), MMDB_MODE_MMAP, &mmdb_);
        open_ = status == MMDB_SUCCESS;
        return status;
    }

    [[nodiscard]] const MMDB_s& mmdb() const { return mmdb_; }

  private:
    MMDB_s mmdb_{};
    bool open_ = false;
};

// ---- one record ----

using FieldPath = const char* const*;
constexpr const char* kContinent[] = {"continent", "code", nullptr};
constexpr const char* kCountry[] = {"country", "iso_code", nullptr};
constexpr const char* kEuropeanUnion[] = {"country", "is_in_european_union", nullptr};
constexpr const char* kSubdivision[] = {"subdivisions", "0", "iso_code", nullptr};
constexpr const char* kLatitude[] = {"location", "latitude", nullptr};
constexpr const char* kLongitude[] = {"location", "longitude", nullptr};
constexpr const char* kAsn[] = {"autonomous_system_number", nullptr};

/// The field, or one without data when it is missing or damaged.
MMDB_entry_data_s field(MMDB_entry_s entry, FieldPath path) {
    MMDB_entry_data_s data{};
    if (MMDB_aget_value(&entry, &data, path) != MMDB_SUCCESS) data.has_data = false;
    return data;
}

bool has_type(const MMDB_entry_data_s& data, std::uint32_t type) {
    return data.has_data && data.type == type;
}

AreaCode code_field(const MMDB_entry_s& entry, FieldPath path) {
    const auto data = field(entry, path);
    if (!has_type(data, MMDB_DATA_TYPE_UTF8_STRING)) return {};
    const std::string_view text(data.utf8_string, data.data_size);
    const bool readable =
        std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
    return readable ? AreaCode(text) : AreaCode{};
}

bool flag_field(const MMDB_entry_s& entry, FieldPath path) {
    const auto data = field(entry, path);
    return has_type(data, MMDB_DATA_TYPE_BOOLEAN) && data.boolean;
}

std::uint32_t number_field(const MMDB_entry_s& entry, FieldPath path) {
    const auto data = field(entry, path);
    if (has_type(data, MMDB_DATA_TYPE_UINT32)) return data.uint32;
    if (has_type(data, MMDB_DATA_TYPE_UINT16)) return data.uint16;
    return 0;
}

/// `limit` is the largest absolute value that makes sense; NaN fails the comparison too.
std::optional<double> degrees_field(const MMDB_entry_s& entry, FieldPath path, double limit) {
    const auto data = field(entry, path);
    double degrees = std::nan("");
    if (has_type(data, MMDB_DATA_TYPE_DOUBLE)) degrees = data.double_value;
    if (has_type(data, MMDB_DATA_TYPE_FLOAT)) degrees = static_cast<double>(data.float_value);
    return std::abs(degrees) <= limit ? std::optional(degrees) : std::nullopt;
}

/// What one record says; the prefix is left to the caller.
Location read_record(const MMDB_entry_s& entry) {
    Location location;
    location.continent = code_field(entry, kContinent);
    location.country = code_field(entry, kCountry);
    location.subdivision = code_field(entry, kSubdivision);
    location.european_union = flag_field(entry, kEuropeanUnion);
    location.asn = number_field(entry, kAsn);
    const auto latitude = degrees_field(entry, kLatitude, 90);
    const auto longitude = degrees_field(entry, kLongitude, 180);
    if (latitude && longitude) location.coordinates = Coordinates{*latitude, *longitude};
    return location;
}

// ---- the tree ----

/// The places of one file. Many networks share a record, and many records one location.
class Places {
  public:
    std::uint32_t number_of(const MMDB_entry_s& entry) {
        const auto [known, is_new] = by_offset_.try_emplace(entry.offset, 0);
        if (is_new) known->second = numbers_.number_of(read_record(entry));
        return known->second;
    }

    [[nodiscard]] std::vector<Location> take() && { return std::move(numbers_).take(); }

  private:
    std::unordered_map<std::uint32_t, std::uint32_t> by_offset_;
    PlaceNumbers numbers_;
};

/// One side of a node: another node, a place, or nothing.
struct Record {
    int type = MMDB_RECORD_TYPE_EMPTY;
    std::uint64_t value = 0;
    MMDB_entry_s entry{};

    [[nodiscard]] bool is_node() const { return type == MMDB_RECORD_TYPE_SEARCH_NODE; }
};

/// Walks the search tree of one file.
class Tree {
  public:
    Tree(const MMDB_s& mmdb, Places& places)
        : mmdb_(mmdb),
          places_(places),
          visits_left_(std::uint64_t{mmdb.metadata.node_count} * kVisitsPerNode) {}

    /// Nothing when the tree is damaged.
    [[nodiscard]] std::optional<Partition> read();

  private:
    /// A sound tree has one way to each node, but for those that lead to IPv4 again; a damaged one
    /// can have endlessly many.
    static constexpr std::uint64_t kVisitsPerNode = 4;
    /// Bits in front of ::/96, where an IPv6 tree has the IPv4 addresses.
    static constexpr int kIpv4InIpv6Bits = 96;

    [[nodiscard]] std::optional<Record> side(std::uint64_t node, bool right);
    [[nodiscard]] std::optional<Record> ipv4_root();
    template <typename Key>
    [[nodiscard]] bool walk(const Record& record, Key first, int depth, Ranges<Key>& ranges);

    const MMDB_s& mmdb_;
    Places& places_;
    std::uint64_t visits_left_;
    std::optional<std::uint64_t> skipped_node_;  // IPv4, while IPv6 is read
};

std::optional<Record> Tree::side(std::uint64_t node, bool right) {
    if (visits_left_ == 0) return std::nullopt;
    --visits_left_;
    MMDB_search_node_s read{};
    if (MMDB_read_node(&mmdb_, static_cast<std::uint32_t>(node), &read) != MMDB_SUCCESS) {
        return std::nullopt;
    }
    const Record record =
        right ? Record{read.right_record_type, read.right_record, read.right_record_entry}
              : Record{read.left_record_type, read.left_record, read.left_record_entry};
    if (record.type == MMDB_RECORD_TYPE_INVALID) return std::nullopt;
    return record;
}

std::optional<Record> Tree::ipv4_root() {
    Record record{.type = MMDB_RECORD_TYPE_SEARCH_NODE, .value = 0, .entry = {}};
    if (mmdb_.metadata.ip_version == 4) return record;
    for (int depth = 0; depth < kIpv4InIpv6Bits && record.is_node(); ++depth) {
        const auto left = side(record.value, false);
        if (!left) return std::nullopt;
        record = *left;
    }
    return record;
}

/// Appends the ranges below `record`, whose first address is `first`, from left to right.
template <typename Key>
bool Tree::walk(const Record& record, Key first, int depth, Ranges<Key>& ranges) {
    if (!record.is_node() || record.value == skipped_node_) {
        const bool is_place = record.type == MMDB_RECORD_TYPE_DATA;
        ranges.append(first, is_place ? places_.number_of(record.entry) : 0);
        return true;
    }
    if (depth == Ranges<Key>::kWidth) return false;
    for (const bool right : {false, true}) {
        const auto below = side(record.value, right);
        if (!below) return false;
        const int bit = Ranges<Key>::kWidth - 1 - depth;
        const auto start =
            right ? static_cast<Key>(first | static_cast<Key>(Key{1} << bit)) : first;
        if (!walk(*below, start, depth + 1, ranges)) return false;
    }
    return true;
}

std::optional<Partition> Tree::read() {
    Partition partition;
    const auto ipv4 = ipv4_root();
    if (!ipv4 || !walk(*ipv4, std::uint32_t{0}, 0, partition.v4)) return std::nullopt;
    if (mmdb_.metadata.ip_version == 6) {
        if (ipv4->is_node()) skipped_node_ = ipv4->value;
        const Record root{.type = MMDB_RECORD_TYPE_SEARCH_NODE, .value = 0, .entry = {}};
        if (!walk(root, Uint128{0}, 0, partition.v6)) return std::nullopt;
    }
    return partition;
}

// ---- opening ----

const std::string kGetAnother = "download or build it again";

/// `what` and the remedy, as one sentence about the file.
Error complaint(const std::filesystem::path& file, const std::string& what) {
    return {"geography database " + file.string() + ": " + what};
}

std::string open_failure(int status, int system_error) {
    switch (status) {
        case MMDB_FILE_OPEN_ERROR:
            if (system_error == ENOENT)
                return "no such file; correct the path, or put the database there";
            if (system_error == EACCES)
                return "permission denied; let the user that runs fairlead read the file and enter "
                       "its folders";
            return "cannot be opened: " + std::generic_category().message(system_error);
        case MMDB_UNKNOWN_DATABASE_FORMAT_ERROR:
        case MMDB_INVALID_METADATA_ERROR:
            return std::string("not a MaxMind DB file, still packed, or cut short (") +
                   MMDB_strerror(status) + "); " + kGetAnother;
        default:
            return std::string("damaged (") + MMDB_strerror(status) + "); " + kGetAnother;
    }
}

/// What is wrong with a path before it is opened; empty when nothing.
std::string path_failure(const std::filesystem::path& file) {
    std::error_code ignored;  // what cannot be asked, opening will tell
    const auto status = std::filesystem::status(file, ignored);
    if (std::filesystem::is_directory(status)) return "is a directory; name the .mmdb file in it";
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
        return "is not a regular file; name an .mmdb file";
    if (std::filesystem::is_regular_file(status) && std::filesystem::file_size(file, ignored) == 0)
        return "is empty; " + kGetAnother;
    return {};
}

Result<std::unique_ptr<Database>> open_database(const std::filesystem::path& file) {
    if (const auto wrong = path_failure(file); !wrong.empty()) return complaint(file, wrong);
    auto database = std::make_unique<Database>();
    if (const int status = database->open(file); status != MMDB_SUCCESS) {
        return complaint(file, open_failure(status, errno));
    }
    const auto version = database->mmdb().metadata.ip_version;
    if (version != 4 && version != 6) {
        return complaint(file, "damaged (neither an IPv4 nor an IPv6 tree); " + kGetAnother);
    }
    return database;
}

}  // namespace

Result<Partition> read_mmdb(const std::filesystem::path& file) {
    const auto database = open_database(file);
    if (!database) return database.error();
    const MMDB_s& mmdb = (*database)->mmdb();
    Places places;
    auto partition = Tree(mmdb, places).read();
    if (!partition) return complaint(file, "damaged (its search tree is broken); " + kGetAnother);
    partition->places = std::move(places).take();
    if (partition->places.size() == 1) {
        const char* const type = mmdb.metadata.database_type;
        return complaint(file, std::string("of type \"") + (type != nullptr ? type : "") +
                                   "\", which tells neither continent, country, coordinates nor "
                                   "ASN; use a Country, City or ASN database");
    }
    return *std::move(partition);
}

}  // namespace fairlead::geo
