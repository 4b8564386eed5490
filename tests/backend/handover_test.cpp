// SPDX-License-Identifier: Apache-2.0

// Both sides of a hand-over in one process: what of it the one tells and the other understands.

#include "backend/handover.h"

#include <boost/asio/io_context.hpp>
#include <fstream>
#include <thread>

#include "backend/descriptor_passing.h"
#include "backend/state_file.h"
#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/backend/scarce_descriptors.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using std::chrono::milliseconds;

TimePoint in(milliseconds wait) {
    return SteadyClock().now() + wait;
}

/// Two connected sockets.
struct Pair {
    Pair() {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        first = Descriptor(ends[0]);
        second = Descriptor(ends[1]);
    }
    Descriptor first;
    Descriptor second;
};

/// A process that can be asked for its place. Its control thread, this one, runs in turn().
struct Process {
    explicit Process(std::size_t connections, std::string state_text)
        : state(std::move(state_text)) {
        auto listener = UnixListener::open({.path = path});
        REQUIRE(bool(listener));
        sockets.emplace(Sockets{.listener = *std::move(listener)});
        for (std::size_t i = 0; i < connections; ++i) {
            peers.emplace_back();
            sockets->connections.push_back(std::move(peers.back().second));
        }
        auto opened = HandoverSocket::open(
            control, path,
            [this](std::unique_ptr<Successor> successor) {
                offered = successor->offer(*sockets, state);
                if (*offered) offered = successor->commit();
                if (*offered) heir = std::move(successor);
            },
            log);
        REQUIRE(bool(opened));
        handover = *std::move(opened);
    }

    /// Until somebody has asked, and got an answer or not.
    void turn() {
        while (!offered)
            control.run_one();
    }

    TemporaryDirectory directory;
    std::filesystem::path path = directory / "pdns.sock";
    MemoryLog log;
    boost::asio::io_context control{1};
    std::string state;
    std::vector<Pair> peers;
    std::optional<Sockets> sockets;
    std::unique_ptr<HandoverSocket> handover;
    std::optional<Result<void>> offered;
    std::unique_ptr<Successor> heir;
};

TEST_CASE("descriptors and bytes come as they were sent", "[backend][handover]") {
    Pair pair;
    Pair passed;
    const int numbers[] = {passed.first.get(), passed.second.get()};
    REQUIRE(bool(send_byte(pair.first.get(), 'a', numbers, in(milliseconds(1000)))));
    REQUIRE(bool(send_byte(pair.first.get(), 'b', {}, in(milliseconds(1000)))));
    REQUIRE(bool(send_text(pair.first.get(), "text", in(milliseconds(1000)))));
    const auto a = receive_byte(pair.second.get(), in(milliseconds(1000)));
    REQUIRE(bool(a));
    CHECK(a->kind == 'a');
    REQUIRE(a->descriptors.size() == 2);
    REQUIRE(bool(send_text(a->descriptors[0].get(), "through", in(milliseconds(1000)))));
    CHECK(*receive_text(passed.second.get(), 7, in(milliseconds(1000))) == "through");
    const auto b = receive_byte(pair.second.get(), in(milliseconds(1000)));
    REQUIRE(bool(b));
    CHECK(b->kind == 'b');
    CHECK(b->descriptors.empty());
    CHECK(*receive_text(pair.second.get(), 4, in(milliseconds(1000))) == "text");

    CHECK_FALSE(bool(receive_byte(pair.second.get(), in(milliseconds(1)))));
    pair.first = Descriptor();
    const auto end = receive_byte(pair.second.get(), in(milliseconds(1000)));
    REQUIRE(bool(end));
    CHECK(end->kind == 0);
}

