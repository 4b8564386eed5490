// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace fairlead::backend {
namespace {

/// What an idle connection keeps at most: enough for any usual request, and for its reply.
constexpr std::size_t kIdleBuffer = 2048;
constexpr std::size_t kIdleReply = 16384;

/// After recv(2) or send(2) failed: there is nothing wrong, only nothing to be done now.
bool is_only_early() {
    return errno == EAGAIN || errno == EINTR;
}

}  // namespace

Session::Session(std::uint64_t number, Descriptor socket, EventLoop& loop, Host& host)
    : number_(number), socket_(std::move(socket)), loop_(loop), host_(host), input_(kIdleBuffer) {}

Session::~Session() {
    loop_.forget(socket_.get(), *this);
}

void Session::start() {
    const bool watched = loop_.watch(socket_.get(), EPOLLIN, *this);
    watched_for_ = Awaits::request;
    if (!watched) awaits_ = Awaits::nothing;
    settle();
}

void Session::ready(std::uint32_t) {
    switch (awaits_) {
        case Awaits::request:
            read();
            break;
        case Awaits::room:
            send();
            if (awaits_ == Awaits::request) serve_lines();
            break;
        case Awaits::reply:  // all that is reported now is that the peer has gone
        case Awaits::nothing:
            awaits_ = Awaits::nothing;
            break;
    }
    settle();
}

void Session::reply_later(std::string_view reply) {
    reply_ = reply;
    send();
    if (awaits_ == Awaits::request) serve_lines();
    settle();
}

void Session::finish() {
    finishing_ = true;
    if (awaits_ == Awaits::request) awaits_ = Awaits::nothing;
    settle();
}

void Session::release() {
    releasing_ = true;
    settle();
}

void Session::end() {
    awaits_ = Awaits::nothing;
    settle();
}

bool Session::is_stalled_after_tick(int ticks_max) {
    const bool waiting = awaits_ != Awaits::request || begin_ != end_;
    ticks_waiting_ = waiting ? ticks_waiting_ + 1 : 0;
    return ticks_waiting_ > ticks_max;
}

/// Nothing is unanswered, being answered, or half answered.
bool Session::is_between_requests() const {
    return awaits_ == Awaits::request && begin_ == end_;
}

/// Tells the loop what is awaited now, or the host that nothing is any more.
void Session::settle() {
    if (awaits_ == Awaits::nothing) return host_.ended(*this);
    if (releasing_ && is_between_requests()) {
        loop_.forget(socket_.get(), *this);
        return host_.released(*this, std::move(socket_));
    }
    if (std::exchange(watched_for_, awaits_) == awaits_) return;
    const std::uint32_t events = awaits_ == Awaits::request ? EPOLLIN
                                 : awaits_ == Awaits::room  ? EPOLLOUT
                                                            : 0U;
    loop_.change(socket_.get(), events, *this);
}

void Session::read() {
    make_room();
    const ssize_t got =
        ::recv(socket_.get(), input_.data() + end_, input_.size() - end_, MSG_DONTWAIT);
    if (got < 0 && is_only_early()) return;
    if (got <= 0) {  // the end of the stream; half a request is nobody's question
        awaits_ = Awaits::nothing;
        return;
    }
    end_ += static_cast<std::size_t>(got);
    serve_lines();
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

/// Answers what is there, until a reply does not go out at once.
void Session::serve_lines() {
    std::string_view line;
    while (!finishing_ && next_line(line)) {
        reply_.clear();
        if (!host_.answer(*this, line, reply_)) {
            awaits_ = Awaits::reply;
            return;
        }
        send();
        if (awaits_ != Awaits::request) return;
    }
    if (!finishing_ && line_is_too_long()) {
        finishing_ = true;
        reply_.clear();
        host_.refuse_long_line({input_.data() + begin_, end_ - begin_}, reply_);
        send();
    }
}

/// Takes the next complete line off the input. `line` is valid until the next read.
bool Session::next_line(std::string_view& line) {
    const std::string_view input(input_.data(), end_);
    const std::size_t newline = input.find('\n', searched_);
    searched_ = end_;
    if (newline == std::string_view::npos) return false;
    line = input.substr(begin_, newline - begin_);
    begin_ = searched_ = newline + 1;
    return true;
}

bool Session::line_is_too_long() const {
    return end_ - begin_ >= kLineMax;
}

/// Sends what is left of the reply, as a rule the whole of it at once.
void Session::send() {
    const ssize_t sent = ::send(socket_.get(), reply_.data() + sent_, reply_.size() - sent_,
                                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && !is_only_early()) {
        awaits_ = Awaits::nothing;
        return;
    }
    if (sent > 0) {
        sent_ += static_cast<std::size_t>(sent);
        ticks_waiting_ = 0;
    }
    if (sent_ < reply_.size()) {
        awaits_ = Awaits::room;
        return;
    }
    sent_ = 0;
    if (reply_.capacity() > kIdleReply) reply_ = std::string();
    awaits_ = finishing_ ? Awaits::nothing : Awaits::request;
}

}  // namespace fairlead::backend
