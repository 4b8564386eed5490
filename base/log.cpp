// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <string>

#include "base/event.h"

namespace fairlead {
namespace {

/// systemd's journal stamps lines itself and takes the priority from a "<N>" in front.
bool journal_reads_us() {
    return std::getenv("JOURNAL_STREAM") != nullptr;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

std::string_view journal_priority(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "<7>";
        case LogLevel::info:
            return "<6>";
        case LogLevel::warning:
            return "<4>";
        case LogLevel::error:
            return "<3>";
    }
    return "<3>";
}

std::string printable(std::string_view line) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    out.reserve(line.size());
    for (const char c : line) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) {
            out += c;
        } else {
            out += "\\x";
            out += kHex[byte / 16];
            out += kHex[byte % 16];
        }
    }
    return out;
}

}  // namespace

struct Log::Sink {
    spdlog::logger logger{"fairlead", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
    bool journal = journal_reads_us();
};

Log::Log(LogLevel lowest) : sink_(std::make_unique<Sink>()) {
    sink_->logger.set_level(spdlog_level(lowest));
    sink_->logger.flush_on(spdlog::level::debug);
    sink_->logger.set_pattern(sink_->journal ? "%v" : "%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view line) {
    const std::string_view priority = sink_->journal ? journal_priority(level) : "";
    sink_->logger.log(spdlog_level(level), "{}{}", priority, printable(line));
}

void Log::report(Event event) {  // NOLINT(performance-unnecessary-value-param): others keep it
    write(event.severity, event.text);
}

bool LogLimit::allows(TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (now < next_) return false;
    next_ = now + interval_;
    return true;
}

}  // namespace fairlead
