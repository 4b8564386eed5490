// SPDX-License-Identifier: Apache-2.0

// Server, Worker and Session together, on a real unix socket.

#include "backend/protocol/server.h"

#include <sched.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "backend/protocol/administration.h"
#include "backend/protocol/session.h"
#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/sample_state.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/backend/scarce_descriptors.h"
#include "tests/support/catch.h"
#include "tests/support/sanitizers.h"

namespace fairlead::backend {
namespace {

const std::string kLookup =
    R"({"method": "lookup", "parameters": {"local": "127.0.0.1", "qname": "www.example.com.", )"
    R"("qtype": "A", "real-remote": "127.0.0.1/32", "remote": "127.0.0.1", "zone-id": 0}})";
const std::string kList = R"({"method": "list", "parameters": {"zonename": "example.com."}})";
const std::string kCommand = R"({"method": "directBackendCmd", "parameters": {"query": "help"}})";
const std::string kNo = R"({"result":false})";

/// A server that has not got its sockets yet, with ticks quick enough for tests.
struct Running {
    explicit Running(ServerLimits limits = {}, unsigned workers = 1) {
        auto opened = UnixListener::open({.path = path});
        REQUIRE(bool(opened));
        sockets.emplace(Sockets{.listener = *std::move(opened)});
        auto started = Server::start({.state = state,
                                      .keystore = keystore,
                                      .command =
                                          [this](const std::string& command, const auto& done) {
                                              on_command();
                                              done(text_reply("done: " + command + padding));
                                          },
                                      .log = log},
                                     workers, limits);
        REQUIRE(bool(started));
        server = std::move(*started);
    }

    void serve() {
        server->serve(*std::move(sockets));
        sockets.reset();
    }

    UnixClient connect() const {
        UnixClient client(path);
        REQUIRE(client.connected());
        return client;
    }

    TemporaryDirectory directory;
    std::filesystem::path path = directory / "pdns.sock";
    MemoryLog log;
    KeystoreKeeper keystore{directory / "", log};
    PublishedState state{std::make_shared<ServingState>(sample_state())};
    std::optional<Sockets> sockets;            // before they are served
    std::function<void()> on_command = [] {};  // on the worker's thread
    std::string padding;                       // of replies to commands
    std::unique_ptr<Server> server;
};

struct Serving : Running {
    explicit Serving(ServerLimits limits = {}, unsigned workers = 1) : Running(limits, workers) {
        serve();
    }
};

bool answers(UnixClient& client) {
    const auto reply = client.ask(kLookup);
    return reply && reply->find("192.0.2.1") != std::string::npos;
}

std::size_t resident_kilobytes() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        std::size_t kilobytes = 0;
        if (word == "VmRSS:" && status >> kilobytes) return kilobytes;
    }
    return 0;
}

TEST_CASE("requests are answered in order on one connection", "[backend][server]") {
    Serving serving;
    auto client = serving.connect();
    CHECK(client.ask(R"({"method": "initialize", "parameters": {}})") == R"({"result":true})");
    for (int i = 0; i < 100; ++i)
        CHECK(answers(client));
    CHECK(serving.server->total(Count::connection) == 1);
    CHECK(serving.server->total(Count::request) == 101);
    CHECK(serving.server->total(Count::lookup) == 100);

    (void)client.ask(R"({"method": "getTSIGKeys", "parameters": {}})");
    const auto counted = serving.server->methods();
    REQUIRE(counted.size() == method_names().size());
    std::map<std::string_view, std::uint64_t> by_name;
    for (std::size_t i = 0; i < counted.size(); ++i)
        by_name.emplace(method_names()[i], counted[i]);
    CHECK(by_name.size() == counted.size());
    CHECK(by_name.at("lookup") == 100);
    CHECK(by_name.at("initialize") == 1);
    CHECK(by_name.at("getTSIGKeys") == 1);
    CHECK(by_name.at("list") == 0);

    // The first request was no lookup, then each sixteenth is.
    const auto latency = serving.server->lookup_latency();
    CHECK(std::accumulate(latency.buckets.begin(), latency.buckets.end(), std::uint64_t{0}) == 6);
    CHECK(latency.sum > std::chrono::nanoseconds(0));
}

