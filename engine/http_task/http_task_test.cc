#include "engine/http_task/http_task.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "engine/http_task/test_server.h"
#include "engine/value/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::http_task {
namespace {

using testing::HasSubstr;
using testing::Not;

class FixedConnections final : public ConnectionSource {
 public:
  OrFailure<Connection> Find(const std::string& name) override {
    const auto found = texts.find(name);
    if (found == texts.end()) return Failure{"Events.ConnectionResource.ResourceNotFound", name};
    absl::StatusOr<Connection> connection = ParseConnection(found->second);
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *connection;
  }
  std::map<std::string, std::string> texts;
};

std::string Ok(const std::string& body) { return HttpAnswer(200, "OK", "text/plain", body); }

class HttpTaskTest : public testing::Test {
 protected:
  HttpTaskTest() : connections_(std::make_shared<FixedConnections>()) {
    server_.Reset();
    options_.allowed_hosts = {"127.0.0.1:*"};
    options_.allow_private_addresses = true;
    options_.allow_plain_http = true;
    options_.connections = connections_;
  }

  // `more` are further members, ", \"a\": 1".
  OrFailure<Value> Call(const std::string& method, const std::string& url,
                        const std::string& more = "") {
    HttpTask task(options_);
    return CallOn(&task, method, url, more);
  }
  static OrFailure<Value> CallOn(HttpTask* task, const std::string& method, const std::string& url,
                                 const std::string& more = "") {
    absl::StatusOr<Value> parameters = ParseJson(
        absl::StrCat(R"({"Method":")", method, R"(","ApiEndpoint":")", url, "\"", more, "}"));
    EXPECT_TRUE(parameters.ok()) << parameters.status();
    return task->Invoke(*parameters, absl::Seconds(30), nullptr);
  }
  std::string Error(const OrFailure<Value>& result) {
    return result.ok() ? "ok" : result.failure().error;
  }
  std::string Cause(const OrFailure<Value>& result) {
    return result.ok() ? "ok" : result.failure().cause.value_or("(none)");
  }
  static TestServer& Server() {
    static TestServer server;
    return server;
  }

  TestServer& server_ = Server();
  std::shared_ptr<FixedConnections> connections_;
  Options options_;
};

TEST_F(HttpTaskTest, GivesTheAnswerAsAwsDoes) {
  server_.Answer("/x", [](const auto&) {
    return HttpAnswer(200, "OK", "application/json; charset=utf-8", R"({"a":[1,2.50]})",
                      "X-Two: 1\r\nX-Two: 2\r\n");
  });
  const OrFailure<Value> result = Call("GET", server_.Url("/x"));
  ASSERT_TRUE(result.ok()) << result.failure().error;
  EXPECT_EQ(ToJson(*result),
            R"({"Headers":{"content-type":["application/json; charset=utf-8"],)"
            R"("content-length":["14"],"connection":["close"],"x-two":["1","2"]},)"
            R"("ResponseBody":{"a":[1,2.50]},"StatusCode":200,"StatusText":"OK"})");
  server_.Answer("/x", [](const auto&) { return Ok("{\"a\":1}"); });
  EXPECT_EQ(Call("GET", server_.Url("/x"))->Find("ResponseBody")->AsString(), "{\"a\":1}");
  server_.Answer("/x", [](const auto&) { return "HTTP/1.1 204 No Content\r\n\r\n"; });
  EXPECT_EQ(Call("DELETE", server_.Url("/x"))->Find("StatusText")->AsString(), "No Content");
}

TEST_F(HttpTaskTest, SendsHeadersQueryAndJsonBody) {
  server_.Answer("/p", [](const auto&) { return Ok("x"); });
  ASSERT_TRUE(Call("POST", server_.Url("/p?z=%20"),
                   R"(,"Headers":{"Request-Id":"r","X-List":["a","b"],"Empty":"","user-agent":"me"},
                      "QueryParameters":{"q":"a b&c","n":1,"l":["x","y"]},
                      "RequestBody":{"Job":"Software","n":1.0})")
                  .ok());
  const TestServer::Received got = server_.received().at(0);
  EXPECT_EQ(got.method, "POST");
  EXPECT_EQ(got.target, "/p?z=%20&q=a%20b%26c&n=1&l=x&l=y");
  EXPECT_EQ(got.body, R"({"Job":"Software","n":1.0})");
  EXPECT_EQ(got.headers.at("request-id"), "r");
  EXPECT_EQ(got.headers.at("x-list"), "a|b");
  EXPECT_EQ(got.headers.at("empty"), "");
  EXPECT_EQ(got.headers.at("content-type"), "application/json; charset=UTF-8");
  EXPECT_EQ(got.headers.at("user-agent"), options_.user_agent);
  EXPECT_EQ(got.headers.at("range"), absl::StrCat("bytes=0-", options_.max_response_bytes));
  EXPECT_EQ(got.headers.count("expect"), 0u);
}

