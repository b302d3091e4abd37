// The API over real sockets, an engine in real time and a store in memory.
#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "engine/api/aws/front.h"
#include "engine/http/server.h"
#include "engine/runtime/world/threads.h"
#include "engine/service/service.h"
#include "engine/value/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "persistence/memory/memory_store.h"
#include "tests/support/http_client.h"

namespace pawl::api::aws_json {
namespace {

using ::testing::HasSubstr;

uint64_t NextSeed() {
  static std::atomic<uint64_t> next{1};
  return next++;
}

class SocketTest : public ::testing::Test {
 protected:
  SocketTest() {
    node_ = std::make_unique<runtime::Node>(
        runtime::Options(), World(), [this](persistence::SlotRange) { return &strand_; },
        &metrics_);
    absl::Notification opened;
    node_->Open([&](const absl::Status& status) {
      EXPECT_TRUE(status.ok()) << status;
      opened.Notify();
    });
    opened.WaitForNotification();
    service_ = std::make_unique<service::Service>(node_.get(), service::Settings());
    front_ = std::make_unique<Front>(service_.get());
    server_ = *http::Server::Start("127.0.0.1:0", {},
                                   [this](http::Request request, http::Respond respond) {
                                     front_->Handle(std::move(request), std::move(respond));
                                   });
    client_ = std::make_unique<testing::HttpClient>(server_->port());
  }
  ~SocketTest() override {
    server_->Stop(absl::Seconds(5));
    absl::Notification closed;
    node_->Close([&closed] { closed.Notify(); });
    closed.WaitForNotification();
    access_.Stop();
    blocking_.Stop();
    strand_.Stop();
  }

  runtime::WorldRef World() {
    runtime::WorldRef world;
    world.clock = &clock_;
    world.strand = world.leases = &strand_;
    world.store = &access_;
    world.blocking = world.slow = &blocking_;
    world.seed = &NextSeed;
    return world;
  }
  std::string Call(const std::string& operation, const std::string& body) {
    const auto answer = client_->Aws(operation, body);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->body : "";
  }

  runtime::SystemClock clock_;
  persistence::MemoryStore store_{{[] { return absl::Now(); }}};
  runtime::ThreadStoreAccess access_{&store_, runtime::ReadThreads()};
  runtime::ThreadBlocking blocking_{1, "slow"};
  runtime::ThreadStrand strand_{"range"};
  runtime::Metrics metrics_;
  std::unique_ptr<runtime::Node> node_;
  std::unique_ptr<service::Service> service_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<testing::HttpClient> client_;
};

constexpr char kActivity[] = "arn:aws:states:us-east-1:000000000000:activity:a";

TEST_F(SocketTest, AnExecutionRunsFromStartToHistory) {
  Call("CreateActivity", R"({"name":"a"})");
  Call(
      "CreateStateMachine",
      R"({"name":"m","roleArn":"arn:aws:iam::000000000000:role/r","definition":"{\"StartAt\":\"T\",\"States\":{\"T\":{\"Type\":\"Task\",\"Resource\":\")" +
          std::string(kActivity) + R"(\",\"End\":true}}}"})");
  const std::string poll = R"({"activityArn":")" + std::string(kActivity) + R"("})";
  std::string task;
  std::thread worker([&] {
    testing::HttpClient own(server_->port());
    const auto answer = own.Aws("GetActivityTask", poll);
    if (answer.ok()) task = answer->body;
  });
  EXPECT_THAT(
      Call(
          "StartExecution",
          R"({"stateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:m","name":"e","input":"[1]"})"),
      HasSubstr(":execution:m:e"));
  worker.join();
  const absl::StatusOr<Value> given = ParseJson(task);
  ASSERT_TRUE(given.ok() && given->Find("taskToken") != nullptr) << task;
  EXPECT_EQ(given->Find("input")->AsString(), "[1]");
  EXPECT_EQ(Call("SendTaskSuccess", R"({"taskToken":")" + given->Find("taskToken")->AsString() +
                                        R"(","output":"{\"done\":true}"})"),
            "{}");
  const std::string execution =
      R"({"executionArn":"arn:aws:states:us-east-1:000000000000:execution:m:e"})";
  EXPECT_THAT(Call("DescribeExecution", execution), HasSubstr(R"("output":"{\"done\":true}")"));
  EXPECT_THAT(Call("GetExecutionHistory", execution), HasSubstr("ExecutionSucceeded"));
}

TEST_F(SocketTest, StoppingEndsPollsAtOnce) {
  Call("CreateActivity", R"({"name":"a"})");
  absl::Notification asked;
  int status = 0;
  std::thread worker([&] {
    testing::HttpClient own(server_->port());
    // An answered request before it, so that the poll is the server's when this thread has sent it.
    (void)own.Aws("ListActivities", "{}");
    asked.Notify();
    const auto answer =
        own.Aws("GetActivityTask", R"({"activityArn":")" + std::string(kActivity) + R"("})");
    // No task, or, where it came too late, a connection that is closed: it polls again elsewhere.
    status = answer.ok() ? answer->status : 0;
  });
  asked.WaitForNotification();
  const absl::Time began = absl::Now();
  server_->Stop(absl::Seconds(30));
  worker.join();
  EXPECT_LT(absl::Now() - began, absl::Seconds(20));
  EXPECT_THAT(status, ::testing::AnyOf(0, 200, 503));
}

}  // namespace
}  // namespace pawl::api::aws_json
