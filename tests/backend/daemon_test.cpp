// SPDX-License-Identifier: Apache-2.0

// The whole process but its command line, in this one: real checks, real socket, real signals.

#include "backend/daemon.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "backend/handover.h"
#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/sample_state.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

const std::string kLookup =
    R"({"method": "lookup", "parameters": {"qname": "www.example.com.", "qtype": "A",)"
    R"( "remote": "192.0.2.53", "real-remote": "192.0.2.53/32", "zone-id": 0}})";

/// A TCP port of 127.0.0.1 that refuses connections as long as this object lives: bound, but not
/// listened on.
class RefusingPort {
  public:
    RefusingPort() : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(descriptor_, generic, size) == 0);
        REQUIRE(::getsockname(descriptor_, generic, &size) == 0);
        number = ntohs(address.sin_port);
    }
    ~RefusingPort() { ::close(descriptor_); }
    RefusingPort(const RefusingPort&) = delete;
    RefusingPort& operator=(const RefusingPort&) = delete;

    /// From now on it accepts.
    void listen() const { REQUIRE(::listen(descriptor_, 16) == 0); }

    std::uint16_t number = 0;

  private:
    int descriptor_;
};

/// www.example.com.: failover from 127.0.0.1, whose TCP port `port` is checked, to 192.0.2.2.
std::shared_ptr<const policy::Catalog> catalog_checking(std::uint16_t port) {
    policy::CatalogBuilder builder;
    builder.add_zone(*DnsName::parse("example.com."), 7);
    builder.add_static(0, *DnsName::parse("example.com."), {"SOA", 3600, kSoa, true});
    const auto check =
        builder.add_check({.name = "port", .probe = checks::TcpProbe{}, .port = port});
    const auto subject = builder.subject({check, *IpAddress::parse("127.0.0.1")});
    add_sample_steering(builder, "www.example.com.",
                        {.policy = policy::Policy::failover,
                         .targets = {sample_target(builder, "127.0.0.1", "", subject),
                                     sample_target(builder, "192.0.2.2", "", checks::kUnchecked)}},
                        30);
    return std::make_shared<policy::Catalog>(std::move(builder).build({}));
}

/// run_daemon() on a thread; stopped by SIGTERM at the end.
class RunningDaemon {
  public:
    explicit RunningDaemon(const config::Loaded& loaded, const std::filesystem::path& config = {},
                           bool take_over = false)
        : thread_([this, config, loaded, take_over] {
              exit_code = run_daemon(config, loaded, log, take_over);
          }) {
        REQUIRE(comes_true([this] {
            return log.has("listening on") || log.has("in place of") || exit_code >= 0;
        }));
    }
    ~RunningDaemon() { stop(); }
    RunningDaemon(const RunningDaemon&) = delete;
    RunningDaemon& operator=(const RunningDaemon&) = delete;

    void stop() {
        if (!thread_.joinable()) return;
        if (exit_code < 0 && comes_true([this] { return log.has("ready:"); })) {
            ::kill(::getpid(), SIGTERM);
        }
        thread_.join();
    }

    MemoryLog log;
    std::atomic<int> exit_code{-1};

  private:
    std::thread thread_;
};

config::Loaded loaded_with(std::shared_ptr<const policy::Catalog> catalog,
                           const std::filesystem::path& socket) {
    config::Loaded loaded;
    loaded.server.socket = socket;
    loaded.server.state_dir.clear();
    loaded.catalog = std::move(catalog);
    loaded.locator = *geo::Locator::open({});
    return loaded;
}

TEST_CASE("an endpoint that refuses is out of the very first answer", "[backend][daemon]") {
    const TemporaryDirectory directory;
    const RefusingPort port;
    const auto path = directory / "pdns.sock";
    RunningDaemon daemon(loaded_with(catalog_checking(port.number), path));
    UnixClient client(path);
    const auto reply = client.ask(kLookup);
    REQUIRE(reply);
    CHECK(reply->find("192.0.2.2") != std::string::npos);
    CHECK(reply->find("127.0.0.1") == std::string::npos);

    daemon.stop();
    CHECK(daemon.exit_code == kExitClean);
    CHECK(client.is_closed_by_peer());
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK(daemon.log.has("ready: 1 zone, 2 names, 1 checked address"));
    CHECK(daemon.log.has("stopped after 1 request (1 lookup, 0 unsupported, 0 refused)"));
}

