// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/session.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace fairlead::backend {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// What an idle connection keeps at most: enough for any usual request, and for its reply.
constexpr std::size_t kIdleBuffer = 2048;
constexpr std::size_t kIdleReply = 16384;

}  // namespace

Session::Session(Socket socket, Host& host)
    : socket_(std::move(socket)), host_(host), input_(kIdleBuffer) {}

void Session::start() {
    error_code error;
    socket_.non_blocking(true, error);
    if (error) return end();
    read();
}

bool Session::is_stalled_after_tick(int ticks_max) {
    const bool waiting = writing_ || put_off_ || begin_ != end_;
    ticks_waiting_ = waiting ? ticks_waiting_ + 1 : 0;
    return ticks_waiting_ > ticks_max;
}

void Session::finish() {
    finishing_ = true;
    if (!writing_ && !put_off_) end();
}

void Session::end() {
    if (std::exchange(ended_, true)) return;
    error_code ignored;  // it is gone either way
    socket_.close(ignored);
    host_.ended(*this);
}

void Session::read() {
    make_room();
    const auto space = asio::buffer(input_.data() + end_, input_.size() - end_);
    socket_.async_read_some(space,
                            [self = shared_from_this()](const error_code& error, std::size_t got) {
                                // The end of the stream, or of the session; half a request is
                                // nobody's question.
                                if (error) return self->end();
                                self->end_ += got;
                                self->serve_lines();
                            });
}

/// Moves what is unanswered to the front, and doubles the buffer when it is full.
void Session::make_room() {
    std::copy(input_.data() + begin_, input_.data() + end_, input_.data());
    searched_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
    if (end_ == 0 && input_.size() > kIdleBuffer) input_ = std::vector<char>(kIdleBuffer);
    if (end_ == input_.size()) input_.resize(std::min(2 * input_.size(), kLineMax));
}

void Session::serve_lines() {
    std::string_view line;
    while (!finishing_ && next_line(line)) {
        ticks_waiting_ = 0;
        reply_.clear();
        put_off_ = !host_.answer(*this, line, reply_);
        if (put_off_ || !send()) return;
    }
    if (!finishing_ && line_is_too_long()) {
        finishing_ = true;
        reply_.clear();
        host_.refuse_long_line({input_.data() + begin_, end_ - begin_}, reply_);
        if (!send()) return;
    }
    finishing_ ? end() : read();
}

/// Takes the next complete line off the input. `line` is valid until the next read.
bool Session::next_line(std::string_view& line) {
    const char* const from = input_.data() + searched_;
    const char* const to = input_.data() + end_;
    const char* const newline = std::find(from, to, '\n');
    searched_ = end_;
    if (newline == to) return false;
    const auto after = static_cast<std::size_t>(newline - input_.data()) + 1;
    line = {input_.data() + begin_, after - 1 - begin_};
    begin_ = searched_ = after;
    return true;
}

void Session::reply_later(std::string_view reply) {
    put_off_ = false;
    if (ended_) return;
    ticks_waiting_ = 0;
    reply_ = reply;
    if (send()) serve_lines();
}

bool Session::line_is_too_long() const {
    return end_ - begin_ >= kLineMax;
}

/// True when the reply went out as a whole, as nearly all do. Else it is on its way and
/// serve_lines() goes on after it, or the session has ended.
bool Session::send() {
    error_code error;
    const std::size_t sent = socket_.write_some(asio::buffer(reply_), error);
    if (error && error != asio::error::would_block) {
        end();
        return false;
    }
    if (sent < reply_.size()) {
        send_rest(sent);
        return false;
    }
    drop_large_reply();
    return true;
}

void Session::send_rest(std::size_t sent) {
    writing_ = true;
    const auto rest = asio::buffer(reply_) + sent;
    asio::async_write(socket_, rest,
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                          self->writing_ = false;
                          self->ticks_waiting_ = 0;
                          if (error) return self->end();
                          self->drop_large_reply();
                          self->serve_lines();
                      });
}

void Session::drop_large_reply() {
    if (reply_.capacity() > kIdleReply) reply_ = std::string();
}

}  // namespace fairlead::backend