TEST_CASE("a latency is counted in the first bucket that has room for it", "[backend][server]") {
    using std::chrono::nanoseconds;
    LatencyHistogram histogram;
    for (const auto took : {nanoseconds(0), nanoseconds(1000), nanoseconds(1001),
                            LatencyHistogram::kBounds.back() + nanoseconds(1)})
        histogram.add(took);
    LatencyHistogram::Values values;
    histogram.add_to(values);
    histogram.add_to(values);  // of two workers
    CHECK(values.buckets[0] == 4);
    CHECK(values.buckets[1] == 2);
    CHECK(values.buckets.back() == 2);
    CHECK(values.sum == 2 * (nanoseconds(2002) + LatencyHistogram::kBounds.back()));
}

TEST_CASE("nobody is answered before the gate opens, and nothing is lost", "[backend][server]") {
    Running running;
    auto client = running.connect();
    CHECK(client.send(kLookup + "\n"));
    CHECK(client.is_silent());
    CHECK(running.server->total(Count::connection) == 0);
    running.serve();
    const auto reply = client.read_line();
    REQUIRE(reply);
    CHECK(reply->find("192.0.2.1") != std::string::npos);
}

TEST_CASE("a published change is in the next answer", "[backend][server]") {
    Serving serving;
    auto client = serving.connect();
    CHECK(answers(client));
    const std::weak_ptr<const ServingState> old = serving.state.load();
    serving.state.update([](const auto&) {
        return std::make_shared<ServingState>(sample_state(checks::Health::unhealthy));
    });
    const auto reply = client.ask(kLookup);
    REQUIRE(reply);
    CHECK(reply->find("192.0.2.2") != std::string::npos);
    CHECK(old.expired());
}

TEST_CASE("an idle worker lets go of a replaced state", "[backend][server]") {
    Serving serving({.tick = std::chrono::milliseconds(10)}, 2);
    auto client = serving.connect();
    CHECK(answers(client));
    const std::weak_ptr<const ServingState> old = serving.state.load();
    serving.state.update(
        [](const auto&) { return std::make_shared<ServingState>(sample_state()); });
    CHECK(comes_true([&] { return old.expired(); }));
}

TEST_CASE("malformed requests get one well-formed no, and the connection goes on",
          "[backend][server]") {
    Serving serving;
    auto client = serving.connect();
    for (const char* line : {"", "\r", "garbage", "{", "[[[[", "{\"method\": 5}",
                             "{\"method\": \"nosuch\"}", "{\"method\": \"lookup\"}", "\xff\xfe\x01",
                             "{\"method\": \"lookup\", \"parameters\": 7}"}) {
        CAPTURE(line);
        CHECK(client.ask(line) == kNo);
    }
    CHECK(client.ask(std::string("\0\0", 2)) == kNo);
    CHECK(client.is_silent());
    CHECK(answers(client));

    const auto total = [&](Count which) { return serving.server->total(which); };
    CHECK(total(Count::not_json) == 7);
    CHECK(total(Count::no_method) == 1);
    CHECK(total(Count::bad_parameters) == 2);
    CHECK(total(Count::unsupported) == 1);
    CHECK(serving.log.lines().size() == 1);  // the others wait for their ten seconds
}

TEST_CASE("pipelined requests are answered one by one, in order", "[backend][server]") {
    Serving serving;
    auto client = serving.connect();
    CHECK(client.send(kLookup + "\n" + R"({"method": "initialize"})" + "\n\n" + kLookup + "\n"));
    const auto first = client.read_line();
    CHECK((first && first->find("192.0.2.1") != std::string::npos));
    CHECK(client.read_line() == R"({"result":true})");
    CHECK(client.read_line() == kNo);
    CHECK(client.read_line() == first);
}

TEST_CASE("a request may come byte by byte", "[backend][server]") {
    Serving serving;
    auto client = serving.connect();
    for (const char c : kLookup)
        CHECK(client.send({&c, 1}));
    CHECK(client.is_silent());
    CHECK(client.send("\n"));
    CHECK(client.read_line());
}

TEST_CASE("half a request and an end get nothing but the end", "[backend][server]") {
    Serving serving;
    auto client = serving.connect();
    CHECK(client.send(kLookup + "\n" + kLookup.substr(0, 50)));
    client.finish_sending();
    CHECK(client.read_line());
    CHECK(client.is_closed_by_peer());
}

