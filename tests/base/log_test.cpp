// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "base/event.h"
#include "tests/support/catch.h"

namespace fairlead {
namespace {

/// Standard error goes into memory while this lives.
class CapturedError {
  public:
    CapturedError() {
        REQUIRE(before_ >= 0);
        REQUIRE(::dup2(memory_, STDERR_FILENO) == STDERR_FILENO);
    }
    ~CapturedError() {
        (void)::dup2(before_, STDERR_FILENO);
        (void)::close(before_);
        (void)::close(memory_);
    }
    CapturedError(const CapturedError&) = delete;
    CapturedError& operator=(const CapturedError&) = delete;

    [[nodiscard]] std::string text() const {
        std::string text(65536, '\0');
        const auto size = ::pread(memory_, text.data(), text.size(), 0);
        text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return text;
    }
    /// As systemd sets JOURNAL_STREAM for what is connected here.
    [[nodiscard]] std::string stream() const {
        struct stat about {};
        REQUIRE(::fstat(memory_, &about) == 0);
        return std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino);
    }

  private:
    const int before_ = ::dup(STDERR_FILENO);
    const int memory_ = ::memfd_create("stderr", 0);
};

/// What a log with this JOURNAL_STREAM writes; {} stands for the right one, nullptr for none.
template <typename Use>
std::string written(const char* journal_stream, Use&& use) {
    const CapturedError error;
    const bool right = journal_stream != nullptr && std::string(journal_stream) == "{}";
    if (journal_stream != nullptr) {
        ::setenv("JOURNAL_STREAM", right ? error.stream().c_str() : journal_stream, 1);
    }
    Log log;
    ::unsetenv("JOURNAL_STREAM");
    use(log);
    return error.text();
}

void say_each(Log& log) {
    log.debug("one");
    log.info("two");
    log.warning("three");
    log.error("four");
}

TEST_CASE("lines have the journal's priorities where the journal reads them", "[base][log]") {
    const auto all = [](Log& log) {
        log.configure({.lowest = LogLevel::debug});
        say_each(log);
    };
    CHECK(written("{}", all) == "<7>one\n<6>two\n<4>three\n<3>four\n");
}

TEST_CASE("a stream that is not the journal's has time stamps and no priorities", "[base][log]") {
    for (const char* stream : {static_cast<const char*>(nullptr), "1:2", "", "8:", "x"}) {
        const auto text = written(stream, say_each);
        CAPTURE(text);
        CHECK(text.find('<') == std::string::npos);
        CHECK(text.find("one") == std::string::npos);
        CHECK(text.find(" info two\n") != std::string::npos);
        CHECK(text.find(" warning three\n") != std::string::npos);
    }
}

TEST_CASE("the level and the format change while it is in use", "[base][log]") {
    const auto text = written("{}", [](Log& log) {
        log.configure({.lowest = LogLevel::error});
        say_each(log);
        log.configure({.format = LogFormat::json, .lowest = LogLevel::warning});
        say_each(log);
    });
    REQUIRE(text.find('\n') == std::string("<3>four").size());
    CHECK(text.starts_with("<3>four\n<4>{\"time\":"));
    CHECK(text.find("\"level\":\"warning\",\"message\":\"three\"}\n<3>{") != std::string::npos);
    CHECK(text.find("two") == std::string::npos);
}

TEST_CASE("an event has its members in JSON, and its line otherwise", "[base][log]") {
    const Event event{.kind = EventKind::caches, .subject = "pdns", .text = "purged\nall"};
    CHECK(written("{}", [&](Log& log) { log.report(event); }) == "<6>purged\\x0aall\n");
    const auto line = written(nullptr, [&](Log& log) {
        log.configure({.format = LogFormat::json});
        log.report(event);
    });
    const auto json = nlohmann::json::parse(line);
    CHECK(json["kind"] == "caches");
    CHECK(json["message"] == "purged\nall");
}

TEST_CASE("levels have names", "[base][log]") {
    for (const auto level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error})
        CHECK(log_level_named(to_string(level)) == level);
    CHECK_FALSE(log_level_named("notice"));
    CHECK_FALSE(log_level_named(""));
}

TEST_CASE("a limit lets one line through in each interval", "[base][log]") {
    LogLimit limit(std::chrono::seconds(10));
    const TimePoint start{std::chrono::hours(1)};
    CHECK(limit.allows(start));
    CHECK_FALSE(limit.allows(start + std::chrono::seconds(9)));
    CHECK(limit.allows(start + std::chrono::seconds(10)));
    CHECK_FALSE(limit.allows(start + std::chrono::seconds(19)));
}

}  // namespace
}  // namespace fairlead
