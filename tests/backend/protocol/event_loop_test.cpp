// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/event_loop.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

/// A connected pair, of which the loop watches one end.
class Peer final : public EventLoop::Watcher {
  public:
    explicit Peer(EventLoop& loop) : loop_(loop) {
        int pair[2] = {};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
        ours = Descriptor(pair[0]);
        theirs = Descriptor(pair[1]);
        REQUIRE(loop.watch(ours.get(), EPOLLIN, *this));
    }
    ~Peer() { loop_.forget(ours.get(), *this); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    void ready(std::uint32_t events) override {
        const auto call = on_ready;  // which may destroy this
        call(events);
    }
    void speak() const { REQUIRE(::write(theirs.get(), "x", 1) == 1); }

    Descriptor ours;
    Descriptor theirs;
    std::function<void(std::uint32_t)> on_ready;

  private:
    EventLoop& loop_;
};

TEST_CASE("what is ready is reported until it is taken", "[backend][event loop]") {
    EventLoop loop;
    Peer peer(loop);
    int reports = 0;
    peer.on_ready = [&](std::uint32_t events) {
        CHECK((events & EPOLLIN) != 0);
        if (++reports == 3) loop.stop();
    };
    peer.speak();
    loop.run();
    CHECK(reports == 3);
}

TEST_CASE("a watcher may be destroyed while its event waits its turn", "[backend][event loop]") {
    EventLoop loop;
    auto first = std::make_unique<Peer>(loop);
    auto second = std::make_unique<Peer>(loop);
    int reports = 0;
    first->on_ready = second->on_ready = [&](std::uint32_t) {
        ++reports;
        loop.stop();
        first.reset();
        second.reset();
    };
    first->speak();
    second->speak();
    loop.run();
    CHECK(reports == 1);
}

TEST_CASE("with nothing awaited the end of a connection is still reported",
          "[backend][event loop]") {
    EventLoop loop;
    Peer peer(loop);
    std::uint32_t reported = 0;
    peer.on_ready = [&](std::uint32_t events) {
        reported = events;
        loop.stop();
    };
    peer.speak();
    loop.change(peer.ours.get(), 0, peer);
    peer.theirs = Descriptor();
    loop.run();
    CHECK((reported & EPOLLHUP) != 0);
    CHECK((reported & EPOLLIN) == 0);
}

TEST_CASE("tasks of other threads run on the loop's, each thread's in order",
          "[backend][event loop]") {
    constexpr int kThreads = 3;
    constexpr int kTasks = 1000;
    EventLoop loop;
    std::vector<std::vector<int>> ran(kThreads);
    int total = 0;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            for (int task = 0; task < kTasks; ++task) {
                loop.post([&, i, task] {
                    ran[i].push_back(task);
                    if (++total == kThreads * kTasks) loop.stop();
                });
            }
        });
    }
    loop.run();
    for (auto& thread : threads)
        thread.join();
    for (const auto& order : ran) {
        CHECK(order.size() == kTasks);
        CHECK(std::is_sorted(order.begin(), order.end()));
    }
}

TEST_CASE("a task may post another", "[backend][event loop]") {
    EventLoop loop;
    loop.post([&] { loop.post([&] { loop.stop(); }); });
    loop.run();
}

TEST_CASE("timers come again, or once", "[backend][event loop]") {
    using std::chrono::milliseconds;
    EventLoop loop;
    int periodic = 0;
    int single = 0;
    Timer one(loop, [&] { ++single; });
    Timer many(loop, [&] {
        if (++periodic >= 5 && single == 1) loop.stop();
    });
    const auto start = std::chrono::steady_clock::now();
    one.once_after(milliseconds(1));
    many.every(milliseconds(2));
    loop.run();
    CHECK(single == 1);
    CHECK(periodic >= 5);
    CHECK(std::chrono::steady_clock::now() - start >= milliseconds(10));
}

}  // namespace
}  // namespace fairlead::backend