TEST_CASE("a line over the limit is refused and the connection closed", "[backend][server]") {
    Serving serving;
    auto other = serving.connect();
    CHECK(answers(other));

    auto client = serving.connect();
    const std::string line(10'000'000, 'x');
    CHECK_FALSE(client.send(line));  // nobody reads it to its end
    CHECK(client.read_line() == kNo);
    CHECK(client.is_closed_by_peer());
    CHECK(serving.server->total(Count::too_long) == 1);
    CHECK(answers(other));
}

TEST_CASE("the limit is exact", "[backend][server]") {
    Serving serving;
    auto client = serving.connect();
    const std::string longest = kLookup + std::string(kLineMax - kLookup.size() - 1, ' ');
    CHECK(client.ask(longest));
    CHECK(answers(client));
    CHECK(client.ask(longest + " ") == kNo);
    CHECK(client.is_closed_by_peer());
}

TEST_CASE("a thousand idle connections do not delay another one", "[backend][server]") {
    Serving serving;
    std::vector<UnixClient> idle;
    for (int i = 0; i < 1000; ++i) {
        idle.push_back(serving.connect());
        if (i % 2 == 0) CHECK(idle.back().send("{\"method\": "));  // half of them in mid-request
    }
    auto client = serving.connect();
    for (int i = 0; i < 100; ++i)
        CHECK(answers(client));
    CHECK(answers(idle[1]));
    CHECK(serving.server->total(Count::connection) == 1001);
}

TEST_CASE("connections over the limit are closed without a word", "[backend][server]") {
    Serving serving({.connections = 2});
    auto first = serving.connect();
    {
        auto second = serving.connect();
        CHECK(answers(first));
        CHECK(answers(second));
        auto third = serving.connect();
        CHECK(third.is_closed_by_peer());
        CHECK(serving.server->total(Count::connection_refused) == 1);
    }
    // There is room again once the server has seen the second one go.
    CHECK(comes_true([&] {
        auto another = serving.connect();
        return answers(another);
    }));
}

