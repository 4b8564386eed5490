// SPDX-License-Identifier: Apache-2.0
#include "backend/calculations.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <string>
#include <utility>

#include "base/thread.h"

namespace fairlead::backend {

Calculations::Calculations(boost::asio::io_context& control, Log& log)
    : control_(control), log_(log) {
    boost::asio::post(pool_, [] {
        name_this_thread("calculator");
        stand_back();  // beside queries it waits
    });
}

Calculations::~Calculations() {
    stop_.request_stop();
    pool_.stop();
    pool_.join();
}

bool Calculations::begin(std::function<void(const std::stop_token&)> work,
                         std::function<void()> done) {
    if (*waiting_ == kWaitingMax) return false;
    ++*waiting_;
    boost::asio::post(pool_, [this, work = std::move(work), done = std::move(done)]() mutable {
        try {
            work(stop_.get_token());
        } catch (const std::exception& problem) {
            log_.error(std::string("a calculation failed: ") + problem.what());
        }
        work = {};  // what it holds goes here
        if (stop_.stop_requested()) return;
        boost::asio::post(control_, [waiting = waiting_, done = std::move(done)] {
            --*waiting;
            done();
        });
    });
    return true;
}

}  // namespace fairlead::backend
