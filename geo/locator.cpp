// SPDX-License-Identifier: Apache-2.0
#include "geo/locator.h"

#include <maxminddb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <system_error>
#include <utility>

namespace fairlead::geo {
namespace {

/// Bits in front of ::/96, where an IPv6 tree has the IPv4 addresses.
constexpr int kIpv4InIpv6Bits = 96;

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

// ---- several files ----

bool agree(const AreaCode& a, const AreaCode& b) {
    return a.empty() || b.empty() || a == b;
}

/// Adds to `known` what only `more` knows. The place is taken as a whole or not at all: Canada from
/// one file and California from another would be a place that does not exist.
void complete(Location& known, const Location& more) {
    if (known.asn == 0) known.asn = more.asn;
    if (!agree(known.continent, more.continent) || !agree(known.country, more.country)) return;
    if (known.continent.empty()) known.continent = more.continent;
    if (known.country.empty()) known.country = more.country;
    if (known.subdivision.empty()) known.subdivision = more.subdivision;
    known.european_union = known.european_union || more.european_union;
    if (!known.coordinates) known.coordinates = more.coordinates;
}

// ---- looking up ----

/// The address as the C library wants it.
struct SocketAddress {
    sockaddr_storage storage{};

    explicit SocketAddress(const IpAddress& address) {
        const auto bytes = address.bytes();
        if (address.is_v4()) {
            sockaddr_in in{};
            in.sin_family = AF_INET;
            std::memcpy(&in.sin_addr, bytes.data(), bytes.size());
            std::memcpy(&storage, &in, sizeof in);
        } else {
            sockaddr_in6 in{};
            in.sin6_family = AF_INET6;
            std::memcpy(&in.sin6_addr, bytes.data(), bytes.size());
            std::memcpy(&storage, &in, sizeof in);
        }
    }

    [[nodiscard]] const sockaddr* get() const {
        return static_cast<const sockaddr*>(static_cast<const void*>(&storage));
    }
};

/// The tree's depth in bits of the client's family. A network above ::/96 covers all of IPv4.
std::uint8_t prefix_length(const IpAddress& address, const MMDB_s& mmdb, int depth) {
    if (address.is_v4() && mmdb.metadata.ip_version == 6) depth -= kIpv4InIpv6Bits;
    return static_cast<std::uint8_t>(std::clamp(depth, 0, int{address.width()}));
}

/// What one file says, empty when nothing.
Location look_up(const MMDB_s& mmdb, const IpAddress& address,
                 const SocketAddress& socket_address) {
    Location location;
    // Its tree has no IPv6 at all, so that "not known" holds for every IPv6 address.
    if (!address.is_v4() && mmdb.metadata.ip_version == 4) return location;
    int status = MMDB_SUCCESS;
    const auto result = MMDB_lookup_sockaddr(&mmdb, socket_address.get(), &status);
    if (status != MMDB_SUCCESS) {
        location.prefix_length = address.width();  // a damaged tree says nothing of the neighbours
        return location;
    }
    if (result.found_entry) location = read_record(result.entry);
    location.prefix_length = prefix_length(address, mmdb, result.netmask);
    return location;
}

// ---- is it a database of places? ----

/// Enough to meet a useful record of a useful database, and soon done with the largest.
constexpr int kNodesExaminedMax = 1 << 16;

bool is_useful(const Location& location) {
    return location != Location{};
}

/// True when a record of the tree, of the first that a walk meets, has any field that is read here.
bool locates_something(const MMDB_s& mmdb) {
    std::vector<std::uint32_t> open_nodes{0};
    for (int examined = 0; !open_nodes.empty() && examined < kNodesExaminedMax; ++examined) {
        MMDB_search_node_s node{};
        const auto number = open_nodes.back();
        open_nodes.pop_back();
        if (MMDB_read_node(&mmdb, number, &node) != MMDB_SUCCESS) continue;
        const auto visit = [&](int type, std::uint64_t record, const MMDB_entry_s& entry) {
            if (type == MMDB_RECORD_TYPE_DATA) return is_useful(read_record(entry));
            if (type == MMDB_RECORD_TYPE_SEARCH_NODE)
                open_nodes.push_back(static_cast<std::uint32_t>(record));
            return false;
        };
        if (visit(node.left_record_type, node.left_record, node.left_record_entry)) return true;
        if (visit(node.right_record_type, node.right_record, node.right_record_entry)) return true;
    }
    return false;
}

// ---- opening ----

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
                   MMDB_strerror(status) + "); download or build it again";
        default:
            return std::string("damaged (") + MMDB_strerror(status) +
                   "); download or build it again";
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
        return "is empty; download or build it again";
    return {};
}

Result<std::unique_ptr<Database>> open_database(const std::filesystem::path& file) {
    if (const auto wrong = path_failure(file); !wrong.empty()) return complaint(file, wrong);
    auto database = std::make_unique<Database>();
    if (const int status = database->open(file); status != MMDB_SUCCESS)
        return complaint(file, open_failure(status, errno));
    const auto& metadata = database->mmdb().metadata;
    if (metadata.ip_version != 4 && metadata.ip_version != 6)
        return complaint(file,
                         "damaged (neither an IPv4 nor an IPv6 tree); download or build it "
                         "again");
    if (!locates_something(database->mmdb())) {
        const char* const type = metadata.database_type;
        return complaint(file, std::string("of type \"") + (type != nullptr ? type : "") +
                                   "\", which tells neither continent, country, coordinates nor "
                                   "ASN; use a Country, City or ASN database");
    }
    return database;
}

}  // namespace

struct Locator::Databases {
    std::vector<std::unique_ptr<Database>> in_order;
};

Result<std::shared_ptr<const Locator>> Locator::open(
    const std::vector<std::filesystem::path>& files) {
    auto databases = std::make_unique<Databases>();
    for (const auto& file : files) {
        auto database = open_database(file);
        if (!database) return database.error();
        databases->in_order.push_back(std::move(*database));
    }
    return std::shared_ptr<const Locator>(new Locator(std::move(databases)));
}

Locator::Locator(std::unique_ptr<Databases> databases) : databases_(std::move(databases)) {}

Locator::~Locator() = default;

Location Locator::locate(const IpAddress& address) const noexcept {
    const SocketAddress socket_address(address);
    Location location;
    std::uint8_t longest = 0;
    for (const auto& database : databases_->in_order) {
        const auto more = look_up(database->mmdb(), address, socket_address);
        complete(location, more);
        longest = std::max(longest, more.prefix_length);
    }
    location.prefix_length = longest;
    return location;
}

}  // namespace fairlead::geo