TEST_F(HttpTaskTest, SendsForms) {
  server_.Answer("/", [](const auto&) { return Ok("x"); });
  ASSERT_TRUE(Call("POST", server_.Url("/"),
                   R"(,"RequestBody":{"description":"Monthly subscription",
                      "metadata":{"order_details":"monthly report data"}},
                      "Transform":{"RequestBodyEncoding":"URL_ENCODED"})")
                  .ok());
  EXPECT_EQ(
      server_.received().at(0).body,
      "description=Monthly%20subscription&metadata%5Border_details%5D=monthly%20report%20data");
  EXPECT_EQ(server_.received().at(0).headers.at("content-type"),
            "application/x-www-form-urlencoded");
  ASSERT_TRUE(Call("PUT", server_.Url("/"), R"(,"RequestBody":"as it is")").ok());
  EXPECT_EQ(server_.received().at(1).body, "as it is");
  ASSERT_TRUE(Call("POST", server_.Url("/")).ok());
  EXPECT_EQ(server_.received().at(2).headers.count("content-type"), 0u);
}

TEST_F(HttpTaskTest, MergesTheConnectionOverTheTask) {
  connections_->texts["Example"] = R"({"AuthorizationType":"API_KEY","AuthParameters":{
      "ApiKeyAuthParameters":{"ApiKeyName":"ApiKey","ApiKeyValue":"key_value"},
      "InvocationHttpParameters":{
        "BodyParameters":[{"Key":"BodyParam","Value":"connection"}],
        "HeaderParameters":[{"Key":"header-param","Value":"connection"}],
        "QueryStringParameters":[{"Key":"QueryParam","Value":"connection"}]}}})";
  server_.Answer("/path", [](const auto&) { return Ok("x"); });
  const std::string arn =
      R"(,"Authentication":{"ConnectionArn":"arn:aws:events:us-east-1:1:connection/Example/81210"})";
  ASSERT_TRUE(Call("POST", server_.Url("/path"),
                   arn + R"(,"Headers":{"Request-Id":"r","Header-Param":"task"},
                            "RequestBody":{"Job":"j","BodyParam":"task"},
                            "QueryParameters":{"QueryParam":"task","x":"1"})")
                  .ok());
  const TestServer::Received got = server_.received().at(0);
  EXPECT_EQ(got.target, "/path?x=1&QueryParam=connection");
  EXPECT_EQ(got.body, R"({"Job":"j","BodyParam":"connection"})");
  EXPECT_EQ(got.headers.at("apikey"), "key_value");
  EXPECT_EQ(got.headers.at("header-param"), "connection");
  const OrFailure<Value> failed = Call("POST", server_.Url("/path"), arn + R"(,"RequestBody":"s")");
  EXPECT_EQ(Error(failed), "States.Runtime");
  EXPECT_EQ(
      Error(Call("GET", server_.Url("/path"), R"(,"InvocationConfig":{"ConnectionArn":"no"})")),
      "Events.ConnectionResource.ResourceNotFound");
}

TEST_F(HttpTaskTest, FailsWithTheStatus) {
  server_.Answer("/429", [](const auto&) {
    return HttpAnswer(429, "Too Many Requests", "text/plain", "slow down");
  });
  server_.Answer("/500", [](const auto&) { return HttpAnswer(500, "Broken", "text/plain", ""); });
  EXPECT_EQ(Error(Call("GET", server_.Url("/429"))), "States.Http.StatusCode.429");
  EXPECT_EQ(Cause(Call("GET", server_.Url("/429"))), "slow down");
  EXPECT_EQ(Error(Call("GET", server_.Url("/500"))), "States.Http.StatusCode.500");
  EXPECT_EQ(Cause(Call("GET", server_.Url("/500"))), "Broken");
}

