// SPDX-License-Identifier: Apache-2.0
#pragma once

// Writes answers for PowerDNS's remote backend: one JSON document and an end of line, appended to a
// text that the caller reuses, so that a worker that has seen its largest answer allocates no more.
//
// What PowerDNS insists on (remotebackend.cc, json11): `ttl` and `auth` are numbers, `scopeMask`
// is read as 8 bits, no byte below 0x20 inside strings, nothing at all after the document.
// Thread rule: one writer, one thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip.h"

namespace fairlead::backend {

/// {"result":true}
void write_yes(std::string& out);
/// {"result":false}: "no", "none" or "I do not have that method", as the method means it.
void write_no(std::string& out);
/// {"result":[]}
void write_nothing(std::string& out);

/// A JSON string. Names and record contents are DNS presentation format, so a byte that JSON or
/// ASCII has no room for becomes that format's own escape: \DDD. The result is always ASCII.
void write_text(std::string& out, std::string_view text);

struct RecordFields {
    std::string_view name;      // absolute
    std::string_view type;      // empty: "this name exists, without data"
    std::uint32_t ttl = 0;      // seconds
    std::int64_t zone_id = -1;  // PowerDNS needs it in a SOA record and in what it searched for
    bool auth = true;
    std::uint8_t scope = 0;  // 0: PowerDNS may cache it for everybody
};

/// {"result":[record,...]}. Write records, then finish(). Nothing written = an empty array.
/// What PowerDNS assumes anyway (`domain_id` -1, `auth` 1, `scopeMask` 0: RemoteBackend::get()) is
/// left out: each member costs it more to read than it costs here to write, and the time that a
/// list takes it grows with the square of the length.
class RecordList {
  public:
    explicit RecordList(std::string& out);
    void add(const RecordFields& fields, std::string_view content);
    void add(const RecordFields& fields, const IpAddress& address);
    void finish();

  private:
    template <typename WriteContent>
    void write_record(std::size_t room, const RecordFields& fields, WriteContent&& write_content);

    std::string& out_;
    bool first_ = true;
};

struct DomainFields {
    std::int64_t id = -1;
    std::string_view zone;  // absolute
    std::uint32_t serial = 0;
};

/// One DomainInfo object of kind "native"; not a whole answer.
void write_domain(std::string& out, const DomainFields& domain);

}  // namespace fairlead::backend
