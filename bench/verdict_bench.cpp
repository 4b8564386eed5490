// SPDX-License-Identifier: Apache-2.0

// How long after a verdict the answer changes, and what a mass failure costs. Real probes of
// loopback, a real connection to the unix socket; no PowerDNS, whose caches never hold such a name.
//
// 1. One target fails and recovers again and again: from the log line of each verdict to the first
//    reply that follows it, as a histogram.
// 2. Ten thousand targets fail at once, by refusing and by silence, with the defaults of a check:
//    how soon all are found, and what queries, the log and the publication have of it.
//
// Fails when an answer is wrong or a failure is never found. Run it on a release build:
//     build/release/bench/verdict_bench [TURNS] [TARGETS] [INTERVAL_S]

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backend/events/event_recorder.h"
#include "backend/protocol/server.h"
#include "backend/serving.h"
#include "base/descriptor.h"
#include "bench/count_argument.h"
#include "config/load.h"
#include "tests/backend/protocol/unix_client.h"

namespace fairlead::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::exit(1);
}

/// A TCP port on every address of 127.0.0.0/8 that accepts, refuses or drops what comes.
class Targets {
  public:
    Targets() {
        sockaddr_in any{};
        any.sin_family = AF_INET;
        listening_ = listen_at(any, 4096);
        socklen_t size = sizeof any;
        ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&any), &size);
        address_ = any;
        thread_ = std::thread([this] { run(); });
    }
    ~Targets() {
        ending_ = true;
        thread_.join();
    }
    Targets(const Targets&) = delete;
    Targets& operator=(const Targets&) = delete;

    [[nodiscard]] std::uint16_t port() const { return ntohs(address_.sin_port); }

    void refuse() { exchange({}); }
    void accept() { exchange(listen_at(address_, 4096)); }

    /// A queue that is full, and that nobody takes from.
    void fall_silent() {
        exchange({});
        silent_ = listen_at(address_, 0);
        for (Descriptor& connection : waiting_) {
            connection =
                Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            static_cast<void>(::connect(
                connection.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_));
        }
    }

  private:
    static Descriptor listen_at(const sockaddr_in& address, int backlog) {
        Descriptor made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const int yes = 1;
        ::setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        const auto* generic = reinterpret_cast<const sockaddr*>(&address);
        if (::bind(made.get(), generic, sizeof address) != 0 ||
            ::listen(made.get(), backlog) != 0) {
            fail("cannot listen on a port of all addresses");
        }
        return made;
    }
    void exchange(Descriptor next) {
        const std::lock_guard lock(mutex_);
        listening_ = std::move(next);
    }
    void run() {
        while (!ending_) {
            if (!accept_all()) std::this_thread::sleep_for(200us);
        }
    }
    bool accept_all() {
        const std::lock_guard lock(mutex_);
        if (!listening_.is_open()) return false;
        const Descriptor connection(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        return connection.is_open();
    }

    sockaddr_in address_{};
    std::mutex mutex_;
    Descriptor listening_;  // guarded by mutex_; none = refuse
    Descriptor silent_;
    std::array<Descriptor, 4> waiting_;
    std::atomic<bool> ending_{false};
    std::thread thread_;
};

/// Counts the lines of the log.
class Lines final : public Log {
  public:
    void write(LogLevel, std::string_view) override { ++count; }
    std::atomic<std::size_t> count{0};
};

/// The log of a running process, which also knows when the last verdict was told.
class Listener final : public Log {
  public:
    void write(LogLevel level, std::string_view line) override { recorder_.write(level, line); }
    void report(Event event) override {
        if (event.kind == EventKind::health) {
            const std::lock_guard lock(mutex_);
            verdict_ = Clock::now();
        }
        recorder_.report(std::move(event));
    }
    void tick() { recorder_.tick(Clock::now()); }

    std::optional<Clock::time_point> take_verdict() {
        const std::lock_guard lock(mutex_);
        return std::exchange(verdict_, std::nullopt);
    }
    [[nodiscard]] std::size_t lines() const { return lines_.count; }

  private:
    Lines lines_;
    backend::EventRecorder recorder_{lines_};
    std::mutex mutex_;
    std::optional<Clock::time_point> verdict_;  // guarded by mutex_
};