TEST_F(HttpTaskTest, RefusesAnswersThatAreNoText) {
  for (const char* type : {"application/octet-stream", "image/png", "Video/mp4", "audio/x"}) {
    server_.Answer("/", [type](const auto&) { return HttpAnswer(200, "OK", type, "x"); });
    EXPECT_EQ(Error(Call("GET", server_.Url("/"))), "States.Runtime") << type;
  }
  server_.Answer("/", [](const auto&) { return Ok("\xff\xfe"); });
  EXPECT_EQ(Error(Call("GET", server_.Url("/"))), "States.Runtime");
}

TEST_F(HttpTaskTest, LimitsRequestAndAnswer) {
  options_.max_response_bytes = 10;
  server_.Answer("/10", [](const auto&) { return Ok("0123456789"); });
  server_.Answer("/11", [](const auto&) { return Ok("0123456789X"); });
  server_.Answer("/headers", [](const auto&) {
    return HttpAnswer(200, "OK", "text/plain", "", "X: " + std::string(300000, 'x') + "\r\n");
  });
  EXPECT_TRUE(Call("GET", server_.Url("/10")).ok());
  EXPECT_EQ(Error(Call("GET", server_.Url("/11"))), "States.DataLimitExceeded");
  EXPECT_FALSE(Call("GET", server_.Url("/headers")).ok());
  options_.max_request_bytes = 1000;
  EXPECT_EQ(Error(Call("POST", server_.Url("/10"),
                       absl::StrCat(R"(,"RequestBody":")", std::string(1000, 'x'), "\""))),
            "States.DataLimitExceeded");
}

TEST_F(HttpTaskTest, RefusesHostsThatAreNotAllowed) {
  options_.allowed_hosts = {};
  EXPECT_EQ(Error(Call("GET", server_.Url("/"))), "States.Permissions");
  options_.allowed_hosts = {"127.0.0.1", "example.com"};  // without a port: 80 and 443 only
  EXPECT_EQ(Error(Call("GET", server_.Url("/"))), "States.Permissions");
  options_.allowed_hosts = {"127.0.0.1:*"};
  options_.allow_plain_http = false;
  EXPECT_EQ(Error(Call("GET", server_.Url("/"))), "States.Runtime");
  EXPECT_TRUE(server_.received().empty());
}

TEST_F(HttpTaskTest, RefusesPrivateAddressesAfterResolution) {
  options_.allow_private_addresses = false;
  options_.allowed_hosts = {"*:*"};
  for (const std::string host : {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]",
                                 "[::ffff:127.0.0.1]", "0.0.0.0", "[::]"}) {
    const OrFailure<Value> result =
        Call("GET", absl::StrCat("http://", host, ":", server_.port(), "/"));
    EXPECT_EQ(Error(result), "States.Permissions") << host << " " << Cause(result);
  }
  EXPECT_TRUE(server_.received().empty());
}

TEST_F(HttpTaskTest, FollowsRedirectsByTheRules) {
  const auto to = [](int status, const std::string& where) {
    return [=](const TestServer::Received&) {
      return HttpAnswer(status, "Moved", "text/plain", "moved", "Location: " + where + "\r\n");
    };
  };
  server_.Answer("/end", [](const auto&) { return Ok("end"); });
  server_.Answer("/301", to(301, "/end?x=1"));
  server_.Answer("/303", to(303, "end"));
  server_.Answer("/307", to(307, server_.Url("/end")));
  server_.Answer("/loop", to(302, "/loop"));
  server_.Answer("/bad", to(302, "file:///etc/passwd"));
  server_.Answer("/user", to(302, "http://u:p@127.0.0.1/"));
  server_.Answer("/away", to(302, "http://other.invalid/"));
  EXPECT_TRUE(Call("GET", server_.Url("/301")).ok());
  EXPECT_EQ(server_.received().back().target, "/end?x=1");
  EXPECT_TRUE(Call("POST", server_.Url("/303"), R"(,"RequestBody":{"a":1})").ok());
  EXPECT_EQ(server_.received().back().method, "GET");
  EXPECT_EQ(server_.received().back().body, "");
  EXPECT_TRUE(Call("POST", server_.Url("/307"), R"(,"RequestBody":{"a":1})").ok());
  EXPECT_EQ(server_.received().back().body, R"({"a":1})");
  EXPECT_EQ(Error(Call("POST", server_.Url("/301"))), "States.Http.StatusCode.301");
  EXPECT_EQ(Error(Call("GET", server_.Url("/loop"))), "States.Http.StatusCode.302");
  EXPECT_EQ(Error(Call("GET", server_.Url("/bad"))), "States.Http.StatusCode.302");
  EXPECT_EQ(Error(Call("GET", server_.Url("/user"))), "States.Http.StatusCode.302");
  EXPECT_EQ(Error(Call("GET", server_.Url("/away"))), "States.Permissions");
  options_.max_redirects = 0;
  EXPECT_EQ(Error(Call("GET", server_.Url("/301"))), "States.Http.StatusCode.301");
}

