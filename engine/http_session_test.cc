// http:invoke from a definition to a server and back, in virtual time but for the server itself.
#include "engine/http_session.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/http_task/test_server.h"
#include "engine/runtime/in_process_engine.h"
#include "engine/value/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "persistence/memory/memory_store.h"

namespace pawl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "open sesame";

class OneConnection final : public http_task::ConnectionSource {
 public:
  OrFailure<http_task::Connection> Find(const std::string&) override {
    return *http_task::ParseConnection(absl::StrCat(
        R"({"AuthorizationType":"API_KEY","AuthParameters":{"ApiKeyAuthParameters":
            {"ApiKeyName":"x-api-key","ApiKeyValue":")",
        kSecret, R"("}}})"));
  }
};

class HttpSessionTest : public ::testing::Test {
 protected:
  HttpSessionTest() {
    runtime::InProcessOptions options;
    options.store = &store_;
    options.runtime.verify_replay = true;
    options.runtime.shared_queues = {HttpSession::kQueue};
    engine_ = std::make_unique<runtime::InProcessEngine>(options);
    EXPECT_TRUE(engine_->Open().ok());
    options_.allow_private_addresses = true;
    options_.allow_plain_http = true;
    options_.allowed_hosts = {"127.0.0.1:*"};
    options_.connections = std::make_shared<OneConnection>();
  }
  static void SetUpTestSuite() { server_ = new http_task::TestServer; }
  static void TearDownTestSuite() { delete server_; }

  std::unique_ptr<runtime::LiveExecution> Run(const std::string& more = "") {
    session_ =
        HttpSession::Connect(options_, {2, 2}, &engine_->node(), engine_->node().world().blocking);
    std::vector<asl::Diagnostic> diagnostics;
    EXPECT_TRUE(
        engine_
            ->CreateMachine("m",
                            absl::StrCat(R"({"StartAt":"H","States":{"H":{"Type":"Task",
                "Resource":"arn:aws:states:::http:invoke","Parameters":{"Method":"GET","ApiEndpoint":")",
                                         server_->Url("/x"),
                                         R"(","Authentication":{"ConnectionArn":"c"}},"End":true)",
                                         more, "}}}"),
                            "", &diagnostics)
            .ok());
    auto ref = engine_->Start("m", "e", "{}");
    EXPECT_TRUE(ref.ok());
    EXPECT_TRUE(engine_->RunUntilClosed(*ref, absl::Hours(1)));
    ref_ = *ref;
    return *engine_->Load(*ref);
  }

  static http_task::TestServer* server_;
  persistence::MemoryStore store_{{[this] {
    return engine_ != nullptr ? engine_->now() : absl::FromUnixSeconds(1'700'000'000);
  }}};
  http_task::Options options_;
  std::unique_ptr<runtime::InProcessEngine> engine_;
  std::shared_ptr<HttpSession> session_;
  persistence::ExecutionRef ref_;
};

http_task::TestServer* HttpSessionTest::server_ = nullptr;

TEST_F(HttpSessionTest, AnswersWithTheResponse) {
  server_->Reset();
  server_->Answer("/x", [](const auto&) {
    return http_task::HttpAnswer(200, "OK", "application/json", R"({"a":[1,2]})");
  });
  const auto live = Run();
  ASSERT_EQ(live->state.status(), core::ExecutionStatus::kSucceeded);
  EXPECT_THAT(std::string(live->state.output().text()), HasSubstr(R"("ResponseBody":{"a":[1,2]})"));
  ASSERT_EQ(server_->received().size(), 1u);
  EXPECT_EQ(server_->received()[0].headers.at("x-api-key"), kSecret);
}

TEST_F(HttpSessionTest, NoHistoryHoldsASecret) {
  server_->Reset();
  server_->Answer("/x", [](const auto& request) {
    return http_task::HttpAnswer(200, "OK", "text/plain", request.headers.at("x-api-key"));
  });
  Run();
  const auto rows = store_.ReadHistory(ref_, 1, 100, false);
  ASSERT_TRUE(rows.ok());
  for (const persistence::HistoryRow& row : *rows) {
    EXPECT_THAT(row.record, Not(HasSubstr(kSecret)));
  }
}

TEST_F(HttpSessionTest, AStatusIsAnErrorThatRetriersKnow) {
  server_->Reset();
  int calls = 0;
  server_->Answer("/x", [&calls](const auto&) {
    return ++calls < 3 ? http_task::HttpAnswer(503, "Busy", "text/plain", "later")
                       : http_task::HttpAnswer(200, "OK", "text/plain", "done");
  });
  const auto live =
      Run(R"(,"Retry":[{"ErrorEquals":["States.Http.StatusCode.503"],"IntervalSeconds":60}])");
  EXPECT_EQ(live->state.status(), core::ExecutionStatus::kSucceeded);
  EXPECT_EQ(calls, 3);
}