TEST_CASE("a successor gets everything, however much, and then the place", "[backend][handover]") {
    for (const std::size_t connections : {0U, 1U, 253U, 254U, 600U}) {
        CAPTURE(connections);
        Process process(connections, std::string(3'000'000, 's'));
        std::optional<Predecessor::Estate> got;
        std::atomic<bool> gone{false};
        bool taken = false;
        std::thread successor([&] {
            auto predecessor = Predecessor::find(process.path);
            if (!predecessor) return;
            auto estate = predecessor->ask();
            if (!estate) return;
            got.emplace(*std::move(estate));
            taken = bool(predecessor->take_place());
            gone = predecessor->wait_until_gone(kPatience);
        });
        process.turn();
        CHECK(bool(*process.offered));
        CHECK_FALSE(gone);
        process.heir.reset();
        successor.join();
        CHECK(taken);
        CHECK(gone);
        REQUIRE(got);
        CHECK(got->state == process.state);
        REQUIRE(got->connections.size() == connections);
        CHECK(UnixListener::listens_at(got->listener.get(), process.path));
        for (std::size_t i = 0; i < connections; ++i) {
            const std::string number = std::to_string(100 + i);
            REQUIRE(bool(send_text(process.peers[i].first.get(), number, in(kPatience))));
            CHECK(*receive_text(got->connections[i].get(), 3, in(kPatience)) == number);
        }
    }
}

TEST_CASE("the size of a large state is told whole", "[backend][handover]") {
    constexpr std::size_t kLarge = 100'000'000;
    static_assert(kLarge < kStateBytesMax);
    const TemporaryDirectory directory;
    Pair pair;
    std::optional<Result<void>> offered;
    std::thread offering([&] {
        const Sockets sockets{.listener = *UnixListener::open({.path = directory / "pdns.sock"})};
        offered = Successor(std::move(pair.first)).offer(sockets, std::string(kLarge, 's'));
    });
    CHECK(receive_byte(pair.second.get(), in(kPatience))->kind == 'L');
    CHECK(receive_byte(pair.second.get(), in(kPatience))->kind == 'S');
    const auto size = receive_text(pair.second.get(), 9, in(kPatience));
    CHECK(*receive_text(pair.second.get(), 2, in(kPatience)) == "ss");
    pair.second = Descriptor();  // it need not come
    offering.join();
    REQUIRE(bool(size));
    CHECK(*size == "100000000");
    CHECK_FALSE(bool(*offered));
}

TEST_CASE("who asks while there is no descriptor left is heard later", "[backend][handover]") {
    Process process(0, "state");
    const ScarceDescriptors scarce(1);  // for who asks
    std::thread successor([&] {
        auto predecessor = Predecessor::find(process.path);
        if (predecessor && predecessor->ask()) (void)predecessor->take_place();
    });
    const TimePoint begun = SteadyClock().now();
    process.control.run_one();
    CHECK(process.log.has("cannot hear who asks for this process's place: Too many open files"));
    std::size_t tries = 0;
    for (int i = 0; i < 10; ++i)
        tries += process.control.poll_one();
    const auto pauses = (SteadyClock().now() - begun) / milliseconds(100);
    CHECK(tries <= 2 * static_cast<std::size_t>(pauses));  // each of a timer and of a wait
    scarce.end();
    process.turn();
    successor.join();
    CHECK(bool(*process.offered));
    CHECK(process.log.lines().size() == 2);
}

TEST_CASE("a successor that goes away gets nothing", "[backend][handover]") {
    Process process(3, "state");
    std::thread successor([&] {
        auto predecessor = Predecessor::find(process.path);
        if (predecessor) (void)predecessor->ask();
    });
    process.turn();
    successor.join();
    CHECK_FALSE(bool(*process.offered));
    CHECK(process.heir == nullptr);
}

TEST_CASE("who only looks, or speaks another version, is not asked further",
          "[backend][handover]") {
    Process process(0, "state");
    CHECK(Predecessor::find(process.path));
    UnixClient stranger(handover_path(process.path));
    CHECK(stranger.send("9"));
    process.control.run_one();
    process.control.run_one();
    CHECK(stranger.is_closed_by_peer());
    CHECK_FALSE(process.offered);
}

TEST_CASE("without a process there is nobody to succeed", "[backend][handover]") {
    const TemporaryDirectory directory;
    CHECK_FALSE(Predecessor::find(directory / "pdns.sock"));
    std::ofstream(directory / "pdns.sock.handover") << "no socket";
    CHECK_FALSE(Predecessor::find(directory / "pdns.sock"));
}

}  // namespace
}  // namespace fairlead::backend
