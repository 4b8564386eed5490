// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/reply_writer.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace fairlead::backend {
namespace {

void write_number(std::string& out, std::int64_t number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

bool stands_for_itself(char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/// "\\DDD": the backslash of the DNS escape is itself escaped for JSON.
void write_escaped_byte(std::string& out, std::uint8_t byte) {
    out += "\\\\";
    out += static_cast<char>('0' + byte / 100);
    out += static_cast<char>('0' + byte / 10 % 10);
    out += static_cast<char>('0' + byte % 10);
}

/// inet_ntop(3) takes ten times as long.
void write_v4(std::string& out, const IpAddress& address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    std::size_t end = 0;
    const auto digit = [&](int value) { text[end++] = static_cast<char>('0' + value); };
    for (const std::uint8_t byte : address.bytes()) {
        if (end != 0) text[end++] = '.';
        if (byte >= 100) digit(byte / 100);
        if (byte >= 10) digit(byte / 10 % 10);
        digit(byte % 10);
    }
    out.append(text.data(), end);
}

/// Not IpAddress::to_string(): a long address would be an allocation for each endpoint.
void write_v6(std::string& out, const IpAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(AF_INET6, address.bytes().data(), text.data(), text.size());
    out += text.data();
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
void write_no_metadata(std::string& out) {
    out += "{\"result\":{}}\n";
}

void write_text(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto special = std::ranges::find_if_not(text, stands_for_itself);
        out.append(text.begin(), special);
        text.remove_prefix(static_cast<std::size_t>(special - text.begin()));
        if (text.empty()) break;
        if (text.front() == '"' || text.front() == '\\') {
            out += '\\';
            out += text.front();
        } else {
            write_escaped_byte(out, static_cast<std::uint8_t>(text.front()));
        }
        text.remove_prefix(1);
    }
    out += '"';
}

RecordList::RecordList(std::string& out) : out_(out) {
    out_ += "{\"result\":[";
}

void RecordList::add(const RecordFields& fields, std::string_view content) {
    begin(fields);
    write_text(out_, content);
    end(fields);
}

void RecordList::add(const RecordFields& fields, const IpAddress& address) {
    begin(fields);
    out_ += '"';
    address.is_v4() ? write_v4(out_, address) : write_v6(out_, address);
    out_ += '"';
    end(fields);
}

void RecordList::finish() {
    out_ += "]}\n";
}

void RecordList::begin(const RecordFields& fields) {
    out_ += first_ ? "{\"qname\":" : ",{\"qname\":";
    first_ = false;
    write_text(out_, fields.name);
    out_ += ",\"qtype\":";
    write_text(out_, fields.type);
    out_ += ",\"content\":";
}

void RecordList::end(const RecordFields& fields) {
    out_ += ",\"ttl\":";
    write_number(out_, fields.ttl);
    if (fields.zone_id >= 0) {
        out_ += ",\"domain_id\":";
        write_number(out_, fields.zone_id);
    }
    if (!fields.auth) out_ += ",\"auth\":0";
    if (fields.scope != 0) {
        out_ += ",\"scopeMask\":";
        write_number(out_, fields.scope);
    }
    out_ += '}';
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
