// SPDX-License-Identifier: Apache-2.0
#include "admin/api.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "tests/admin/fake_process.h"
#include "tests/support/catch.h"

namespace fairlead::admin {
namespace {

using Json = nlohmann::json;

class Caller {
  public:
    explicit Caller(std::vector<Token> tokens = {}, const Api::HeartbeatTokens& heartbeats = {})
        : api(process, std::move(tokens), heartbeats) {}

    HttpReply ask(HttpRequest request) {
        if (request.host.empty()) request.host = "localhost";
        HttpReply reply{.status = 0};
        api.answer(request, [&](const HttpReply& given) { reply = given; });
        return reply;
    }
    HttpReply get(const std::string& target) { return ask({.method = "GET", .target = target}); }
    Json json(const std::string& target) {
        const auto reply = get(target);
        INFO(target << ": " << reply.body);
        REQUIRE(reply.status == 200);
        return Json::parse(reply.body);
    }
    HttpReply put(const std::string& body) {
        return ask({.method = "PUT", .target = "/api/v1/overrides", .body = body});
    }
    Json endpoint(const std::string& name) {
        const auto all = json("/api/v1/endpoints");
        for (const auto& one : all["endpoints"]) {
            if (one["name"] == name) return one;
        }
        return nullptr;
    }

