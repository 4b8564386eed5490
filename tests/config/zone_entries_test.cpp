// SPDX-License-Identifier: Apache-2.0
#include "config/zone_entries.h"

#include <sstream>

#include "tests/support/catch.h"

namespace fairlead::config {
namespace {

/// "LINE: [word] [word]" of every entry; "_" for a blank at the start, "!" before a fault.
std::string entries_of(std::string_view text) {
    std::ostringstream out;
    ZoneEntries entries(text);
    ZoneEntry entry;
    while (entries.next(entry)) {
        out << entry.line << ":" << (entry.starts_blank ? "_" : "");
        for (const auto word : entry.words)
            out << " [" << word << "]";
        if (!entry.fault.empty()) out << " !" << entry.fault_line << " " << entry.fault;
        out << "\n";
    }
    return out.str();
}

TEST_CASE("a zone file is cut into entries of words", "[config][zone_entries]") {
    struct Case {
        const char* text;
        const char* entries;
    };
    const auto c = GENERATE(values<Case>({
        {"", ""},
        {"\n \n\t\r\n; only a comment\n  ; and one more", ""},
        {"a A 192.0.2.1", "1: [a] [A] [192.0.2.1]\n"},
        {"a A 192.0.2.1\r\nb A 192.0.2.2\r\n", "1: [a] [A] [192.0.2.1]\n2: [b] [A] [192.0.2.2]\n"},
        {"\n\ta\tb  c ; d\n", "2:_ [a] [b] [c]\n"},
        {"a (b ; c\n\n d) e\nf", "1: [a] [b] [d] [e]\n4: [f]\n"},
        {"a ( ( b ) c\n) d\n", "1: [a] [b] [c] [d]\n"},
        {"(a)b", "1: [a] [b]\n"},
        {"a \"b; (c\" d", "1: [a] [\"b; (c\"] [d]\n"},
        {R"(a \; \" \( "\"" \\ b)", "1: [a] [\\;] [\\\"] [\\(] [\"\\\"\"] [\\\\] [b]\n"},
        {"k=\"a b\"c", "1: [k=\"a b\"c]\n"},
        {"a\\\nb", "1: [a\\]\n2: [b]\n"},
        {"a \"b\nc", "1: [a] [\"b] !1 a quote is not closed at the end of the line\n2: [c]\n"},
        {"a (\n \"b\n c) d\ne",
         "1: [a] [\"b] [c] [d] !2 a quote is not closed at the end of the line\n4: [e]\n"},
        {"a\nb (\n(c\n", "1: [a]\n2: [b] [c] !2 this '(' is not closed\n"},
        {"a ) b\nc", "1: [a] [b] !1 a ')' without a '(' before it\n2: [c]\n"},
        {"a\x01\nb", "1: [a\x01] !1 a control character stands here; write it as \\DDD\n2: [b]\n"},
    }));
    CAPTURE(c.text);
    CHECK(entries_of(c.text) == c.entries);
}

}  // namespace
}  // namespace fairlead::config