TEST_F(HttpTaskTest, TakesNoCredentialsToAnotherOrigin) {
  connections_->texts["c"] = R"({"AuthorizationType":"BASIC","AuthParameters":{
      "BasicAuthParameters":{"Username":"user","Password":"password"},
      "InvocationHttpParameters":{"HeaderParameters":[{"Key":"X-Key","Value":"k"}]}}})";
  // The same server under another name is another origin.
  options_.allowed_hosts = {"127.0.0.1:*", "localhost:*"};
  const std::string away = absl::StrCat("http://localhost:", server_.port(), "/end");
  for (const int status : {302, 307}) {
    server_.Answer("/go", [=](const auto&) {
      return HttpAnswer(status, "Moved", "text/plain", "", "Location: " + away + "\r\n");
    });
    server_.Answer("/end", [](const auto&) { return Ok("end"); });
    const std::string more =
        R"(,"InvocationConfig":{"ConnectionArn":"c"},"Headers":{"X-Task":"t","Accept":"text/*"})";
    const OrFailure<Value> result = Call("GET", server_.Url("/go"), more);
    ASSERT_TRUE(result.ok()) << Error(result) << Cause(result);
    const auto received = server_.received();
    EXPECT_EQ(received[received.size() - 2].headers.at("authorization"),
              "Basic dXNlcjpwYXNzd29yZA==");
    EXPECT_EQ(received.back().headers.count("authorization"), 0u);
    EXPECT_EQ(received.back().headers.count("x-key"), 0u);
    EXPECT_EQ(received.back().headers.count("x-task"), 0u);
    EXPECT_EQ(received.back().headers.at("accept"), "text/*");
  }
  EXPECT_EQ(Error(Call("POST", server_.Url("/go"), R"(,"RequestBody":{"a":1})")),
            "States.Http.StatusCode.307");
}

TEST_F(HttpTaskTest, KeepsSecretsOutOfResultsAndFailures) {
  connections_->texts["c"] = R"({"AuthorizationType":"API_KEY","AuthParameters":{
      "ApiKeyAuthParameters":{"ApiKeyName":"X-Api-Key","ApiKeyValue":"very-secret"},
      "InvocationHttpParameters":{"HeaderParameters":[
        {"Key":"X-Hidden","Value":"hidden-value","IsValueSecret":true}]}}})";
  const auto echo = [](int status) {
    return [=](const TestServer::Received& got) {
      return HttpAnswer(status, "OK", "text/plain",
                        got.headers.at("x-api-key") + got.headers.at("x-hidden"),
                        "X-Echo: " + got.headers.at("x-api-key") + "\r\n");
    };
  };
  server_.Answer("/ok", echo(200));
  server_.Answer("/no", echo(403));
  const char* more = R"(,"InvocationConfig":{"ConnectionArn":"c"})";
  const OrFailure<Value> result = Call("GET", server_.Url("/ok"), more);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->Find("ResponseBody")->AsString(), "******");
  EXPECT_THAT(ToJson(*result), Not(HasSubstr("very-secret")));
  EXPECT_EQ(Cause(Call("GET", server_.Url("/no"), more)), "******");
}

TEST_F(HttpTaskTest, UsesAConnectionOnlyForItsHosts) {
  connections_->texts["c"] = R"({"AuthorizationType":"BASIC","AuthParameters":{
      "BasicAuthParameters":{"Username":"user","Password":"password"}},
      "AllowedHosts":["api.example.com"]})";
  EXPECT_EQ(Error(Call("GET", server_.Url("/"), R"(,"InvocationConfig":{"ConnectionArn":"c"})")),
            "Events.ConnectionResource.AccessDenied");
  EXPECT_TRUE(server_.received().empty());
}

TEST_F(HttpTaskTest, GetsAnOAuthTokenOnceAndAgainWhenItIsRefused) {
  int tokens = 0;
  server_.Answer("/token", [&](const auto&) {
    return HttpAnswer(
        200, "OK", "application/json",
        absl::StrCat(R"({"access_token":"token-no-)", ++tokens, R"(","expires_in":3600})"));
  });
  std::string valid = "Bearer token-no-1";
  server_.Answer("/api", [&](const TestServer::Received& got) {
    return got.headers.at("authorization") == valid
               ? Ok("x")
               : HttpAnswer(401, "Unauthorized", "text/plain", "who?");
  });
  connections_->texts["c"] =
      absl::StrCat(R"({"AuthorizationType":"OAUTH_CLIENT_CREDENTIALS","AuthParameters":{
      "OAuthParameters":{"AuthorizationEndpoint":")",
                   server_.Url("/token"), R"(",
        "ClientParameters":{"ClientID":"id","ClientSecret":"client-secret"},
        "OAuthHttpParameters":{"BodyParameters":[{"Key":"scope","Value":"a b"}]}}}})");
  const char* more = R"(,"InvocationConfig":{"ConnectionArn":"c"})";
  HttpTask task(options_);
  EXPECT_TRUE(CallOn(&task, "GET", server_.Url("/api"), more).ok());
  EXPECT_TRUE(CallOn(&task, "GET", server_.Url("/api"), more).ok());
  EXPECT_EQ(tokens, 1);
  EXPECT_EQ(server_.received().at(0).body,
            "grant_type=client_credentials&client_id=id&client_secret=client-secret&scope=a%20b");
  valid = "Bearer token-no-2";
  EXPECT_TRUE(CallOn(&task, "GET", server_.Url("/api"), more).ok());
  EXPECT_EQ(tokens, 2);
  valid = "none";
  EXPECT_EQ(Error(CallOn(&task, "GET", server_.Url("/api"), more)), "States.Http.StatusCode.401");
  EXPECT_EQ(tokens, 3);
  server_.Answer("/token", [](const auto&) {
    return HttpAnswer(400, "Bad", "text/plain", "client-secret is wrong");
  });
  HttpTask fresh(options_);
  const OrFailure<Value> failed = CallOn(&fresh, "GET", server_.Url("/api"), more);
  EXPECT_EQ(Error(failed), "Events.ConnectionResource.InvalidConnectionState");
  EXPECT_THAT(Cause(failed), Not(HasSubstr("client-secret")));
}

TEST_F(HttpTaskTest, EndsInTime) {
  // Shared: the server still waits for it when the test is over.
  auto release = std::make_shared<absl::Notification>();
  server_.Answer("/slow", [release](const auto&) {
    release->WaitForNotification();
    return Ok("late");
  });
  HttpTask task(options_);
  const Value parameters = Value::Object(
      {{"Method", Value::String("GET")}, {"ApiEndpoint", Value::String(server_.Url("/slow"))}});
  OrFailure<Value> result = task.Invoke(parameters, absl::Milliseconds(50), nullptr);
  EXPECT_EQ(Error(result), "States.Timeout");
  EXPECT_FALSE(result.failure().cause.has_value());
  options_.timeout = absl::Milliseconds(50);
  HttpTask hasty(options_);
  EXPECT_EQ(Error(hasty.Invoke(parameters, absl::InfiniteDuration(), nullptr)),
            "States.Http.Socket");
  std::atomic<bool> cancelled{true};
  EXPECT_EQ(Cause(task.Invoke(parameters, absl::Seconds(30), &cancelled)),
            "The HTTP request was cancelled.");
  release->Notify();
}

TEST_F(HttpTaskTest, FailsWithSocketWhereNobodyListens) {
  const OrFailure<Value> result = Call("GET", "http://127.0.0.1:1/");
  EXPECT_EQ(Error(result), "States.Http.Socket");
  server_.Answer("/broken", [](const auto&) { return "nonsense\r\n\r\n"; });
  EXPECT_EQ(Error(Call("GET", server_.Url("/broken"))), "States.Http.Socket");
}

}  // namespace
}  // namespace pawl::http_task