TEST_F(HttpSessionTest, TracesACallOutsideOfExecutions) {
  server_->Reset();
  server_->Answer("/x",
                  [](const auto&) { return http_task::HttpAnswer(404, "No", "text/plain", "?"); });
  session_ =
      HttpSession::Connect(options_, {2, 2}, &engine_->node(), engine_->node().world().blocking);
  const auto answer_of = [&](bool reveals_secrets) {
    test_state::TaskCall call;
    call.queue = HttpSession::kQueue;
    call.input = *ParseJson(absl::StrCat(R"({"Method":"GET","ApiEndpoint":")", server_->Url("/x"),
                                         R"(","Authentication":{"ConnectionArn":"c"}})"));
    call.reveals_secrets = reveals_secrets;
    absl::optional<test_state::TaskAnswer> answer;
    session_->Try(call, [&answer](test_state::TaskAnswer given) { answer = std::move(given); });
    engine_->RunFor(absl::Seconds(1));
    return answer.value();
  };
  const test_state::TaskAnswer shown = answer_of(true);
  EXPECT_EQ(shown.error, "States.Http.StatusCode.404");
  EXPECT_EQ(shown.http_response->Find("statusCode")->AsString(), "404");
  EXPECT_EQ(shown.http_request->Find("url")->AsString(), server_->Url("/x"));
  EXPECT_THAT(shown.http_request->Find("headers")->AsString(),
              HasSubstr(absl::StrCat("x-api-key: ", kSecret)));
  EXPECT_THAT(answer_of(false).http_request->Find("headers")->AsString(), Not(HasSubstr(kSecret)));
}

// Calls that end when the test says so: hosts that hang until then.
class HeldCalls final : public runtime::Blocking {
 public:
  void Run(runtime::Work work, runtime::Strand* strand, runtime::Work done) override {
    calls_.push_back({std::move(work), strand, std::move(done)});
  }
  size_t held() const { return calls_.size(); }
  void End(size_t index) {
    Held call = std::move(calls_[index]);
    calls_.erase(calls_.begin() + static_cast<std::ptrdiff_t>(index));
    call.work();
    call.strand->Post(std::move(call.done));
  }

 private:
  struct Held {
    runtime::Work work;
    runtime::Strand* strand;
    runtime::Work done;
  };
  std::vector<Held> calls_;
};

TEST_F(HttpSessionTest, AHostThatHangsHoldsUpNoOther) {
  server_->Reset();
  server_->Answer("/",
                  [](const auto&) { return http_task::HttpAnswer(200, "OK", "text/plain", "x"); });
  options_.allowed_hosts = {"127.0.0.1:*", "localhost:*"};
  HeldCalls calls;
  session_ = HttpSession::Connect(options_, {4, 1}, &engine_->node(), &calls);
  std::vector<asl::Diagnostic> diagnostics;
  ASSERT_TRUE(engine_
                  ->CreateMachine("m", R"({"StartAt":"H","States":{"H":{"Type":"Task",
                      "Resource":"arn:aws:states:::http:invoke","End":true,"Parameters":
                      {"Method":"GET","ApiEndpoint.$":"$.url"}}}})",
                                  "", &diagnostics)
                  .ok());
  const auto start = [&](const std::string& name, const std::string& url) {
    const auto ref = engine_->Start("m", name, absl::StrCat(R"({"url":")", url, R"("})"));
    EXPECT_TRUE(ref.ok());
    return *ref;
  };
  // More than the session has credits: they come before the other host's.
  std::vector<persistence::ExecutionRef> slow;
  for (int i = 0; i < 12; ++i) {
    slow.push_back(start(absl::StrCat("s", i), server_->Url("/slow")));
  }
  engine_->RunFor(absl::Seconds(1));
  EXPECT_EQ(calls.held(), 1u);
  const auto quick = start("q", absl::StrCat("http://localhost:", server_->port(), "/quick"));
  engine_->RunFor(absl::Seconds(1));
  ASSERT_EQ(calls.held(), 2u);
  calls.End(1);
  engine_->RunFor(absl::Seconds(1));
  EXPECT_EQ((*engine_->Load(quick))->state.status(), core::ExecutionStatus::kSucceeded);
  EXPECT_EQ(calls.held(), 1u);
  for (const auto& ref : slow) {
    ASSERT_EQ(calls.held(), 1u);
    calls.End(0);
    engine_->RunFor(absl::Seconds(1));
    EXPECT_EQ((*engine_->Load(ref))->state.status(), core::ExecutionStatus::kSucceeded);
  }
  EXPECT_EQ(calls.held(), 0u);
}

TEST_F(HttpSessionTest, IsOffWithoutAllowedHosts) {
  options_.allowed_hosts.clear();
  const auto live = Run();
  EXPECT_EQ(live->state.error(), "States.Permissions");
}

}  // namespace
}  // namespace pawl