TEST_CASE("SIGHUP takes up a changed configuration on open connections", "[backend][daemon]") {
    const TemporaryDirectory directory;
    const auto config = directory / "fairlead.yaml";
    const auto write = [&](const std::string& address) {
        std::ofstream(config) << "server: {socket: pdns.sock, state_dir: none}\n"
                              << "zones: {example.com: {ns: [ns.example.net.], records: {www: "
                              << "{policy: multivalue, targets: [" << address << "]}}}}\n";
    };
    write("192.0.2.1");
    RunningDaemon daemon(*config::load(config).loaded, config);
    UnixClient client(directory / "pdns.sock");
    const auto answers = [&](const char* address) {
        return client.ask(kLookup).value_or("").find(address) != std::string::npos;
    };
    CHECK(answers("192.0.2.1"));
    write("192.0.2.2");
    ::kill(::getpid(), SIGHUP);
    CHECK(comes_true([&] { return answers("192.0.2.2"); }));
    CHECK(comes_true([&] { return daemon.log.has("(names: 1 changed)"); }));

    write("nonsense");
    ::kill(::getpid(), SIGHUP);
    CHECK(comes_true([&] { return daemon.log.has("not reloaded: 1 error"); }));
    CHECK(answers("192.0.2.2"));
    daemon.stop();
    CHECK(daemon.exit_code == kExitClean);
}

TEST_CASE("after a restart the first answer comes from the last known state", "[backend][daemon]") {
    const TemporaryDirectory directory;
    const RefusingPort port;
    auto loaded = loaded_with(catalog_checking(port.number), directory / "pdns.sock");
    loaded.server.state_dir = directory / "";
    RunningDaemon(loaded).stop();

    // It is up again, which takes three probes to be believed. Without a memory one would do.
    port.listen();
    RunningDaemon daemon(loaded);
    UnixClient client(directory / "pdns.sock");
    const auto reply = client.ask(kLookup);
    REQUIRE(reply);
    CHECK(reply->find("192.0.2.2") != std::string::npos);
    CHECK(reply->find("127.0.0.1") == std::string::npos);
    CHECK(daemon.log.has(": 1 checked address, 1 unhealthy"));
}

TEST_CASE("a successor has the connections, and the verdicts, of the one before",
          "[backend][daemon]") {
    const TemporaryDirectory directory;
    const RefusingPort port;
    const auto path = directory / "pdns.sock";
    const auto loaded = loaded_with(catalog_checking(port.number), path);  // without a state_dir
    RunningDaemon first(loaded);
    UnixClient client(path);
    CHECK(client.ask(kLookup));
    CHECK(comes_true([&] { return first.log.has("ready:"); }));

    port.listen();  // up again, which its successor sees by one probe, but would not believe yet
    RunningDaemon second(loaded, {}, true);
    CHECK(comes_true([&] { return first.exit_code >= 0; }));
    CHECK(first.exit_code == kExitClean);
    CHECK(first.log.has("replaced after 1 request"));
    const auto reply = client.ask(kLookup);
    REQUIRE(reply);
    CHECK(reply->find("192.0.2.2") != std::string::npos);
    CHECK(reply->find("127.0.0.1") == std::string::npos);
    UnixClient another(path);
    CHECK(another.ask(kLookup));

    second.stop();
    CHECK(second.exit_code == kExitClean);
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK_FALSE(std::filesystem::exists(handover_path(path)));
}

TEST_CASE("a second instance does not start and harms nothing", "[backend][daemon]") {
    const TemporaryDirectory directory;
    const auto path = directory / "pdns.sock";
    const auto loaded = loaded_with(sample_catalog_without_checks(), path);
    RunningDaemon daemon(loaded);
    UnixClient client(path);
    CHECK(client.ask(kLookup));

    MemoryLog log;
    CHECK(run_daemon({}, loaded, log) == kExitCannotStart);
    CHECK(log.has("another process"));
    CHECK(client.ask(kLookup));
    UnixClient another(path);
    CHECK(another.ask(kLookup));
}

}  // namespace
}  // namespace fairlead::backend
