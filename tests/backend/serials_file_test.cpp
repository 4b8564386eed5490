// SPDX-License-Identifier: Apache-2.0
#include "backend/serials_file.h"

#include "backend/durable_file.h"
#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

const config::ZoneSerials kSerials{
    {*DnsName::parse("example.com."), {.texts = 0xffffffffffffffff, .serial = 4294967295}},
    {*DnsName::parse("a\\.b.example.org."), {.texts = 1, .serial = 7}}};

TEST_CASE("serials are the same after a restart", "[backend][serials]") {
    const TemporaryDirectory directory;
    MemoryLog log;
    CHECK(recall_serials(directory / "", log).empty());
    save_serials(directory / "", kSerials, log);
    CHECK(recall_serials(directory / "", log) == kSerials);
    CHECK(log.lines().empty());
}

TEST_CASE("serials that cannot be read or written are said", "[backend][serials]") {
    const TemporaryDirectory directory;
    MemoryLog log;
    REQUIRE(bool(write_durably(directory / "serials.json", "{\"format\":\"fairlead seri")));
    CHECK(recall_serials(directory / "", log).empty());
    CHECK(log.has("cannot be used: it is damaged"));
    save_serials(directory / "absent", kSerials, log);
    CHECK(log.has("cannot save the zones' serials"));
}

TEST_CASE("of two serials of a zone the larger one is the later", "[backend][serials]") {
    const DnsName zone = *DnsName::parse("example.com.");
    const auto both = [&](std::uint32_t a, std::uint32_t b) {
        return config::latest({{zone, {.texts = 1, .serial = a}}},
                              {{zone, {.texts = 2, .serial = b}}})
            .at(zone);
    };
    CHECK(both(7, 6) == config::ZoneSerial{.texts = 1, .serial = 7});
    CHECK(both(6, 7) == config::ZoneSerial{.texts = 2, .serial = 7});
    CHECK(config::latest({}, kSerials) == kSerials);
}

}  // namespace
}  // namespace fairlead::backend
