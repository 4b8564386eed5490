// SPDX-License-Identifier: Apache-2.0
#include "checks/outcome.h"

#include <set>
#include <vector>

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

TEST_CASE("an outcome reads as how far the probe got and what stopped it", "[checks][outcome]") {
    struct Case {
        Outcome outcome;
        std::string expected;
    };
    const std::vector<Case> cases{
        {{.layer = Layer::connect, .failure = Failure::refused}, "connect refused"},
        {{.layer = Layer::connect, .failure = Failure::timeout}, "connect timeout"},
        {{.layer = Layer::connect, .failure = Failure::unreachable, .detail = "No route to host"},
         "connect unreachable: No route to host"},
        {{.layer = Layer::tls,
          .failure = Failure::certificate,
          .detail = "certificate has expired"},
         "tls certificate: certificate has expired"},
        {{.layer = Layer::http, .failure = Failure::closed, .detail = "end of stream"},
         "http closed early: end of stream"},
        {{.layer = Layer::http, .failure = Failure::status, .detail = "503 Service Unavailable"},
         "http status: 503 Service Unavailable"},
        {{.layer = Layer::http, .detail = "200 OK"}, "ok (200 OK)"},
        {{.layer = Layer::connect}, "ok"},
    };
    for (const auto& c : cases)
        CHECK(describe(c.outcome) == c.expected);
}

TEST_CASE("the kind of an outcome has no detail", "[checks][outcome]") {
    CHECK(kind_of({.layer = Layer::http, .detail = "200 OK"}) == "ok");
    CHECK(kind_of({.layer = Layer::http,
                   .failure = Failure::status,
                   .detail = "503 Service Unavailable"}) == "http status");
}

TEST_CASE("every failure at every layer has words of its own", "[checks][outcome]") {
    std::set<std::string> texts;
    for (const auto layer : {Layer::connect, Layer::tcp, Layer::tls, Layer::http, Layer::exec,
                             Layer::icmp, Layer::prometheus, Layer::heartbeat, Layer::dns}) {
        for (int i = 1; i <= static_cast<int>(Failure::no_data); ++i) {
            const auto text = describe({.layer = layer, .failure = static_cast<Failure>(i)});
            CHECK_FALSE(text.empty());
            texts.insert(text);
        }
    }
    CHECK(texts.size() == 9 * static_cast<std::size_t>(Failure::no_data));
}

}  // namespace
}  // namespace fairlead::checks
