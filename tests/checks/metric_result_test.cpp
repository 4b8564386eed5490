// SPDX-License-Identifier: Apache-2.0
#include "checks/metric_result.h"

#include <vector>

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

std::string reply(const std::string& type, const std::string& result) {
    return R"({"status":"success","data":{"resultType":")" + type + R"(","result":)" + result +
           "}}";
}

std::string series(const std::string& instance, const std::string& value) {
    return R"({"metric":{"instance":")" + instance + R"("},"value":[1700000000.1,")" + value +
           R"("]})";
}

std::string vector_of(const std::string& list) {
    return reply("vector", '[' + list + ']');
}

struct Case {
    std::string body;
    std::string expected;
};

void check_all(const std::string& condition, const std::vector<Case>& cases) {
    for (const auto& [body, expected] : cases) {
        CAPTURE(body);
        CHECK(describe(judge_metric(200, body, MetricCondition::parse(condition).value())) ==
              expected);
    }
}

TEST_CASE("every series must be as the condition says", "[checks][metric]") {
    check_all("> 0.9",
              {{vector_of(series("a", "0.95")), "ok (0.95)"},
               {vector_of(series("a", "+Inf")), "ok (inf)"},
               {vector_of(series("a", "0.95") + ',' + series("b", "1")), "ok (all 2 > 0.9)"},
               {vector_of(series("a", "0.95") + ',' + series("b", "0.42")),
                R"(prometheus value: 0.42, not > 0.9 {instance="b"})"},
               {reply("scalar", R"([1700000000,"0.5"])"), "prometheus value: 0.5, not > 0.9"},
               {reply("scalar", R"([1700000000,"1"])"), "ok (1)"}});
}

TEST_CASE("a series without a number says nothing unless another one fails", "[checks][metric]") {
    const std::string none = R"(prometheus no data: not a number: {instance="a"})";
    check_all("> 0.9", {{vector_of(series("a", "NaN")), none},
                        {vector_of(series("a", "NaN") + ',' + series("b", "1")), none},
                        {vector_of(series("b", "1") + ',' + series("a", "NaN")), none},
                        {vector_of(series("a", "NaN") + ',' + series("b", "0")),
                         R"(prometheus value: 0, not > 0.9 {instance="b"})"}});
}

TEST_CASE("a reply that has no values is no data, and never a verdict", "[checks][metric]") {
    const std::string no_vector = "prometheus no data: the result is no vector of samples but a ";
    check_all("== 1",
              {{vector_of(""), "prometheus no data: the result is empty"},
               {R"({"status":"error","errorType":"bad_data","error":"parse error: x"})",
                "prometheus no data: status 200: parse error: x"},
               {"<html>", "prometheus no data: status 200"},
               {"", "prometheus no data: status 200"},
               {"[]", "prometheus no data: status 200"},
               {R"({"status":1})", "prometheus no data: status 200"},
               {R"({"status":"success"})", no_vector},
               {R"({"status":"success","data":[]})", no_vector},
               {reply("vector", "{}"), no_vector + "vector"},
               {reply("matrix", "[]"), no_vector + "matrix"},
               {reply("string", R"([1,"1"])"), no_vector + "string"},
               {reply("scalar", R"([1])"), "prometheus no data: not a number"},
               {reply("scalar", R"([1,1])"), "prometheus no data: not a number"},
               {vector_of("1"), "prometheus no data: not a number"},
               {vector_of(R"({"metric":[],"value":[1,"x"]})"), "prometheus no data: not a number"},
               {vector_of(R"({"metric":{"a":1},"histogram":[1,{}]})"),
                R"(prometheus no data: not a number: {a=""})"}});
}

TEST_CASE("an alert fires while its query has a result", "[checks][metric]") {
    check_all("alert Slow not firing",
              {{vector_of(""), "ok (alert Slow not firing)"},
               {vector_of(series("a", "1")), "prometheus value: alert Slow is firing"},
               {vector_of(series("a", "1") + ',' + series("b", "1")),
                "prometheus value: alert Slow is firing in 2 instances"},
               {reply("scalar", R"([1,"1"])"),
                "prometheus no data: the result is no vector of samples but a scalar"}});
}

TEST_CASE("only a comparison that fails is evidence against the target", "[checks][metric]") {
    const auto condition = MetricCondition::parse("> 0").value();
    CHECK(judge_metric(200, vector_of(series("a", "0")), condition).is_evidence());
    CHECK(judge_metric(200, vector_of(series("a", "1")), condition).is_evidence());
    CHECK_FALSE(judge_metric(200, vector_of(""), condition).is_evidence());
    CHECK_FALSE(judge_metric(503, "", condition).is_evidence());
}

}  // namespace
}  // namespace fairlead::checks
