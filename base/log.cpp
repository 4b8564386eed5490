// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <string>

#include "base/event.h"
#include "base/log_line.h"

namespace fairlead {
namespace {

constexpr std::array kLevels{LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error};

/// systemd's journal stamps lines itself and takes the priority from a "<N>" in front.
bool journal_reads_us() {
    const char* const stream = std::getenv("JOURNAL_STREAM");
    return stream != nullptr && is_journal(stream, STDERR_FILENO);
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

/// With what stands before every line already in it.
spdlog::logger made_logger(const char* pattern) {
    spdlog::logger logger{"fairlead", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
    logger.set_level(spdlog::level::debug);  // settings decide, before a line is made
    logger.flush_on(spdlog::level::debug);
    logger.set_pattern(pattern);
    return logger;
}

}  // namespace

const char* to_string(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            return "error";
    }
    return "";
}

std::optional<LogLevel> log_level_named(std::string_view name) {
    for (const auto level : kLevels) {
        if (name == to_string(level)) return level;
    }
    return std::nullopt;
}

bool is_journal(std::string_view journal_stream, int descriptor) {
    struct stat stream {};
    if (::fstat(descriptor, &stream) != 0) return false;
    return journal_stream == std::to_string(stream.st_dev) + ":" + std::to_string(stream.st_ino);
}

struct Log::Sink {
    const bool journal = journal_reads_us();
    spdlog::logger bare = made_logger("%v");
    spdlog::logger stamped = made_logger("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
    // Each by itself: a line between two changes may have the one and not yet the other.
    std::atomic<LogFormat> format{LogFormat::text};
    std::atomic<LogLevel> lowest{LogLevel::info};
};

Log::Log() : sink_(std::make_unique<Sink>()) {}

Log::~Log() = default;

void Log::configure(const LogSettings& settings) {
    sink_->format = settings.format;
    sink_->lowest = settings.lowest;
}

LogSettings Log::settings() const {
    return {.format = sink_->format, .lowest = sink_->lowest};
}

void Log::write(LogLevel level, std::string_view line) {
    write(level, line, nullptr);
}

void Log::write(LogLevel level, std::string_view line, const Event* event) {
    if (level < sink_->lowest) return;
    const bool json = sink_->format == LogFormat::json;
    auto& logger = json || sink_->journal ? sink_->bare : sink_->stamped;
    const std::string_view priority = sink_->journal ? journal_priority(level) : "";
    logger.log(spdlog_level(level), "{}{}", priority,
               json ? json_line(wall_time(), level, line, event) : text_line(line));
}

void Log::report(Event event) {  // NOLINT(performance-unnecessary-value-param): others keep it
    write(event.severity, event.text, &event);
}

bool LogLimit::allows(TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (now < next_) return false;
    next_ = now + interval_;
    return true;
}

}  // namespace fairlead