TEST_CASE("a peer that does not read is bounded, and closed in the end", "[backend][server]") {
    Serving serving({.tick = std::chrono::milliseconds(20), .stalled_ticks = 50});
    auto other = serving.connect();
    CHECK(answers(other));
    auto slow = serving.connect();
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += kList + "\n";

    const std::size_t before = resident_kilobytes();
    std::size_t sent = 0;
    const bool closed = comes_true([&] {
        sent += slow.send_until_full(many);
        CHECK(answers(other));
        return serving.server->total(Count::stalled) == 1;
    });
    CHECK(closed);
    CHECK(sent < 2'000'000);  // the server stopped reading from it
    if (kMemoryIsTheProgramsOwn) CHECK(resident_kilobytes() < before + 20'000);
    CHECK(answers(other));
}

TEST_CASE("a peer that reads slowly is not closed, however long it takes", "[backend][server]") {
    using namespace std::chrono;
    constexpr milliseconds kTick(10);
    constexpr int kTicks = 200;
    Serving serving({.tick = kTick, .stalled_ticks = kTicks});
    serving.padding = std::string(4'000'000, 'x');
    auto slow = serving.connect();
    CHECK(slow.send(kCommand + "\n"));
    const auto begun = steady_clock::now();
    while (steady_clock::now() - begun < 2 * kTicks * kTick) {
        const auto next = steady_clock::now() + milliseconds(100);
        REQUIRE(slow.read_some());
        CHECK(comes_true([&] { return steady_clock::now() >= next; }));
    }
    const auto reply = slow.read_line();
    REQUIRE(reply);
    CHECK(reply->size() > serving.padding.size());
    CHECK(serving.server->total(Count::stalled) == 0);
}

TEST_CASE("a peer that leaves half a request is closed in the end", "[backend][server]") {
    Serving serving({.tick = std::chrono::milliseconds(10), .stalled_ticks = 3});
    auto idle = serving.connect();
    CHECK(answers(idle));
    auto half = serving.connect();
    CHECK(half.send(kLookup.substr(0, 30)));
    CHECK(half.is_closed_by_peer());
    CHECK(serving.server->total(Count::stalled) == 1);
    CHECK(answers(idle));  // between requests a connection may be idle for ever
}

TEST_CASE("connections are spread over the workers", "[backend][server]") {
    Serving serving({}, 3);
    std::vector<UnixClient> clients;
    for (int i = 0; i < 9; ++i)
        clients.push_back(serving.connect());
    std::vector<std::thread> threads;
    std::atomic<int> answered{0};
    for (auto& client : clients) {
        threads.emplace_back([&client, &answered] {
            for (int i = 0; i < 200; ++i)
                answered += answers(client) ? 1 : 0;
        });
    }
    for (int i = 0; i < 200; ++i) {
        serving.state.update(
            [](const auto&) { return std::make_shared<ServingState>(sample_state()); });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(answered == 9 * 200);
    CHECK(serving.server->total(Count::lookup) == 9 * 200);
}

TEST_CASE("stopping closes the connections and removes the socket", "[backend][server]") {
    Serving serving({}, 2);
    auto idle = serving.connect();
    CHECK(answers(idle));
    auto half = serving.connect();
    CHECK(half.send("{"));
    serving.server->stop();
    CHECK(idle.is_closed_by_peer());
    CHECK(half.is_closed_by_peer());
    serving.server.reset();
    CHECK_FALSE(std::filesystem::exists(serving.path));
}

TEST_CASE("a peer that does not read cannot hold up the stop", "[backend][server]") {
    Serving serving({.tick = std::chrono::milliseconds(20)});
    auto slow = serving.connect();
    CHECK(answers(slow));
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += kList + "\n";
    CHECK(slow.send_until_full(many) > 0);
    CHECK(comes_true([&] { return serving.server->total(Count::request) > 10; }));
    serving.server->stop();
    CHECK_FALSE(std::filesystem::exists(serving.path));
}

TEST_CASE("a server that never got its sockets can be stopped", "[backend][server]") {
    Running running;
    auto client = running.connect();
    running.server.reset();
    running.sockets.reset();
    CHECK(client.is_closed_by_peer());
    CHECK_FALSE(std::filesystem::exists(running.path));
}

TEST_CASE("released connections are served on, and what was asked meanwhile is answered",
          "[backend][server]") {
    Serving serving({}, 3);
    std::vector<UnixClient> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(serving.connect());
        CHECK(answers(clients.back()));
    }
    Sockets sockets = *serving.server->release();
    CHECK(sockets.connections.size() == clients.size());
    CHECK(serving.server->open_connections() == 0);
    for (auto& client : clients)
        CHECK(client.send(kLookup + "\n"));
    auto newcomer = serving.connect();  // the listener listens
    CHECK(newcomer.send(kLookup + "\n"));
    CHECK(clients.front().is_silent());
    CHECK(newcomer.is_silent());

    Running next;  // another server, which has nothing of the first but its sockets
    next.sockets.reset();
    next.sockets.emplace(std::move(sockets));
    next.serve();
    for (auto& client : clients) {
        CHECK(client.read_line());
        CHECK(answers(client));
    }
    CHECK(newcomer.read_line());
    CHECK(next.server->total(Count::connection) == clients.size() + 1);
    serving.server->stop();
    CHECK(std::filesystem::exists(serving.path));  // it is the other one's now
    CHECK(answers(clients.front()));
    next.server.reset();
    CHECK_FALSE(std::filesystem::exists(serving.path));
}

TEST_CASE("what was released can be served again by the same server", "[backend][server]") {
    Serving serving({.tick = std::chrono::milliseconds(10)}, 2);
    auto client = serving.connect();
    for (int i = 0; i < 5; ++i) {
        CHECK(answers(client));
        Sockets sockets = *serving.server->release();
        CHECK(sockets.connections.size() == 1);
        CHECK(client.send(kLookup + "\n"));
        serving.server->serve(std::move(sockets));
        CHECK(client.read_line());
        auto newcomer = serving.connect();
        CHECK(answers(newcomer));
    }
}

TEST_CASE("a release waits for the end of a request, and for no longer than it may",
          "[backend][server]") {
    // Read at once: after the reply to the first request the server has half of the second one.
    const std::string one_and_a_half = kLookup + "\n" + kLookup.substr(0, 30);
    Serving serving({.release = std::chrono::milliseconds(20000)});
    auto client = serving.connect();
    CHECK(client.send(one_and_a_half));
    CHECK(client.read_line());
    std::optional<Sockets> sockets;
    std::thread releasing([&] { sockets.emplace(*serving.server->release()); });
    CHECK(client.send(kLookup.substr(30) + "\n"));
    CHECK(client.read_line());
    releasing.join();
    CHECK(sockets->connections.size() == 1);
    CHECK(serving.server->total(Count::stalled) == 0);

    Serving hasty({.release = std::chrono::milliseconds(20)});
    auto half = hasty.connect();
    auto idle = hasty.connect();
    CHECK(answers(idle));
    CHECK(half.send(one_and_a_half));
    CHECK(half.read_line());
    const Sockets rest = *hasty.server->release();
    CHECK(rest.connections.size() == 1);
    CHECK(hasty.server->total(Count::stalled) == 1);
    CHECK(half.is_closed_by_peer());
}

TEST_CASE("a worker that hangs ends no release, and everything is served on", "[backend][server]") {
    Serving serving({.release = std::chrono::milliseconds(200)}, 2);
    std::vector<UnixClient> clients;  // two for each worker, in turn
    for (int i = 0; i < 4; ++i) {
        clients.push_back(serving.connect());
        CHECK(answers(clients.back()));
    }
    std::promise<void> hangs;
    std::promise<void> ends;
    serving.on_command = [&] {
        hangs.set_value();
        ends.get_future().wait();
    };
    CHECK(clients[1].send(kCommand + "\n"));
    hangs.get_future().wait();
    CHECK_FALSE(bool(serving.server->release()));
    CHECK(answers(clients[0]));  // of the other worker
    ends.set_value();
    CHECK(clients[1].read_line());
    for (auto& client : clients)
        CHECK(answers(client));
    auto newcomer = serving.connect();
    CHECK(answers(newcomer));
    const auto all = serving.server->release();
    REQUIRE(bool(all));
    CHECK(all->connections.size() == clients.size() + 1);
}

const std::string kNoDescriptor = "cannot accept a connection: Too many open files";

TEST_CASE("who connects while there is no descriptor left is served later", "[backend][server]") {
    Serving serving;
    auto first = serving.connect();
    CHECK(answers(first));
    const ScarceDescriptors scarce(1);  // for who connects
    auto second = serving.connect();
    CHECK(comes_true([&] { return serving.log.has(kNoDescriptor); }));
    CHECK(answers(first));
    scarce.end();
    CHECK(answers(second));
}

TEST_CASE("a failed accept of before a release disturbs nobody after it", "[backend][server]") {
    Serving serving;
    const ScarceDescriptors scarce(1);
    auto client = serving.connect();
    CHECK(comes_true([&] { return serving.log.has(kNoDescriptor); }));
    scarce.end();
    auto sockets = *serving.server->release();
    const auto failed = serving.server->total(Count::accept_failed);
    CHECK(failed >= 1);
    serving.server->serve(std::move(sockets));
    const auto tried_again = SteadyClock().now() + std::chrono::milliseconds(300);
    CHECK(comes_true([&] { return answers(client) && SteadyClock().now() > tried_again; }));
    CHECK(serving.server->total(Count::accept_failed) == failed);
}

TEST_CASE("workers give signs of life, questions or not", "[backend][server]") {
    Serving serving({.tick = std::chrono::milliseconds(10)}, 2);
    const auto before = serving.server->last_sign_of_life();
    CHECK(comes_true([&] { return serving.server->last_sign_of_life() > before; }));
}

TEST_CASE("a worker interrupts nobody, and the others stay as they were", "[backend][server]") {
    const int before = ::sched_getscheduler(0);
    std::promise<int> workers;
    Serving serving;
    serving.on_command = [&] { workers.set_value(::sched_getscheduler(0)); };
    UnixClient client = serving.connect();
    REQUIRE(client.ask(kCommand));
    CHECK(workers.get_future().get() == (before == SCHED_OTHER ? SCHED_BATCH : before));
    CHECK(::sched_getscheduler(0) == before);
}

}  // namespace
}  // namespace fairlead::backend
