// SPDX-License-Identifier: Apache-2.0
#include "checks/outcome.h"

#include <string_view>

namespace fairlead::checks {
namespace {

std::string_view word(Layer layer) {
    switch (layer) {
        case Layer::none:
            return "";
        case Layer::connect:
            return "connect ";
        case Layer::tcp:
            return "tcp ";
        case Layer::tls:
            return "tls ";
        case Layer::http:
            return "http ";
        case Layer::exec:
            return "exec ";
        case Layer::icmp:
            return "icmp ";
        case Layer::prometheus:
            return "prometheus ";
        case Layer::heartbeat:
            return "heartbeat ";
        case Layer::dns:
            return "dns ";
    }
    return "";
}

std::string_view word(Failure failure, Layer layer) {
    switch (failure) {
        case Failure::none:
            return "ok";
        case Failure::refused:
            return "refused";
        case Failure::unreachable:
            return "unreachable";
        case Failure::timeout:
            return "timeout";
        case Failure::closed:
            return "closed early";
        case Failure::certificate:
            return "certificate";
        case Failure::protocol:
            return "protocol error";
        case Failure::status:
            if (layer == Layer::heartbeat) return "down";
            return layer == Layer::prometheus ? "value" : "status";
        case Failure::redirect:
            return "redirect";
        case Failure::body:
            return layer == Layer::tcp ? "reply" : "body";
        case Failure::remembered:
            return "last known";
        case Failure::children:
            return "children";
        case Failure::resource:
            return "not possible here";
        case Failure::no_data:
            return "no data";
    }
    return "";
}

}  // namespace

std::string kind_of(const Outcome& outcome) {
    if (outcome.success()) return "ok";
    return std::string(word(outcome.layer)).append(word(outcome.failure, outcome.layer));
}

std::string describe(const Outcome& outcome) {
    if (outcome.success()) {
        return outcome.detail.empty() ? "ok" : "ok (" + outcome.detail + ")";
    }
    std::string text = kind_of(outcome);
    if (!outcome.detail.empty()) text += ": " + outcome.detail;
    return text;
}

}  // namespace fairlead::checks