    FakeProcess process;
    Api api;
};

bool mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string error_of(const HttpReply& reply) {
    return Json::parse(reply.body).value("error", "");
}

const std::string kDrain =
    R"({"target": "fra1", "state": "drain", "reason": "new disks", "for": "2h"})";

const std::string kSimulate = R"({"name": "www.example.com", "clients": "192.0.2.0/24"})";

TEST_CASE("every documented path exists, and every path is documented", "[admin][api]") {
    std::ifstream file(std::string(FAIRLEAD_SOURCE_DIR) + "/docs/openapi.yaml");
    REQUIRE(file);
    const std::regex path_line(R"(^  (/\S*):$)");
    const std::regex method_line(R"(^    (get|put|post|delete):$)");
    std::set<std::string> documented;
    std::string path;
    for (std::string line; std::getline(file, line);) {
        std::smatch found;
        if (std::regex_match(line, found, path_line)) path = found[1];
        if (!std::regex_match(line, found, method_line)) continue;
        std::string method = found[1];
        for (char& c : method)
            c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        documented.insert(method.append(" ").append(path));
    }
    std::set<std::string> there;
    for (const auto& route : Api::routes())
        there.insert(route.method + " " + route.path);
    CHECK(documented == there);
}

TEST_CASE("every path answers", "[admin][api]") {
    Caller caller;
    for (const auto& route : Api::routes()) {
        INFO(route.method << " " << route.path);
        HttpRequest request{.method = route.method, .target = route.path};
        if (const auto at = request.target.find("{name}"); at != std::string::npos) {
            request.target.replace(at, std::string::npos, "www.example.com");
        }
        const bool is_heartbeat = route.path.ends_with("{check}/{endpoint}");
        if (is_heartbeat) request.target = "/api/v1/heartbeats/alive/fra1";
        if (route.path == "/api/v1/explain") request.target += "?name=www.example.com";
        const bool is_log = route.path == "/api/v1/log";
        if (is_log) request.body = R"({"level": "debug"})";
        if (route.path == "/api/v1/standing") request.target += "?of=www.example.com";
        if (route.path == "/api/v1/failback") request.body = R"({"name": "db.example.com"})";
        if (route.path == "/api/v1/plan") request.body = R"({"file": "next.yaml"})";
        if (route.path == "/api/v1/simulate") request.body = kSimulate;
        if (route.method == "PUT" && !is_heartbeat && !is_log) request.body = kDrain;
        if (route.method == "DELETE") request.target += "?target=fra1";
        CHECK(caller.ask(request).status == 200);
    }
}

TEST_CASE("wrong paths and methods get 404 and 405", "[admin][api]") {
    Caller caller;
    for (const auto* target :
         {"/", "/nosuch", "/api/v1", "/api/v1/status/", "//api/v1/status",
          "/api/v1/../../etc/passwd", "/api/v1/records/", "/api/v1/records/a/b",
          "/api%2Fv1%2Fstatus", "/api/v1/records/a%2Fb/c"}) {
        INFO(target);
        CHECK(caller.get(target).status == 404);
    }
    CHECK(caller.get("/api/v1/records/nosuch.example.com").status == 404);
    CHECK(caller.get("/api/v1/records/%2e%2e").status == 400);
    CHECK(caller.get("/api/v1/records/a%ZZ").status == 400);
    CHECK(caller.get("no path").status == 400);
    const auto wrong = caller.ask({.method = "POST", .target = "/api/v1/overrides"});
    CHECK(wrong.status == 405);
    CHECK(wrong.allow == "GET, PUT, DELETE");
    CHECK(caller.ask({.method = "PATCH", .target = "/livez"}).allow == "GET");
}

TEST_CASE("with tokens all but liveness and readiness needs one", "[admin][api]") {
    Caller caller(std::vector<Token>{{"anna", "0123456789abcdef"}});
    for (const auto& route : Api::routes()) {
        INFO(route.path);
        const bool open = route.path == "/livez" || route.path == "/readyz";
        const bool is_heartbeat = route.path.ends_with("{check}/{endpoint}");
        std::string target = route.path;
        if (const auto at = target.find('{'); at != std::string::npos)
            target.replace(at, 99, is_heartbeat ? "x/y" : "x");
        CHECK((caller.ask({.method = route.method, .target = target}).status == 401) == !open);
    }
    CHECK(caller
              .ask({.method = "PUT",
                    .target = "/api/v1/overrides",
                    .authorization = "Bearer 0123456789abcdef",
                    .body = kDrain})
              .status == 200);
    CHECK(caller.process.list.find("fra1")->by == "anna");
}

HttpRequest heartbeat(const std::string& token, const std::string& body = "") {
    return {.method = "POST",
            .target = "/api/v1/heartbeats/alive/fra%31",
            .authorization = token.empty() ? "" : "Bearer " + token,
            .body = body};
}

TEST_CASE("an endpoint reports in, and may say how it is", "[admin][api]") {
    Caller caller;
    const auto reply = caller.ask(heartbeat(""));
    CHECK(reply.status == 200);
    CHECK(Json::parse(reply.body)["ttl_s"] == 30.0);
    CHECK(caller.ask(heartbeat("", R"({"state": "down", "message": "disk full"})")).status == 200);
    CHECK(caller.ask(heartbeat("", R"({"message": "fine"})")).status == 200);
    CHECK(caller.process.heard ==
          std::vector<std::string>{"fra1 up ", "fra1 down disk full", "fra1 up fine"});
    CHECK(caller.ask(heartbeat("", R"({"state": "drain"})")).status == 400);
    CHECK(caller.ask(heartbeat("", R"({"status": "up"})")).status == 400);
    CHECK(caller.ask(heartbeat("", "up")).status == 400);
    CHECK(caller.ask({.method = "PUT", .target = "/api/v1/heartbeats/other/fra1"}).status == 404);
    CHECK(caller.ask({.method = "PUT", .target = "/api/v1/heartbeats/alive"}).status == 404);
    CHECK(caller.ask({.method = "GET", .target = "/api/v1/heartbeats/alive/fra1"}).allow ==
          "PUT, POST");
    CHECK(caller.process.heard.size() == 3);
}

TEST_CASE("a check's own token is good for its heartbeats and for nothing else", "[admin][api]") {
    const std::string own = "own-0123456789abcdef";
    const std::string admin = "admin-0123456789abcdef";
    const Api::HeartbeatTokens heartbeats{{"alive", {{"fra1", own}}}};
    Caller open({}, heartbeats);  // operators need no token
    CHECK(open.ask(heartbeat("")).status == 401);
    CHECK(open.ask(heartbeat(admin)).status == 401);
    CHECK(open.ask(heartbeat(own)).status == 200);

    Caller closed({{"anna", admin}}, heartbeats);
    CHECK(closed.ask(heartbeat("")).status == 401);
    CHECK(closed.ask(heartbeat(own + "x")).status == 401);
    CHECK(closed.ask(heartbeat(own)).status == 200);
    CHECK(closed.ask(heartbeat(admin)).status == 200);
    for (const auto* target : {"/api/v1/heartbeats/other/fra1", "/api/v1/overrides"}) {
        CHECK(closed.ask({.method = "PUT", .target = target, .authorization = "Bearer " + own})
                  .status == 401);
    }
    closed.api.replace_heartbeat_tokens({});
    CHECK(closed.ask(heartbeat(own)).status == 401);
}

TEST_CASE("a web page can neither change nor read anything", "[admin][api]") {
    Caller caller;
    CHECK(caller
              .ask({.method = "PUT",
                    .target = "/api/v1/overrides",
                    .origin = "http://www.example.com",
                    .body = kDrain})
              .status == 403);
    CHECK(caller.ask({.method = "GET", .target = "/api/v1/status", .host = "rebound.example.com"})
              .status == 403);
    CHECK(caller.process.list.empty());
}

TEST_CASE("ready after the first round, and not while the checker is silent", "[admin][api]") {
    Caller caller;
    CHECK(caller.get("/readyz").status == 200);
    caller.process.pass(std::chrono::seconds(14));
    CHECK(caller.get("/readyz").status == 200);
    caller.process.pass(std::chrono::seconds(60));
    const auto silent = caller.get("/readyz");
    CHECK(silent.status == 503);
    CHECK(error_of(silent) == "the checker is silent: no result for 74 s");
    CHECK(caller.get("/livez").status == 200);
    CHECK(mentions(caller.get("/metrics").body, "fairlead_checker_stale 1"));

    Caller behind;  // results come, but not of all checks
    behind.process.health.round_complete = behind.process.time.steady;
    behind.process.pass(std::chrono::seconds(60));
    behind.process.health_at = behind.process.time.steady;
    CHECK(error_of(behind.get("/readyz")) ==
          "the checker does not keep up: no complete round of all checks for 60 s");
    CHECK(behind.json("/api/v1/status")["round_age_ms"] == 60000);
    CHECK(mentions(behind.get("/metrics").body, "fairlead_check_round_age_seconds 60"));

    Caller starting;
    starting.process.what_happened.first_round_complete = false;
    CHECK(error_of(starting.get("/readyz")) == "the first round of health checks is not complete");
}

TEST_CASE("what names resolve to is shown, with its age, those that fail first", "[admin][api]") {
    Caller caller;
    FakeProcess& process = caller.process;
    checks::NameState good{.host = "good.example.net"};
    good.v4 = {.addresses = {*IpAddress::parse("192.0.2.1")},
               .answered = process.time.steady - std::chrono::seconds(30)};
    checks::NameState stale = good;
    stale.host = "stale.example.net";
    stale.v4.answered -= std::chrono::seconds(600);
    stale.problem = "no answer in time";
    const checks::NameState never{.host = "never.example.net", .problem = "Domain name not found"};
    process.health.names = std::make_shared<const std::vector<checks::NameState>>(
        std::vector<checks::NameState>{good, stale, never});

    const auto shown = caller.json("/api/v1/status")["resolved_names"];
    CHECK(shown["total"] == 3);
    CHECK(shown["failing"] == 2);
    CHECK(shown["names"][0]["name"] == "stale.example.net");
    CHECK(shown["names"][0]["age_s"] == 630);
    CHECK(shown["names"][0]["addresses"][0] == "192.0.2.1");
    CHECK(shown["names"][0]["problem"] == "no answer in time");
    CHECK(shown["names"][1]["age_s"].is_null());
    CHECK(shown["names"][2]["problem"].is_null());
    const auto metrics = caller.get("/metrics").body;
    for (const auto* const line :
         {"fairlead_name_answer_age_seconds{name=\"stale.example.net\",type=\"A\"} 630",
          "fairlead_name_addresses{name=\"never.example.net\",type=\"A\"} 0",
          "fairlead_name_failing{name=\"never.example.net\"} 1",
          "fairlead_name_failing{name=\"good.example.net\"} 0"}) {
        CAPTURE(line);
        CHECK(mentions(metrics, line));
    }
}

TEST_CASE("endpoints come with the worst first, and say why", "[admin][api]") {
    Caller caller;
    caller.process.set_health("203.0.113.11", checks::Health::unhealthy);
    caller.process.set_health("198.51.100.10", checks::Health::healthy);
    const auto list = caller.json("/api/v1/endpoints");
    CHECK(list["total"] == 3);
    CHECK(list["endpoints"][0]["name"] == "fra2");
    CHECK(list["endpoints"][0]["status"] == "unhealthy");
    CHECK(list["endpoints"][0]["addresses"][0]["result"] == "connect refused");
    CHECK(list["endpoints"][1]["status"] == "unknown");
    CHECK(list["endpoints"][2]["name"] == "ash1");
    CHECK(caller.json("/api/v1/endpoints?limit=1&offset=1")["endpoints"].size() == 1);
    CHECK(caller.get("/api/v1/endpoints?limit=many").status == 400);
    CHECK(caller.json("/api/v1/pools")["pools"][0]["name"] == "eu");
    CHECK(caller.json("/api/v1/status")["endpoints"]["unhealthy"] == 1);
}

TEST_CASE("endpoints have their labels, and can be looked at by them", "[admin][api]") {
    Caller caller;
    CHECK(caller.endpoint("ash1")["labels"] == Json{{"site", "ash"}, {"rack", "b4"}});
    CHECK(caller.endpoint("fra1")["labels"] == Json::object());
    for (const auto* query : {"label=site=ash", "label=site%3Dash", "label=site=ash,rack=b4"}) {
        CAPTURE(query);
        const auto found = caller.json("/api/v1/endpoints?" + std::string(query));
        CHECK(found["total"] == 1);
        CHECK(found["endpoints"][0]["name"] == "ash1");
    }
    CHECK(caller.json("/api/v1/endpoints?label=site=fra")["total"] == 0);
    CHECK(caller.get("/api/v1/endpoints?label=site").status == 400);
    CHECK(caller.get("/api/v1/endpoints?label=").status == 400);
}

TEST_CASE("an override stands beside what is measured, and says when a drain is safe",
          "[admin][api]") {
    Caller caller;
    caller.process.set_health("203.0.113.10", checks::Health::healthy);
    const auto set = Json::parse(caller.put(kDrain).body);
    CHECK(set["endpoints"] == Json::array({"fra1"}));
    CHECK(set["largest_ttl_s"] == 300);
    CHECK(set["safe_in_s"] == 300);
    CHECK(set["ends_in_s"] == 7200);

    caller.process.pass(std::chrono::seconds(250));
    const auto fra1 = caller.endpoint("fra1");
    CHECK(fra1["status"] == "drained");
    CHECK(fra1["configured_state"] == "obey");
    CHECK(fra1["override"]["reason"] == "new disks");
    CHECK(fra1["addresses"][0]["health"] == "healthy");
    CHECK(caller.json("/api/v1/overrides")["overrides"][0]["safe_in_s"] == 50);
    CHECK(caller.json("/api/v1/status")["overrides"] == 1);
    const auto text = caller
                          .ask({.method = "GET",
                                .target = "/api/v1/explain?name=www.example.com&type=A",
                                .accept = "text/plain"})
                          .body;
    CHECK(mentions(text, "drained by override: drain"));
    CHECK(mentions(text, "override    fra1 drain by local: new disks"));

    const auto removed =
        caller.ask({.method = "DELETE", .target = "/api/v1/overrides?target=fra1"});
    CHECK(removed.status == 200);
    CHECK(caller.endpoint("fra1")["status"] == "healthy");
    CHECK(caller.ask({.method = "DELETE", .target = "/api/v1/overrides?target=fra1"}).status ==
          404);
}

TEST_CASE("an explanation may assume that endpoints are down, so many", "[admin][api]") {
    Caller caller;
    const auto ask = [&](const std::string& down) {
        return caller.get("/api/v1/explain?name=www.example.com&down=" + down);
    };
    const auto answer = [&](const std::string& down) {
        return Json::parse(ask(down).body)["A"]["addresses"];
    };
    CHECK(answer("") == Json::array({"203.0.113.11"}));  // of fra2, by the draw
    CHECK(answer("fra2") == Json::array({"203.0.113.10"}));
    CHECK(mentions(error_of(ask("fra9")), "fra9"));
    std::string many = "fra1";
    for (int i = 0; i < 100; ++i)
        many += ",fra1";
    const auto refused = ask(many);
    CHECK(refused.status == 400);
    CHECK(mentions(error_of(refused), "at most 100"));
}

TEST_CASE("a pool and an address can be overridden, too", "[admin][api]") {
    Caller caller;
    CHECK(caller.put(R"({"target": "pool eu", "state": "down", "reason": "power"})").status == 200);
    CHECK(caller.endpoint("fra2")["status"] == "down");
    CHECK(
        caller.put(R"({"target": "203.0.113.11", "state": "up", "reason": "it is well"})").status ==
        200);
    CHECK(caller.endpoint("fra2")["state"] == "up");
    CHECK(caller.endpoint("fra1")["state"] == "down");
    CHECK(caller.json("/api/v1/explain?name=www.example.com&type=A")["A"]["addresses"][0] ==
          "203.0.113.11");
}

TEST_CASE("what is set shows wherever the endpoint does, with its end and when it is safe",
          "[admin][api]") {
    Caller caller;
    REQUIRE(caller.put(kDrain).status == 200);
    caller.process.pass(std::chrono::seconds(100));
    const auto check = [](const Json& set) {
        CHECK(set["target"] == "fra1");
        CHECK(set["by"] == "local");
        CHECK(set["reason"] == "new disks");
        CHECK(set["ends_in_s"] == 7100);
        CHECK(set["safe_in_s"] == 200);
    };
    check(caller.endpoint("fra1")["override"]);
    const auto pool = caller.json("/api/v1/pools")["pools"][0]["endpoints"];
    check(pool[0]["override"]);
    CHECK(pool[1]["override"].is_null());
    const auto record = caller.json("/api/v1/records/www.example.com");
    const auto& targets = record["A"]["tree"]["targets"];
    check(targets[0]["node"]["targets"][0]["override"]);
    CHECK_FALSE(targets[1].contains("override"));

    REQUIRE(caller.put(R"({"target": "fra1", "state": "up", "reason": "x"})").status == 200);
    const auto up = caller.endpoint("fra1")["override"];
    CHECK(up["ends_in_s"].is_null());
    CHECK_FALSE(up.contains("safe_in_s"));
}

TEST_CASE("without a token the user of the connection is who did it", "[admin][api]") {
    Caller caller;
    int asked = 0;
    const auto bert = [&] {
        ++asked;
        return std::string("bert");
    };
    CHECK(caller.ask({.method = "GET", .target = "/metrics", .user = bert}).status == 200);
    CHECK(asked == 0);  // nobody needs to know
    CHECK(caller.ask({.method = "PUT", .target = "/api/v1/overrides", .body = kDrain, .user = bert})
              .status == 200);
    CHECK(caller.process.list.find("fra1")->by == "bert");
}

TEST_CASE("the log's level can be seen and changed", "[admin][api]") {
    Caller caller;
    CHECK(caller.json("/api/v1/log") == Json{{"level", "info"}, {"format", "text"}});
    const auto put = [&](const std::string& body) {
        return caller.ask({.method = "PUT", .target = "/api/v1/log", .body = body});
    };
    CHECK(put(R"({"level": "debug"})").status == 200);
    CHECK(caller.process.log.lowest == LogLevel::debug);
    for (const auto* body : {"", "{}", R"({"level": "loud"})", R"({"format": "json"})"}) {
        CAPTURE(body);
        CHECK(put(body).status == 400);
    }
    CHECK(caller.process.log.lowest == LogLevel::debug);
}

TEST_CASE("a label selects all endpoints that have it for an override", "[admin][api]") {
    Caller caller;
    const auto set = Json::parse(
        caller.put(R"({"target": "site=ash", "state": "drain", "reason": "power"})").body);
    CHECK(set["endpoints"] == Json::array({"ash1"}));
    CHECK(set["safe_in_s"] == 300);
    CHECK(caller.endpoint("ash1")["override"]["target"] == "site=ash");
    CHECK(caller.json("/api/v1/overrides")["overrides"][0]["target"] == "site=ash");
    CHECK(caller.ask({.method = "DELETE", .target = "/api/v1/overrides?target=site=ash"}).status ==
          200);
    CHECK(caller.endpoint("ash1")["state"] == "obey");
    const auto unknown = caller.put(R"({"target": "site=ask", "state": "down", "reason": "x"})");
    CHECK(unknown.status == 404);
    CHECK(mentions(error_of(unknown), "did you mean \"site=ash\"?"));
}

TEST_CASE("what cannot be overridden is refused with the reason", "[admin][api]") {
    Caller caller;
    const auto refused = [&](const std::string& body, unsigned status, const std::string& part) {
        const auto reply = caller.put(body);
        INFO(body << " -> " << reply.body);
        CHECK(reply.status == status);
        CHECK(mentions(error_of(reply), part));
    };
    refused("", 400, "JSON object");
    refused("[]", 400, "JSON object");
    refused(R"({"target": "fra1")", 400, "JSON object");
    refused(R"({"state": "drain", "reason": "x"})", 400, "\"target\" is missing");
    refused(R"({"target": "fra1", "state": "drian", "reason": "x"})", 400,
            "up, down, drain or obey");
    refused(R"({"target": "fra1", "state": "drain"})", 400, "\"reason\" is missing");
    refused(R"({"target": "fra1", "state": "drain", "reason": "  "})", 400,
            "\"reason\" is missing");
    refused(R"({"target": "fra1", "state": "drain", "reason": "a\nb"})", 400, "one line");
    refused(R"({"target": "fra1", "state": "drain", "reason": 5})", 400, "must be a text");
    refused(R"({"target": "fra1", "state": "drain", "reason": "x", "for": "-2h"})", 400,
            "duration");
    refused(R"({"target": "fra1", "state": "drain", "reason": "x", "for": "soon"})", 400,
            "duration");
    refused(R"({"target": "fra1", "state": "drain", "reason": "x", "for": "367d"})", 400,
            "up to 366d");
    refused(R"({"target": "fra1", "state": "drain", "reason": "x", "until": "2h"})", 400, "until");
    refused(R"({"target": "fra9", "state": "drain", "reason": "x"})", 404, "fra9");
    refused(R"({"target": "pool asia", "state": "drain", "reason": "x"})", 404, "pool asia");
    CHECK(caller.process.list.empty());
}

TEST_CASE("a node with failback: manual goes back when it is told to", "[admin][api]") {
    Caller caller;
    const auto fail_back = [&](const std::string& body) {
        return caller.ask({.method = "POST", .target = "/api/v1/failback", .body = body});
    };
    const auto answer = [&] {
        return caller.json("/api/v1/explain?name=db.example.com")["A"]["addresses"][0];
    };
    caller.process.set_health("203.0.113.11", checks::Health::unhealthy);
    caller.process.set_health("203.0.113.11", checks::Health::healthy);
    CHECK(answer() == "198.51.100.10");
    CHECK(caller.json("/api/v1/status")["failed_over"][0]["stays_with"] == "ash1");
    const auto tree = caller.json("/api/v1/records/db.example.com")["A"]["tree"];
    CHECK(tree["failback"]["mode"] == "manual");

    const auto moved = Json::parse(fail_back(R"({"name": "db.example.com"})").body);
    CHECK(moved["moved"][0]["from"] == "ash1");
    CHECK(moved["moved"][0]["to"] == "fra2");
    CHECK(answer() == "203.0.113.11");
    CHECK(Json::parse(fail_back(R"({"name": "db.example.com"})").body)["moved"].empty());
    CHECK(fail_back(R"({"name": "zones.example.com.records.db"})").status == 200);
    CHECK(fail_back(R"({"name": "www.example.com"})").status == 404);
    CHECK(fail_back(R"({"name": ""})").status == 400);
}

TEST_CASE("a record shows its tree and who gets how much of it", "[admin][api]") {
    Caller caller;
    caller.process.set_health("203.0.113.10", checks::Health::unhealthy);
    const auto www = caller.json("/api/v1/records/www.example.com");
    CHECK(www["ttl"] == 300);
    CHECK(www["A"]["shares"]["addresses"]["203.0.113.11"] == 1.0);
    const auto eu = www["A"]["tree"]["targets"][0];
    CHECK(eu["target"] == "pool eu");
    CHECK(eu["standing"] == "usable");
    CHECK(eu["node"]["targets"][0]["standing"] == "unhealthy");
    CHECK(www["AAAA"]["shares"]["addresses"].size() == 1);
    CHECK(caller.json("/api/v1/records")["total"] == 2);
    CHECK(caller.json("/api/v1/records?limit=1")["records"].size() == 1);
    CHECK(caller.json("/api/v1/records/plain.example.com")["static"].size() == 1);
    CHECK(caller.get("/api/v1/records/www.example.com?client=nobody").status == 400);
}

TEST_CASE("records are those that a target answers for, with everybody's share", "[admin][api]") {
    Caller caller;
    const auto names = [&](const std::string& target) {
        std::vector<std::string> list;
        const auto reply = caller.json("/api/v1/records?target=" + target);
        for (const auto& record : reply["records"])
            list.push_back(record["name"]);
        return list;
    };
    CHECK(names("fra1") == std::vector<std::string>{"www.example.com."});
    CHECK(names("pool%20eu").size() == 2);
    CHECK(names("198.51.100.10").size() == 2);
    CHECK(caller.json("/api/v1/records?target=fra1&limit=0")["total"] == 1);
    const auto unknown = caller.get("/api/v1/records?target=fra9");
    CHECK(unknown.status == 404);
    CHECK(mentions(error_of(unknown), "did you mean \"fra1\"?"));

    const auto www = caller.json("/api/v1/records?target=fra1&shares=true")["records"][0];
    CHECK(www["A"]["shares"]["addresses"]["203.0.113.10"] == 0.5);
    CHECK(www["AAAA"]["shares"]["addresses"]["2001:db8::10"] == 1.0);
    CHECK_FALSE(caller.json("/api/v1/records")["records"][0].contains("A"));
    CHECK(caller.get("/api/v1/records?shares=maybe").status == 400);
    CHECK(caller.get("/api/v1/records?limit=201").status == 200);
    CHECK(caller.get("/api/v1/records?shares=true&limit=200").status == 200);
    CHECK(caller.get("/api/v1/records?shares=true&limit=201").status == 400);
    CHECK(caller.get("/api/v1/records?shares=true&client=nobody").status == 400);
}

TEST_CASE("names, pools and policies say how many targets are able to answer", "[admin][api]") {
    Caller caller;
    const auto standing = [&](const std::string& of) {
        return caller.json("/api/v1/standing?of=" + of);
    };
    CHECK(standing("www.example.com")["A"]["healthy"] == 2);
    CHECK(standing("www.example.com")["AAAA"]["healthy"] == 1);
    CHECK(standing("pool%20eu")["A"]["healthy"] == 2);
    caller.process.set_health("203.0.113.10", checks::Health::unhealthy);
    caller.process.set_health("203.0.113.11", checks::Health::unhealthy);
    CHECK(standing("pool%20eu")["A"]["all_unhealthy"] == true);
    CHECK(standing("www.example.com")["A"]["healthy"] == 1);
    CHECK(standing("www.example.com")["A"]["all_unhealthy"] == false);
    for (const auto* const none :
         {"plain.example.com", "pool%20nosuch", "policy%20eu", "", "a..b"}) {
        CHECK(caller.get(std::string("/api/v1/standing?of=") + none).status == 404);
    }
}

TEST_CASE("nodes that do not stand at their first target are listed and counted",
          "[admin][api][metrics]") {
    Caller caller;
    const auto& forest = caller.process.catalog->forest();
    std::vector<policy::Place> places;
    for (policy::NodeIndex i = 0; i < forest.node_count(); ++i) {
        const policy::Node& node = forest.node(i);
        if (node.policy == policy::Policy::failover && !node.failback_slot) {
            places.push_back({.node = i, .family = Family::v4, .place = 1});
        }
    }
    REQUIRE(places.size() == 1);
    caller.process.places = places;
    const auto status = caller.json("/api/v1/status");
    CHECK(status["failed_over_total"] == 1);
    CHECK(status["failed_over"][0]["node"] == "zones.example.com.records.www");
    CHECK(status["failed_over"][0]["first"] == "pool eu");
    CHECK(status["failed_over"][0]["stays_with"] == "ash1");
    const auto metrics = caller.get("/metrics").body;
    for (const auto* node : {"db\",type=\"A\"} 0\n", "www\",type=\"A\"} 1\n"}) {
        CHECK(mentions(metrics, std::string("position{node=\"zones.example.com.records.") + node));
    }
    CHECK(mentions(metrics, "fairlead_failed_over 1\n"));
}

TEST_CASE("a refused reload says everything that is wrong", "[admin][api]") {
    Caller caller;
    caller.process.next_reload = {.applied = false,
                                  .summary = "not reloaded: 1 error",
                                  .findings = {{true, "unknown-key", "f.yaml:1:1: error"}}};
    const auto reply = caller.ask({.method = "POST", .target = "/api/v1/reload"});
    CHECK(reply.status == 422);
    CHECK(error_of(reply) == "not reloaded: 1 error");
    CHECK(Json::parse(reply.body)["findings"][0]["rule"] == "unknown-key");
}

TEST_CASE("metrics have a type, a help and finite values", "[admin][api]") {
    Caller caller;
    caller.process.set_health("203.0.113.10", checks::Health::unhealthy);
    (void)caller.put(kDrain);
    CHECK_FALSE(mentions(caller.get("/metrics").body, "fairlead_powerdns_reachable"));
    CHECK_FALSE(mentions(caller.get("/metrics").body, "fairlead_state_saved"));
    caller.process.what_happened.caches = {.purged = true, .purges = 12};
    caller.process.what_happened.state_saved = false;
    CHECK_FALSE(mentions(caller.get("/metrics").body, "fairlead_lookup_duration_seconds"));
    caller.process.what_happened.lookup_latency = {
        .buckets = {{std::chrono::microseconds(1), 3}, {std::chrono::nanoseconds::max(), 1}},
        .sum = std::chrono::milliseconds(20)};
    caller.process.what_happened.last_reload_applied = false;
    caller.process.what_happened.reloads = 3;
    caller.process.what_happened.checker = {.probes_in_flight = 512,
                                            .probes_in_flight_max = 1024,
                                            .behind = std::chrono::milliseconds(2500),
                                            .probes = 70000,
                                            .late = 40,
                                            .not_possible = 6};
    const auto reply = caller.get("/metrics");
    CHECK(reply.content_type.starts_with("text/plain; version=0.0.4"));
    const std::regex sample(R"(^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+$)");
    std::istringstream lines(reply.body);
    std::set<std::string> seen;
    for (std::string line; std::getline(lines, line);) {
        INFO(line);
        if (line.starts_with("# ")) continue;
        CHECK(std::regex_match(line, sample));
        CHECK(seen.insert(line.substr(0, line.rfind(' '))).second);
    }
    for (const auto* line :
         {"fairlead_check_healthy{check=\"web\",address=\"203.0.113.10\"} 0",
          "fairlead_check_healthy{check=\"web\",address=\"203.0.113.11\"} -1",
          "fairlead_check_last_outcome{check=\"web\",address=\"203.0.113.10\",outcome=\"connect "
          "refused\"} 1",
          "fairlead_config_generation 4",
          "fairlead_powerdns_reachable 1",
          "fairlead_purges_total 12",
          "fairlead_state_saved 0",
          "fairlead_last_reload_successful 0",
          "fairlead_query_spikes 0",
          "fairlead_probes_total 70000",
          "fairlead_probes_in_flight 512",
          "fairlead_probes_in_flight_max 1024",
          "fairlead_probes_behind_seconds 2.5",
          "fairlead_probes_late_total 40",
          "fairlead_probes_not_possible_total 6",
          "fairlead_zone_lookups_total{zone=\"example.com.\"} 41",
          "fairlead_policy_lookups_total{policy=\"failover\",outcome=\"degraded\"} 5",
          "fairlead_metrics_truncated 0",
          "fairlead_check_results_against{check=\"web\",address=\"203.0.113.10\"} 0",
          "fairlead_overrides{state=\"drain\"} 1",
          "fairlead_endpoints{status=\"drained\"} 1",
          "fairlead_backend_requests_total{method=\"lookup\"} 7",
          "fairlead_backend_requests_total{method=\"list\"} 2",
          "# TYPE fairlead_lookup_duration_seconds histogram",
          "fairlead_lookup_duration_seconds_bucket{le=\"+Inf\"} 4",
          "fairlead_lookup_duration_seconds_count 4",
          "fairlead_backend_requests_refused_total{reason=\"not_json\"} 3",
          "fairlead_failover_position{node=\"zones.example.com.records.db\",type=\"A\"} 0",
          "# TYPE fairlead_reloads_total counter",
          "fairlead_ready 1"}) {
        INFO(line);
        CHECK(mentions(reply.body, std::string(line) + "\n"));
    }
}

TEST_CASE("a simulation has the health and the overrides of the moment", "[admin][api]") {
    Caller caller;
    const auto shares = [&](const std::string& body) {
        const auto reply =
            caller.ask({.method = "POST", .target = "/api/v1/simulate", .body = body});
        INFO(reply.body);
        REQUIRE(reply.status == 200);
        return Json::parse(reply.body)["endpoints"];
    };
    CHECK(shares(kSimulate) == Json{{"203.0.113.10", 0.5}, {"203.0.113.11", 0.5}});
    caller.process.set_health("203.0.113.10", checks::Health::unhealthy);
    CHECK(shares(kSimulate) == Json{{"203.0.113.11", 1.0}});
    const std::string down =
        R"({"name": "www.example.com", "clients": "192.0.2.0/24", "down": "fra2"})";
    CHECK(shares(down) == Json{{"198.51.100.10", 1.0}});
    CHECK(shares(kSimulate) == Json{{"203.0.113.11", 1.0}});  // nothing was changed by that
}

TEST_CASE("wrong questions for a plan or a simulation are refused with the reason",
          "[admin][api]") {
    Caller caller;
    const auto refusal = [&](const std::string& what, const std::string& body) {
        const auto reply =
            caller.ask({.method = "POST", .target = "/api/v1/" + what, .body = body});
        return std::to_string(reply.status) + " " + error_of(reply);
    };
    CHECK(mentions(refusal("plan", "{}"), "400 \"file\" is missing"));
    CHECK(mentions(refusal("plan", R"({"file": 1})"), "400 \"file\" must be a text"));
    CHECK(mentions(refusal("plan", R"({"file": "other.yaml"})"), "400 only next.yaml"));
    CHECK(mentions(refusal("plan", R"({"file": "tokens\u0000.yaml"})"), "control characters"));
    CHECK(mentions(refusal("plan", R"({"file": "next.yaml", "clients": "192.0.2.0/24,x"})"),
                   "400 clients:1: the weight"));
    caller.process.next_config = "zoens: {}";
    CHECK(
        mentions(refusal("plan", R"({"file": "next.yaml"})"), "422 the configuration has errors"));
    CHECK(mentions(refusal("simulate", R"({"name": "nosuch.example.com"})"), "404 nosuch"));
    CHECK(mentions(refusal("simulate", R"({"name": "plain.example.com"})"), "404 plain"));
    CHECK(mentions(refusal("simulate", R"({"name": "www.example.com"})"), "400 no database"));
    CHECK(
        mentions(refusal("simulate", R"({"name": "www.example.com", "type": "MX"})"), "400 type"));
    CHECK(mentions(refusal("simulate", R"({"name": "www.example.com", "down": "nosuch"})"),
                   "400 down: no endpoint"));
    caller.process.is_busy = true;
    CHECK(mentions(refusal("simulate", kSimulate), "503 other calculations"));
}

Event down(std::uint64_t id) {
    return {.id = id,
            .time = WallTime(std::chrono::milliseconds(1763640000123)),
            .kind = EventKind::health,
            .severity = LogLevel::warning,
            .phase = Phase::begins,
            .subject = "web 203.0.113.10:443",
            .from = "healthy",
            .to = "unhealthy",
            .outcome = "connect refused",
            .reason = "connect refused (3 of 3)",
            .lasted = std::chrono::seconds(60),
            .checks = Agreement{.agreeing = 1, .checks = 2},
            .text = "web 203.0.113.10:443 is unhealthy: connect refused (3 of 3)"};
}

TEST_CASE("events say who, from what to what, since when and why", "[admin][api]") {
    Caller caller;
    caller.process.happened = {down(7)};
    const auto page = caller.json("/api/v1/events");
    CHECK(page["newest"] == 7);
    CHECK(page["missed"] == 0);
    REQUIRE(page["events"].size() == 1);
    CHECK(page["events"][0] == Json::parse(R"json({
        "id": 7, "time": "2025-11-20T12:00:00.123Z", "kind": "health", "severity": "warning",
        "active": true, "subject": "web 203.0.113.10:443", "from": "healthy", "to": "unhealthy",
        "outcome": "connect refused", "reason": "connect refused (3 of 3)",
        "since": "2025-11-20T11:59:00.123Z", "lasted_ms": 60000,
        "checks": {"agreeing": 1, "of": 2},
        "text": "web 203.0.113.10:443 is unhealthy: connect refused (3 of 3)"})json"));
}

TEST_CASE("events can be read on from the last one seen", "[admin][api]") {
    Caller caller;
    caller.process.happened = {down(7), down(8), down(9)};
    const auto ids = [&](const std::string& query) {
        std::vector<int> list;
        const auto page = caller.json("/api/v1/events?" + query);
        for (const auto& event : page["events"])
            list.push_back(event["id"]);
        return list;
    };
    CHECK(ids("since=7") == std::vector<int>{8, 9});
    CHECK(ids("since=0&limit=2") == std::vector<int>{7, 8});
    CHECK(ids("limit=1") == std::vector<int>{9});
    CHECK(ids("since=9").empty());
    for (const auto* wrong : {"since=x", "since=-1", "limit=10001", "follow=yes"}) {
        INFO(wrong);
        CHECK(caller.get(std::string("/api/v1/events?") + wrong).status == 400);
    }
}

TEST_CASE("a stream of events goes on with what happens", "[admin][api]") {
    Caller caller;
    caller.process.happened = {down(7), down(8)};
    const auto reply = caller.get("/api/v1/events?follow=true&limit=1");
    REQUIRE(reply.more);
    CHECK(reply.content_type == "application/x-ndjson");
    CHECK(Json::parse(reply.body)["id"] == 8);
    CHECK(reply.more().empty());
    caller.process.happened.push_back(down(9));
    CHECK(Json::parse(reply.more())["id"] == 9);
    CHECK(reply.more().empty());

    const auto later = caller.get("/api/v1/events?follow=true&limit=0");
    CHECK(later.body.empty());
    caller.process.happened.push_back(down(10));
    CHECK(Json::parse(later.more())["id"] == 10);
}

}  // namespace
}  // namespace fairlead::admin
