// SPDX-License-Identifier: Apache-2.0
#include "checks/names.h"

#include <algorithm>
#include <utility>

#include "checks/name_lookup.h"

namespace fairlead::checks {
namespace {

constexpr std::size_t kQuestionsAtOnce = 64;
constexpr std::chrono::seconds kTimeout{5};
/// Of a family that is being asked for.
constexpr TimePoint kUnderWay = TimePoint::max();

}  // namespace

Names::Names(boost::asio::io_context& io, std::string servers, std::vector<NameState>& states,
             Answered answered)
    : io_(io),
      servers_(std::move(servers)),
      states_(states),
      answered_(std::move(answered)),
      alarm_(io) {}

void Names::begin() {
    // What an earlier loop left under way is asked for again.
    for (auto& state : states_) {
        for (const auto family : {Family::v4, Family::v6}) {
            if (state.of(family).due == kUnderWay) state.of(family).due = TimePoint{};
        }
    }
    ask_due();
}

void Names::ask_due() {
    const TimePoint now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < states_.size(); ++i) {
        for (const auto family : {Family::v4, Family::v6}) {
            if (under_way_ == kQuestionsAtOnce) return;  // the end of one asks on
            if (states_[i].of(family).due <= now) ask({.name = i, .family = family});
        }
    }
    set_alarm();
}

void Names::ask(Question question) {
    ++under_way_;
    NameState& state = states_[question.name];
    state.of(question.family).due = kUnderWay;
    NameLookup::start(io_, servers_, state.host, question.family, kTimeout,
                      [this, question](const Result<Resolved>& result) {
                          --under_way_;
                          states_[question.name].note(question.family, result,
                                                      std::chrono::steady_clock::now());
                          answered_(question.name);
                          ask_due();
                      });
}

void Names::set_alarm() {
    TimePoint due = kUnderWay;
    for (auto& state : states_)
        due = std::min({due, state.v4.due, state.v6.due});
    if (due == kUnderWay) return;
    alarm_.expires_at(due);
    alarm_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) ask_due();
    });
}

}  // namespace fairlead::checks
