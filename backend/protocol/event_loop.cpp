// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/event_loop.h"

#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace fairlead::backend {
namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::system_category(), what);
}

Descriptor opened(int number, const char* what) {
    if (number < 0) fail(what);
    return Descriptor(number);
}

epoll_event interest(std::uint32_t events, EventLoop::Watcher& watcher) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watcher;
    return event;
}

/// Of an eventfd or a timerfd: takes what has been counted, so that it is not ready any more.
void take_count(int descriptor) {
    std::uint64_t count = 0;
    (void)!::read(descriptor, &count, sizeof count);  // the count itself says nothing new
}

}  // namespace

EventLoop::EventLoop()
    : epoll_(opened(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")), wakeup_(*this) {}

bool EventLoop::watch(int descriptor, std::uint32_t events, Watcher& watcher) {
    epoll_event event = interest(events, watcher);
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void EventLoop::change(int descriptor, std::uint32_t events, Watcher& watcher) {
    epoll_event event = interest(events, watcher);
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event) != 0) fail("epoll_ctl");
}

void EventLoop::forget(int descriptor, Watcher& watcher) {
    (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);  // or it never was there
    for (epoll_event& event : reported_) {
        if (event.data.ptr == &watcher) event.data.ptr = nullptr;
    }
}

void EventLoop::post(Task task) {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (tasks_.size() == 1) wakeup_.wake();
}

void EventLoop::run() {
    while (!stopping_) {
        const int count =
            ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), -1);
        if (count < 0 && errno != EINTR) fail("epoll_wait");
        reported_ = std::span(events_).first(count < 0 ? 0 : static_cast<std::size_t>(count));
        for (const epoll_event& event : reported_) {
            auto* const watcher = static_cast<Watcher*>(event.data.ptr);
            if (watcher != nullptr) watcher->ready(event.events);
        }
        reported_ = {};
    }
}

void EventLoop::drop_tasks() {
    (void)take_tasks();
}

void EventLoop::run_tasks() {
    for (const Task& task : take_tasks())
        task();
}

std::vector<EventLoop::Task> EventLoop::take_tasks() {
    const std::lock_guard lock(mutex_);
    return std::exchange(tasks_, {});
}

EventLoop::Wakeup::Wakeup(EventLoop& loop)
    : loop_(loop), descriptor_(opened(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
    if (!loop.watch(descriptor_.get(), EPOLLIN, *this)) fail("epoll_ctl");
}

void EventLoop::Wakeup::ready(std::uint32_t) {
    take_count(descriptor_.get());
    loop_.run_tasks();
}

void EventLoop::Wakeup::wake() const {
    const std::uint64_t one = 1;
    (void)!::write(descriptor_.get(), &one, sizeof one);  // fails only when it is awake anyway
}

Timer::Timer(EventLoop& loop, std::function<void()> expired)
    : loop_(loop),
      expired_(std::move(expired)),
      descriptor_(
          opened(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")) {
    if (!loop.watch(descriptor_.get(), EPOLLIN, *this)) fail("epoll_ctl");
}

Timer::~Timer() {
    loop_.forget(descriptor_.get(), *this);
}

void Timer::set(std::chrono::milliseconds first, std::chrono::milliseconds period) {
    const auto in_kernels_terms = [](std::chrono::milliseconds time) {
        const auto whole = std::chrono::floor<std::chrono::seconds>(time);
        return timespec{.tv_sec = whole.count(),
                        .tv_nsec = std::chrono::nanoseconds(time - whole).count()};
    };
    const itimerspec times{.it_interval = in_kernels_terms(period),
                           .it_value = in_kernels_terms(first)};
    if (::timerfd_settime(descriptor_.get(), 0, &times, nullptr) != 0) fail("timerfd_settime");
}

void Timer::ready(std::uint32_t) {
    take_count(descriptor_.get());
    expired_();
}

}  // namespace fairlead::backend
