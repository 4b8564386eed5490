// SPDX-License-Identifier: Apache-2.0
#include "checks/exec_probe.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "checks/child_process.h"
#include "checks/failure.h"
#include "checks/stopwatch.h"

namespace fairlead::checks {
namespace {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

constexpr std::size_t kOutputMax = 1024;                          // bytes that are kept
constexpr std::size_t kOutputReadAtEnd = std::size_t{64} * 1024;  // what a pipe may still hold
constexpr milliseconds kGrace{500};                               // from SIGTERM to SIGKILL

/// "4" or "0.25": seconds, as commands take a timeout.
std::string seconds_with_fraction(milliseconds duration) {
    const auto count = duration.count();
    std::string text = std::to_string(count / 1000);
    if (count % 1000 == 0) return text;
    std::string fraction = std::to_string(1000 + count % 1000).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return text + '.' + fraction;
}

/// "OK - 3 ms | time=3ms;;;0" without what is for graphs.
std::string first_line(const std::string& output) {
    std::string line = output.substr(0, output.find_first_of("\r\n|"));
    while (line.ends_with(' '))
        line.pop_back();
    return printable(line);
}

Outcome verdict(const Exit& exit, const std::string& output) {
    std::string text = first_line(output);
    Outcome outcome{.layer = Layer::exec};
    if (exit.signal == 0 && exit.status <= 1) {
        outcome.detail = std::move(text);
        return outcome;
    }
    outcome.failure = Failure::status;
    outcome.detail = exit.signal != 0 ? "killed by signal " + std::to_string(exit.signal)
                                      : std::to_string(exit.status);
    if (!text.empty()) outcome.detail += ' ' + text;
    return outcome;
}

/// What all attempts of one check share.
struct CommandSettings {
    HealthCheck check;
    std::shared_ptr<CommandSlots> slots;
};

/// One attempt: starts the command, then waits for its end or the deadline. Past the deadline it
/// has answered and goes on, in its slot, until the process is gone. Kept alive by what it waits
/// for.
class Command : public std::enable_shared_from_this<Command> {
  public:
    Command(const CommandSettings& settings, const IpAddress& address, asio::io_context& io,
            Probe::Done done)
        : settings_(settings),
          slots_(settings.slots),
          address_(address),
          deadline_(io),
          exited_(io),
          output_(io),
          done_(std::move(done)) {
        slots_->take();
    }

    ~Command() {
        let_go();  // with the loop that it ran in: the slot is not given on
    }
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;

    void run() {
        await_deadline();
        process_.emplace();
        const auto& command = std::get<ExecProbe>(settings_.check.probe).command;
        const int error = process_->start(command, command_environment(settings_.check, address_));
        if (error != 0) {
            let_go();
            finish(not_started(std::strerror(error)));
            return slots_->give_back();
        }
        exited_.assign(process_->exit_descriptor());
        output_.assign(process_->output());
        exited_.async_wait(stream_descriptor::wait_read,
                           [self = shared_from_this()](const error_code& failed) {
                               if (!failed) self->on_exit();
                           });
        read_output();
    }

  private:
    bool is_done() const { return !done_; }

    void await_deadline() {
        deadline_.expires_after(settings_.check.timeout);
        deadline_.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error) self->on_deadline();
        });
    }

    void read_output() {
        output_.async_read_some(
            asio::buffer(piece_),
            [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                if (error) return;  // the end, or on_exit() has taken over
                self->keep(bytes);
                self->read_output();
            });
    }

    void keep(std::size_t bytes) {
        text_.append(piece_.data(), std::min(bytes, kOutputMax - text_.size()));
    }

    void on_exit() {
        const Exit exit = process_->reap();
        read_rest();
        let_go();
        deadline_.cancel();  // SIGKILL is not needed any more
        if (!is_done()) finish(verdict(exit, text_));
        slots_->give_back();
    }

    /// Asio first, because the descriptors are the process's to close.
    void let_go() {
        if (output_.is_open()) output_.release();  // ends the reading
        if (exited_.is_open()) exited_.release();
        process_.reset();
    }

    /// What was written before the end. Not until the end of the pipe: another process, of another
    /// group, may hold it open.
    void read_rest() {
        for (std::size_t all = 0; all < kOutputReadAtEnd && text_.size() < kOutputMax;) {
            const auto bytes = ::read(process_->output(), piece_.data(), piece_.size());
            if (bytes <= 0) return;
            keep(static_cast<std::size_t>(bytes));
            all += static_cast<std::size_t>(bytes);
        }
    }

    void on_deadline() {
        if (is_done()) return;
        process_->signal_group(SIGTERM);
        finish({.layer = Layer::exec, .failure = Failure::timeout});
        deadline_.expires_after(kGrace);
        deadline_.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error && self->process_) self->process_->signal_group(SIGKILL);
        });
    }

    static Outcome not_started(const std::string& why) {
        return {.layer = Layer::exec, .failure = Failure::resource, .detail = why};
    }

    void finish(Outcome outcome) {
        deadline_.cancel();
        outcome.duration = stopwatch_.elapsed();
        std::exchange(done_, nullptr)(std::move(outcome));
    }

    const CommandSettings& settings_;
    const std::shared_ptr<CommandSlots> slots_;
    const IpAddress address_;
    asio::steady_timer deadline_;
    std::optional<ChildProcess> process_;
    stream_descriptor exited_;
    stream_descriptor output_;
    Probe::Done done_;  // empty once called
    const Stopwatch stopwatch_;
    std::array<char, kOutputMax> piece_{};
    std::string text_;  // the first kOutputMax bytes
};

class ExecProber final : public Probe {
  public:
    explicit ExecProber(CommandSettings settings) : settings_(std::move(settings)) {}

    void start(asio::io_context& io, const IpAddress& address, Done done) const override {
        auto command = std::make_shared<Command>(settings_, address, io, std::move(done));
        asio::post(io, [command = std::move(command)] { command->run(); });
    }

  private:
    const CommandSettings settings_;
};

}  // namespace

std::vector<std::string> command_environment(const HealthCheck& check, const IpAddress& address) {
    std::vector<std::string> environment{
        path_variable(),
        "FAIRLEAD_CHECK=" + check.name,
        "FAIRLEAD_ADDRESS=" + address.to_string(),
        "FAIRLEAD_TIMEOUT=" + seconds_with_fraction(check.timeout),
    };
    if (check.port != 0) environment.push_back("FAIRLEAD_PORT=" + std::to_string(check.port));
    return environment;
}

std::unique_ptr<const Probe> make_exec_probe(const HealthCheck& check,
                                             std::shared_ptr<CommandSlots> slots) {
    return std::make_unique<ExecProber>(CommandSettings{.check = check, .slots = std::move(slots)});
}

}  // namespace fairlead::checks
