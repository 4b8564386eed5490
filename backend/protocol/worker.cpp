// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/worker.h"

#include <utility>
#include <vector>

#include "backend/protocol/administration.h"
#include "backend/protocol/reply_writer.h"
#include "base/thread.h"

namespace fairlead::backend {
namespace {

/// What a log line shows of a request that was refused.
constexpr std::size_t kExcerptMax = 100;

Count count_of(Refused::Reason reason) {
    switch (reason) {
        case Refused::Reason::not_json:
            return Count::not_json;
        case Refused::Reason::no_method:
            return Count::no_method;
        case Refused::Reason::bad_parameters:
            return Count::bad_parameters;
        case Refused::Reason::too_long:
            return Count::too_long;
    }
    return Count::not_json;
}

}  // namespace

Worker::Worker(unsigned number, std::uint64_t seed, const ServerLimits& limits, Shared& shared)
    : limits_(limits),
      shared_(shared),
      state_(shared.parts.state),
      kept_(shared.parts.keystore.state()),
      responder_(seed, number) {}

Worker::~Worker() {
    stop();
    join();
}

void Worker::start() {
    tick_.every(limits_.tick);
    thread_ = start_thread("worker", "a worker failed", shared_.log, [this] {
        interrupt_nobody();  // whoever asks is about to sleep
        loop_.run();
    });
}

void Worker::adopt(Descriptor socket) {
    ++open_;
    // Shared, because a task can be copied.
    loop_.post([this, shared = std::make_shared<Descriptor>(std::move(socket))] {
        if (released_) {
            given_back_.push_back(std::move(*shared));
            --open_;
            return;
        }
        const std::uint64_t number = ++adopted_;
        auto made = std::make_unique<Session>(number, std::move(*shared), loop_, *this);
        Session& session = *sessions_.emplace(number, std::move(made)).first->second;
        counters_.count(Count::connection);
        stopping_ ? session.end() : session.start();
    });
}

void Worker::release(Released released) {
    loop_.post([this, released = std::move(released)] {
        released_ = released;
        release_limit_.once_after(limits_.release);
        for (Session* session : all_sessions())
            session->release();
        end_release_if_done();
    });
}

void Worker::end_release_if_done() {
    if (!released_ || !sessions_.empty()) return;
    release_limit_.cancel();
    std::exchange(released_, {})(std::exchange(given_back_, {}));
}

void Worker::end_what_is_not_released() {
    if (!released_) return;
    for (Session* session : all_sessions())
        end_stalled(*session);
}

void Worker::stop() {
    loop_.post([this] {
        if (std::exchange(stopping_, true)) return;
        for (Session* session : all_sessions())
            session->finish();
        if (sessions_.empty()) loop_.stop();
    });
}

/// To go over them while each may end.
std::vector<Session*> Worker::all_sessions() const {
    std::vector<Session*> all;
    for (const auto& [number, session] : sessions_)
        all.push_back(session.get());
    return all;
}

void Worker::join() {
    if (!thread_.joinable()) return;
    thread_.join();
    loop_.drop_tasks();  // connections that came too late end here
}

bool Worker::answer(Session& session, std::string_view line, std::string& reply) {
    const bool timed = counters_.of(Count::request) % Counters::kTimedEach == 0;
    if (!timed) return answer_now(session, line, reply);
    const auto begun = std::chrono::steady_clock::now();
    const bool there = answer_now(session, line, reply);
    if (std::holds_alternative<Lookup>(request_)) {
        counters_.lookup_latency.add(std::chrono::steady_clock::now() - begun);
    }
    return there;
}

bool Worker::answer_now(Session& session, std::string_view line, std::string& reply) {
    parse_request(line, request_);
    count(request_, line);
    if (std::holds_alternative<Administrative>(request_)) return administer(session, line, reply);
    if (auto* list = std::get_if<List>(&request_)) {  // a hundred thousand records, perhaps
        return hand_over(
            session,
            [state = state_.get(), list = std::move(*list)]() mutable {
                std::string text;
                Responder(0).respond(std::move(list), state, text);
                return text;
            },
            reply);
    }
    responder_.respond(std::move(request_), state_.get(), reply);
    return true;
}

bool Worker::administer(Session& session, std::string_view line, std::string& reply) {
    const AdministrationParts parts{.state = state_.get(),
                                    .kept = kept_.get(),
                                    .notified = shared_.notified,
                                    .refused_edits = shared_.refused_edits};
    auto next = administrate(line, parts, reply);
    if (auto* change = std::get_if<KeystoreChange>(&next)) {
        return hand_over(
            session,
            [&keystore = shared_.parts.keystore, change = std::move(*change)] {
                return keystore.change(change);
            },
            reply);
    }
    if (auto* slow = std::get_if<SlowReply>(&next)) {
        return hand_over(session, std::move(slow->make), reply);
    }
    if (auto* command = std::get_if<BackendCommand>(&next)) {
        shared_.parts.command(std::move(command->text), reply_to(session));
        return false;
    }
    if (const auto* no = std::get_if<Refused>(&next)) {
        counters_.count(count_of(no->reason));
        refused(no->reason, line.substr(0, line.find("\"parameters\"")));  // which may hold keys
        write_no(reply);
    }
    return true;
}

/// True when the reply is there already: a "no", because too much waits.
bool Worker::hand_over(Session& session, Clerk::Task task, std::string& reply) {
    if (shared_.clerk.hand_over(std::move(task), reply_to(session))) return false;
    write_no(reply);
    return true;
}

/// Called on any thread; the reply goes out on this one, if the session is still there.
Clerk::Done Worker::reply_to(const Session& session) {
    return [this, number = session.number()](std::string reply) {
        loop_.post([this, number, reply = std::move(reply)] {
            const auto asking = sessions_.find(number);
            if (asking != sessions_.end()) asking->second->reply_later(reply);
        });
    };
}

void Worker::refuse_long_line(std::string_view start, std::string& reply) {
    const Refused too_long{Refused::Reason::too_long};
    count(too_long, start);
    responder_.respond(too_long, state_.get(), reply);
}

void Worker::ended(Session& session) {
    remove(session);
}

void Worker::released(Session& session, Descriptor socket) {
    given_back_.push_back(std::move(socket));
    remove(session);
}

void Worker::remove(Session& session) {
    sessions_.erase(session.number());
    --open_;
    end_release_if_done();
    if (stopping_ && sessions_.empty()) loop_.stop();
}

void Worker::count(const Request& request, std::string_view line) {
    counters_.count(Count::request);
    if (const auto method = method_of(request)) counters_.count_method(*method);
    if (std::holds_alternative<Lookup>(request)) {
        counters_.count(Count::lookup);
    } else if (std::holds_alternative<Unsupported>(request)) {
        counters_.count(Count::unsupported);
    } else if (const auto* no = std::get_if<Refused>(&request)) {
        counters_.count(count_of(no->reason));
        refused(no->reason, line);
    }
}

void Worker::refused(Refused::Reason reason, std::string_view line) {
    const bool cut = line.size() > kExcerptMax;
    shared_.refused_requests.happened(std::string(to_string(reason)) + ": " +
                                      std::string(line.substr(0, kExcerptMax)) +
                                      (cut ? "..." : ""));
}

void Worker::on_tick() {
    (void)state_.get();  // lets go of a state that has been replaced, even when nobody asks
    (void)kept_.get();
    last_tick_ = SteadyClock().now();
    const int ticks_max = stopping_ ? 0 : limits_.stalled_ticks;
    for (Session* session : all_sessions()) {
        if (session->is_stalled_after_tick(ticks_max)) end_stalled(*session);
    }
}

void Worker::end_stalled(Session& session) {
    counters_.count(Count::stalled);
    shared_.stalled_peers.happened(session.awaits_reply()
                                       ? "the answer to its request takes too long"
                                       : "its peer left a request or a reply half-way");
    session.end();
}

}  // namespace fairlead::backend
