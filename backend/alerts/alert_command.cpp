// SPDX-License-Identifier: Apache-2.0
#include "backend/alerts/alert_command.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstring>
#include <utility>

#include "checks/child_process.h"

namespace fairlead::backend {
namespace {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

constexpr std::size_t kOutputMax = 200;  // of what it says, for the log

/// One run. Kept alive by what it waits for.
class Run : public std::enable_shared_from_this<Run> {
  public:
    Run(asio::io_context& io, AlertTransport::Done done)
        : deadline_(io), exited_(io), output_(io), done_(std::move(done)) {}
    ~Run() { let_go(); }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    void start(const std::vector<std::string>& command, const std::string& body,
               std::chrono::milliseconds timeout) {
        const int error = process_.start(command, {checks::path_variable()}, body);
        if (error != 0) {
            asio::post(deadline_.get_executor(), [self = shared_from_this(), error] {
                self->finish(Delivery::failed, std::strerror(error));
            });
            return;
        }
        exited_.assign(process_.exit_descriptor());
        output_.assign(process_.output());
        exited_.async_wait(stream_descriptor::wait_read,
                           [self = shared_from_this()](const error_code& failed) {
                               if (!failed) self->on_exit();
                           });
        deadline_.expires_after(timeout);
        deadline_.async_wait([self = shared_from_this()](const error_code& cancelled) {
            if (cancelled) return;
            self->late_ = true;
            self->process_.signal_group(SIGKILL);
        });
        read_output();
    }

    void abandon() {
        done_ = nullptr;
        process_.signal_group(SIGKILL);
    }

  private:
    void read_output() {
        output_.async_read_some(
            asio::buffer(piece_),
            [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                if (error) return;
                self->keep(bytes);
                self->read_output();
            });
    }

    void on_exit() {
        const checks::Exit exit = process_.reap();
        read_rest();
        let_go();
        if (late_) return finish(Delivery::failed, "it did not end in time");
        if (exit.signal != 0) {
            return finish(Delivery::failed, "killed by signal " + std::to_string(exit.signal));
        }
        if (exit.status == 0) return finish(Delivery::done, "");
        finish(Delivery::failed,
               "status " + std::to_string(exit.status) + " " + text_.substr(0, text_.find('\n')));
    }

    /// What it said at the end, without waiting for more.
    void read_rest() {
        while (text_.size() < kOutputMax) {
            const auto bytes = ::read(process_.output(), piece_.data(), piece_.size());
            if (bytes <= 0) return;
            keep(static_cast<std::size_t>(bytes));
        }
    }

    void keep(std::size_t bytes) {
        text_.append(piece_.data(), std::min(bytes, kOutputMax - text_.size()));
    }

    /// Asio first, because the descriptors are the process's to close.
    void let_go() {
        if (output_.is_open()) output_.release();
        if (exited_.is_open()) exited_.release();
    }

    void finish(Delivery delivery, const std::string& problem) {
        deadline_.cancel();
        const auto done = std::exchange(done_, nullptr);
        if (done) done(delivery, problem);
    }

    checks::ChildProcess process_;
    asio::steady_timer deadline_;
    stream_descriptor exited_;
    stream_descriptor output_;
    AlertTransport::Done done_;  // empty once called
    bool late_ = false;
    std::array<char, 4096> piece_{};
    std::string text_;
};

class Command final : public AlertTransport {
  public:
    Command(asio::io_context& io, std::vector<std::string> command,
            std::chrono::milliseconds timeout)
        : io_(io), command_(std::move(command)), timeout_(timeout) {}
    ~Command() override {
        if (const auto run = run_.lock()) run->abandon();
    }
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;

    void send(const std::string& body, Done done) override {
        const auto run = std::make_shared<Run>(io_, std::move(done));
        run_ = run;
        run->start(command_, body, timeout_);
    }

  private:
    asio::io_context& io_;
    const std::vector<std::string> command_;
    const std::chrono::milliseconds timeout_;
    std::weak_ptr<Run> run_;
};

}  // namespace

std::unique_ptr<AlertTransport> make_alert_command(asio::io_context& io,
                                                   std::vector<std::string> command,
                                                   std::chrono::milliseconds timeout) {
    return std::make_unique<Command>(io, std::move(command), timeout);
}

}  // namespace fairlead::backend
