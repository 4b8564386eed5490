// SPDX-License-Identifier: Apache-2.0
#include "backend/alerts/alerts.h"

#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/sample_state.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"
#include "tests/support/http_endpoint.h"

namespace fairlead::backend {
namespace {

using namespace std::chrono_literals;

TEST_CASE("an end that was missed is made up for while events go on coming", "[backend][alerts]") {
    boost::asio::io_context control;
    EventHistory history(1, 4);
    MemoryLog log;
    const PublishedState state(std::make_shared<ServingState>(sample_state()));
    test::HttpEndpoint endpoint;
    Alerts alerts(control, history, log);
    config::WebhookSettings webhook;
    webhook.server.host = "127.0.0.1";
    webhook.server.port = endpoint.port();
    webhook.server.host_header = "hooks.example.com";
    webhook.target = "/";
    webhook.events.set(static_cast<std::size_t>(EventKind::health));
    config::AlertSettings settings;
    settings.group_window = 1s;
    settings.webhooks.push_back(webhook);
    alerts.configure(settings);

    TimePoint now{1h};
    const auto tick = [&](int events) {
        for (int i = 0; i < events; ++i)
            history.add({.kind = EventKind::override}, {}, now);
        alerts.tick(now += 250ms, state);
        control.restart();
        control.poll();
    };
    history.add({.kind = EventKind::health, .phase = Phase::begins, .subject = "web nobody"}, {},
                now);
    REQUIRE(comes_true([&] {
        tick(1);
        return endpoint.requests() == 1;
    }));
    tick(10);
    REQUIRE(log.has("events came too fast to be told"));
    CHECK(comes_true([&] {  // the state knows of nobody that is unhealthy
        tick(1);
        return endpoint.requests() == 2;
    }));
}

}  // namespace
}  // namespace fairlead::backend