/// fairlead without its command line, serving `yaml`.
class Service {
  public:
    explicit Service(const std::string& yaml) {
        auto result = config::load_text(yaml);
        if (!result.loaded) fail(result.diagnostics.front().to_string());
        serving_ = *backend::Serving::create(control_, result.loaded->catalog, {}, log);
        auto listener = backend::UnixListener::open({.path = path()});
        server_ = *backend::Server::start({.state = serving_->state(),
                                           .keystore = keystore_,
                                           .command = [](const auto&, const auto&) {},
                                           .log = log},
                                          1);
        thread_ = std::thread([this] { control_.run(); });
        std::atomic<bool> complete{false};
        serving_->start([&] { complete = true; });
        while (!complete)
            std::this_thread::sleep_for(1ms);
        server_->serve({.listener = *std::move(listener)});
    }
    ~Service() {
        serving_->stop();
        server_->stop();
        control_.stop();
        thread_.join();
    }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    [[nodiscard]] std::filesystem::path path() const { return directory_ / "pdns.sock"; }
    [[nodiscard]] std::uint64_t snapshots() const {
        return serving_->state().load()->health->generation;
    }
    [[nodiscard]] checks::CheckerLoad load() const { return serving_->checker_load(); }
    [[nodiscard]] std::size_t unhealthy() const {
        const auto state = serving_->state().load();
        return static_cast<std::size_t>(
            std::ranges::count(state->health->health, checks::Health::unhealthy));
    }

    Listener log;

  private:
    backend::TemporaryDirectory directory_;
    boost::asio::io_context control_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        control_.get_executor()};
    std::unique_ptr<backend::Serving> serving_;
    backend::KeystoreKeeper keystore_{{}, log};
    std::unique_ptr<backend::Server> server_;
    std::thread thread_;
};

const std::string kQuestion =
    R"({"method": "lookup", "parameters": {"qname": "www.example.com.", "qtype": "A", )"
    R"("remote": "192.0.2.53", "real-remote": "192.0.2.53/32"}})";

const std::string kReserve = "{address: 192.0.2.1, health_check: none}";
const std::string kOfReserve = "\"192.0.2.1\"";

std::string zone(const std::string& targets) {
    return "zones:\n  example.com:\n    ns: [ns.example.net.]\n    records:\n"
           "      www: {policy: failover, health_check: web, targets: [" +
           targets + "]}\n";
}

std::string check(std::uint16_t port, const std::string& pace) {
    return "health_checks: {web: {type: tcp, port: " + std::to_string(port) + ", " + pace + "}}\n";
}

