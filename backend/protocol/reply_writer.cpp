// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/reply_writer.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>
#include <utility>

#include "backend/protocol/plain_text.h"

namespace fairlead::backend {
namespace {

constexpr std::size_t kDigitsMax = 20;  // of 64 bits
constexpr std::size_t kEscapedMax = 5;  // characters for one byte: "\\DDD"

/// Writes behind the end of a text, for which it makes room once; each piece is then no more than
/// its bytes. REQUIRES: no more than `room` is written.
class Pen {
  public:
    Pen(std::string& out, std::size_t room) : out_(out) {
        const std::size_t before = out.size();
        out.resize(before + room);
        at_ = out.data() + before;
    }
    ~Pen() {
        assert(at_ <= out_.data() + out_.size());
        out_.resize(static_cast<std::size_t>(at_ - out_.data()));
    }
    Pen(const Pen&) = delete;
    Pen& operator=(const Pen&) = delete;

    template <std::size_t Size>
    Pen& literal(const char (&text)[Size]) {
        std::memcpy(at_, text, Size - 1);
        at_ += Size - 1;
        return *this;
    }

    Pen& number(std::int64_t number) {
        at_ = std::to_chars(at_, at_ + kDigitsMax, number).ptr;
        return *this;
    }

    /// As much as kEscapedMax for each byte.
    Pen& escaped(std::string_view text) {
        for (;;) {
            const std::size_t plain = plain_length(text);
            at_ = std::copy_n(text.data(), plain, at_);
            if (plain == text.size()) return *this;
            escape(text[plain]);
            text.remove_prefix(plain + 1);
        }
    }

    Pen& address(const IpAddress& address) { return address.is_v4() ? v4(address) : v6(address); }

  private:
    /// inet_ntop(3) takes ten times as long.
    Pen& v4(const IpAddress& address) {
        bool first = true;
        for (const std::uint8_t byte : address.bytes()) {
            if (!first) character('.');
            first = false;
            if (byte >= 100) digit(byte / 100);
            if (byte >= 10) digit(byte / 10 % 10);
            digit(byte % 10);
        }
        return *this;
    }

    /// Not IpAddress::to_string(): a long address would be an allocation for each endpoint.
    Pen& v6(const IpAddress& address) {
        inet_ntop(AF_INET6, address.bytes().data(), at_, INET6_ADDRSTRLEN);
        at_ += std::strlen(at_);
        return *this;
    }

    void character(char c) { *at_++ = c; }
    void digit(int value) { character(static_cast<char>('0' + value)); }

    /// "\\DDD": the backslash of the DNS escape is itself escaped for JSON.
    void escape(char c) {
        character('\\');
        if (c == '"' || c == '\\') {
            character(c);
            return;
        }
        const auto byte = static_cast<std::uint8_t>(c);
        character('\\');
        digit(byte / 100);
        digit(byte / 10 % 10);
        digit(byte % 10);
    }

    std::string& out_;
    char* at_ = nullptr;
};

void write_number(std::string& out, std::int64_t number) {
    Pen(out, kDigitsMax).number(number);
}

}  // namespace

void write_yes(std::string& out) {
    out += "{\"result\":true}\n";
}
void write_no(std::string& out) {
    out += "{\"result\":false}\n";
}
void write_nothing(std::string& out) {
    out += "{\"result\":[]}\n";
}

void write_text(std::string& out, std::string_view text) {
    Pen(out, 2 + kEscapedMax * text.size()).literal("\"").escaped(text).literal("\"");
}

RecordList::RecordList(std::string& out) : out_(out) {
    out_ += "{\"result\":[";
}

void RecordList::add(const RecordFields& fields, std::string_view content) {
    write_record(kEscapedMax * content.size(), fields, [&](Pen& pen) { pen.escaped(content); });
}

void RecordList::add(const RecordFields& fields, const IpAddress& address) {
    write_record(INET6_ADDRSTRLEN, fields, [&](Pen& pen) { pen.address(address); });
}

void RecordList::finish() {
    out_ += "]}\n";
}

/// `room`: what write_content() needs at most.
template <typename WriteContent>
void RecordList::write_record(std::size_t room, const RecordFields& fields,
                              WriteContent&& write_content) {
    const std::size_t texts = kEscapedMax * (fields.name.size() + fields.type.size());
    Pen pen(out_, 128 + texts + room + 3 * kDigitsMax);
    if (!std::exchange(first_, false)) pen.literal(",");
    pen.literal("{\"qname\":\"").escaped(fields.name);
    pen.literal("\",\"qtype\":\"").escaped(fields.type);
    pen.literal("\",\"content\":\"");
    write_content(pen);
    pen.literal("\",\"ttl\":").number(fields.ttl);
    if (fields.zone_id >= 0) pen.literal(",\"domain_id\":").number(fields.zone_id);
    if (!fields.auth) pen.literal(",\"auth\":0");
    if (fields.scope != 0) pen.literal(",\"scopeMask\":").number(fields.scope);
    pen.literal("}");
}

void write_domain(std::string& out, const DomainFields& domain) {
    out += "{\"id\":";
    write_number(out, domain.id);
    out += ",\"zone\":";
    write_text(out, domain.zone);
    out += ",\"kind\":\"native\",\"serial\":";
    write_number(out, domain.serial);
    out += '}';
}

}  // namespace fairlead::backend
