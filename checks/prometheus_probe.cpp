// SPDX-License-Identifier: Apache-2.0
#include "checks/prometheus_probe.h"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <string>
#include <utility>

#include "checks/http_probe.h"
#include "checks/metric_result.h"

namespace fairlead::checks {
namespace {

constexpr std::size_t kReplyMax = std::size_t{1} << 20U;
constexpr StatusRange kAnyStatus{.first = 200, .last = 599};

/// Every status is read: an error has its reason in the body.
HealthCheck request_of(const HealthCheck& check) {
    const auto& probe = std::get<PrometheusProbe>(check.probe);
    HealthCheck request = check;
    request.probe = HttpProbe{
        .tls = probe.tls,
        .path = probe.path +
                "?query=" + boost::urls::encode(probe.query, boost::urls::unreserved_chars),
        .host = probe.host,
        .headers = probe.headers,
        .status = {kAnyStatus},
        .max_body = kReplyMax,
    };
    return request;
}

Outcome judge(unsigned status, std::string_view body, const MetricCondition& condition) {
    if (body.size() >= kReplyMax) return no_metric("the reply is longer than 1 MiB");
    return judge_metric(status, body, condition);
}

class PrometheusProber final : public Probe {
  public:
    explicit PrometheusProber(std::unique_ptr<const Probe> request)
        : request_(std::move(request)) {}

    void start(boost::asio::io_context& io, const IpAddress& address, Done done) const override {
        request_->start(io, address, [done = std::move(done)](Outcome outcome) {
            if (outcome.layer != Layer::prometheus && outcome.failure != Failure::resource) {
                outcome.detail = no_metric(describe(outcome)).detail;
                outcome.layer = Layer::prometheus;
                outcome.failure = Failure::no_data;
            }
            done(std::move(outcome));
        });
    }

  private:
    const std::unique_ptr<const Probe> request_;
};

}  // namespace

std::unique_ptr<const Probe> make_prometheus_probe(const HealthCheck& check, TlsContext tls) {
    const auto condition = std::get<PrometheusProbe>(check.probe).healthy_when;
    auto request = make_http_probe(request_of(check), std::move(tls),
                                   [condition](unsigned status, std::string_view body) {
                                       return judge(status, body, condition);
                                   });
    return std::make_unique<PrometheusProber>(*std::move(request));  // without a pattern none fails
}

}  // namespace fairlead::checks