double in_ms(Clock::duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

/// From the verdict to the first reply with `address`, in milliseconds.
double turn(Service& service, backend::UnixClient& client, const std::string& address) {
    std::string reply;
    const auto deadline = Clock::now() + 20s;
    while (reply.find(address) == std::string::npos) {
        if (Clock::now() > deadline) fail("the answer is not " + address + " but " + reply);
        reply = *client.ask(kQuestion);
    }
    const auto answered = Clock::now();
    const auto verdict = service.log.take_verdict();
    return verdict ? in_ms(answered - *verdict) : 0;
}

void print_histogram(std::vector<double> delays) {
    static constexpr std::array kBounds{0.5, 1.0, 2.0, 5.0, 10.0, 1e9};
    std::ranges::sort(delays);
    double from = 0;
    for (const double to : kBounds) {
        const auto count = std::ranges::count_if(
            delays, [&](double delay) { return delay >= from && delay < to; });
        const std::string range =
            to > 1e6 ? "above 10" : "below " + std::to_string(to).substr(0, 4);
        std::printf("  %-10s ms %5td %s\n", range.c_str(), count,
                    std::string(static_cast<std::size_t>(count * 60) / delays.size(), '#').c_str());
        from = to;
    }
    std::printf("  median %.3f ms, most %.3f ms\n", delays[delays.size() / 2], delays.back());
}

void verdict_to_answer(std::size_t turns) {
    Targets targets;
    Service service(
        check(targets.port(),
              "interval: 100ms, fast_interval: 100ms, timeout: 100ms, fall: 1, rise: 1") +
        zone("127.0.0.1, " + kReserve));
    backend::UnixClient client(service.path());
    std::vector<double> delays;
    for (std::size_t i = 0; i < turns; ++i) {
        const bool fails = i % 2 == 0;
        fails ? targets.refuse() : targets.accept();
        delays.push_back(turn(service, client, fails ? kOfReserve : "\"127.0.0.1\""));
    }
    std::printf("from the verdict to the first answer that follows it, %zu turns:\n", turns);
    print_histogram(std::move(delays));
}

struct Latencies {
    std::size_t queries = 0;
    double p50 = 0;
    double p99 = 0;
    double most = 0;
};

/// Asks at a steady pace as long as `going_on`.
template <typename Condition>
Latencies ask_while(backend::UnixClient& client, Condition going_on) {
    std::vector<double> found;
    while (going_on()) {
        const auto asked = Clock::now();
        (void)client.ask(kQuestion);
        found.push_back(in_ms(Clock::now() - asked));
        std::this_thread::sleep_until(asked + 500us);
    }
    std::ranges::sort(found);
    return {found.size(), found[found.size() / 2], found[found.size() * 99 / 100], found.back()};
}

void print(const char* when, const Latencies& l) {
    std::printf("  queries %-14s %6zu: p50 %.3f ms, p99 %.3f ms, most %.3f ms\n", when, l.queries,
                l.p50, l.p99, l.most);
}

constexpr std::size_t kPool = 1000;

/// 127.1.0.0/16, numbered.
std::string addresses(std::size_t from, std::size_t to) {
    std::string list;
    for (std::size_t i = from; i < to; ++i) {
        list += "127.1." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ", ";
    }
    return list;
}

/// Pools of addresses that are the targets of one name.
std::string pools_of(std::size_t count) {
    std::string pools = "pools:\n";
    std::string used;
    for (std::size_t first = 1; first <= count; first += kPool) {
        const auto name = "p" + std::to_string(first);
        pools += "  " + name + ": {health_check: web, endpoints: [" +
                 addresses(first, std::min(first + kPool, count + 1)) + "]}\n";
        used += "{pool: " + name + "}, ";
    }
    return pools + zone("{policy: weighted, targets: [" + used + "]}, " + kReserve);
}

/// How targets fail, and how long a probe then takes.
struct Way {
    const char* name;
    void (Targets::*begin)();
    bool silent = false;
};
constexpr std::array kWays{Way{"refuse", &Targets::refuse},
                           Way{"fall silent", &Targets::fall_silent, true}};

/// Those of a check with 10 s.
struct Pace {
    std::chrono::milliseconds interval;
    std::chrono::milliseconds timeout = interval * 2 / 5;

    [[nodiscard]] std::string yaml() const {
        return "interval: " + std::to_string(interval.count()) +
               "ms, timeout: " + std::to_string(timeout.count()) + "ms";
    }
    /// As docs/health-checks.md has it, with the other defaults.
    [[nodiscard]] std::chrono::milliseconds bound(bool silent) const {
        constexpr int kFall = 3;
        return interval * 11 / 10 + (kFall - 1) * 1s + (silent ? kFall * timeout : 0s);
    }
};

void mass_failure(std::size_t count, const Pace& pace, const Way& way) {
    Targets targets;
    Service service(check(targets.port(), pace.yaml()) + pools_of(count));
    backend::UnixClient client(service.path());
    const auto quiet_ends = Clock::now() + pace.interval;
    const auto quiet = ask_while(client, [&] { return Clock::now() < quiet_ends; });

    const auto lines = service.log.lines();
    const auto snapshots = service.snapshots();
    const auto late = service.load().late;
    std::size_t in_flight = 0;
    (targets.*way.begin)();
    const auto began = Clock::now();
    const auto failing = ask_while(client, [&] {
        service.log.tick();
        in_flight = std::max(in_flight, service.load().probes_in_flight);
        return service.unhealthy() < count && Clock::now() - began < 120s;
    });
    std::printf("%zu targets %s at once: %zu found after %.1f s (bound %.1f s)\n", count, way.name,
                service.unhealthy(), in_ms(Clock::now() - began) / 1000,
                in_ms(pace.bound(way.silent)) / 1000);
    print("before", quiet);
    print("meanwhile", failing);
    std::printf(
        "  p99 ratio %.2f; %zu log lines, %llu snapshots; up to %zu probes in flight of %zu, "
        "%llu late\n",
        failing.p99 / quiet.p99, service.log.lines() - lines,
        static_cast<unsigned long long>(service.snapshots() - snapshots), in_flight,
        service.load().probes_in_flight_max,
        static_cast<unsigned long long>(service.load().late - late));
    if (service.unhealthy() < count) fail("not all are found");
    (void)turn(service, client, kOfReserve);
}

/// To what the unit gives, where this process may.
void raise_descriptor_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t wanted = std::max<rlim_t>(limit.rlim_max, 65'536);
    const rlimit raised{wanted, wanted};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace
}  // namespace fairlead::bench

int main(int argc, char** argv) {
    using namespace fairlead::bench;
    const auto argument = [&](int i, std::size_t otherwise) {
        return count_argument(argc > i ? argv[i] : nullptr, otherwise,
                              "verdict_bench [TURNS] [TARGETS] [INTERVAL_S]");
    };
    const auto turns = argument(1, 500);
    const auto targets = argument(2, 10'000);
    const Pace pace{std::chrono::seconds(argument(3, 10))};
    raise_descriptor_limit();
    verdict_to_answer(turns);
    for (const Way& way : kWays)
        mass_failure(targets, pace, way);
    return 0;
}
