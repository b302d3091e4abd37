#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pawl/testing.h"
#include "pawl/typed.h"

namespace {

using pawl::ExecutionStatus;
using testing::ElementsAre;
using testing::HasSubstr;

struct Order {
  int64_t id = 0;
  double amount = 0;
};
PAWL_FIELDS(Order, id, amount)
struct Receipt {
  int64_t id = 0;
  std::string number;
};
PAWL_FIELDS(Receipt, id, number)

constexpr char kOrderMachine[] = R"({
  "StartAt": "Charge",
  "States": {
    "Charge": {
      "Type": "Task", "Resource": "pawl:Charge",
      "Retry": [{"ErrorEquals": ["BankDown"], "IntervalSeconds": 60, "MaxAttempts": 3}],
      "Catch": [{"ErrorEquals": ["CardDeclined"], "ResultPath": "$.problem", "Next": "Apologize"}],
      "ResultPath": "$.receipt", "TimeoutSeconds": 600, "Next": "WaitADay"
    },
    "WaitADay": {"Type": "Wait", "Seconds": 86400, "Next": "Ship"},
    "Ship": {"Type": "Task", "Resource": "pawl:Ship", "End": true},
    "Apologize": {"Type": "Task", "Resource": "pawl:Apologize", "End": true}
  }
})";

class OrderTest : public testing::Test {
 protected:
  static pawl::Handlers MakeHandlers() {
    pawl::Handlers handlers;
    handlers.Add("Charge",
                 pawl::Typed<Order, Receipt>(
                     [](const Order& order, const pawl::Task& task) -> pawl::ResultOf<Receipt> {
                       if (order.amount > 1'000) return pawl::Fail("CardDeclined", "too much");
                       return Receipt{order.id, absl::StrCat("r", task.attempt())};
                     }));
    handlers.Add("Ship", [](const pawl::Task& task) { return pawl::Succeed(task.input()); });
    handlers.Add("Apologize", [](const pawl::Task&) { return pawl::Succeed("\"sorry\""); });
    return handlers;
  }

  void SetUp() override {
    const absl::Status status = engine_.PutStateMachine("Order", kOrderMachine);
    ASSERT_TRUE(status.ok()) << status;
  }

  pawl::TestEngine engine_{MakeHandlers()};
};

TEST_F(OrderTest, WaitsADayInNoTime) {
  const absl::Time began = absl::Now();
  const auto order = engine_.Run("Order", R"({"id":7,"amount":5})");
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(order->output, R"({"id":7,"amount":5,"receipt":{"id":7,"number":"r1"}})");
  EXPECT_THAT(order->path, ElementsAre("Charge", "WaitADay", "Ship"));
  EXPECT_EQ(order->stop_time - order->start_time, absl::Hours(24));
  EXPECT_LT(absl::Now() - began, absl::Seconds(5));
}

TEST_F(OrderTest, RetriesInVirtualTimeWhatWasInjected) {
  engine_.FailNext("Charge", "BankDown", "try later", 2);
  const auto order = engine_.Run("Order", R"({"id":7,"amount":5})");
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->status, ExecutionStatus::kSucceeded);
  EXPECT_THAT(order->output, HasSubstr(R"("number":"r3")"));
  EXPECT_THAT(order->path, ElementsAre("Charge", "WaitADay", "Ship"));
  EXPECT_EQ(engine_.calls("Charge"), 1);
  EXPECT_EQ(order->stop_time - order->start_time, absl::Hours(24) + absl::Minutes(3));
}

TEST_F(OrderTest, CatchesAFailureOfTheHandler) {
  const auto order = engine_.Run("Order", R"({"id":7,"amount":5000})");
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->output, "\"sorry\"");
  EXPECT_THAT(order->path, ElementsAre("Charge", "Apologize"));
}

TEST_F(OrderTest, FailsForInputThatDoesNotFit) {
  const auto order = engine_.Run("Order", R"({"id":7})");
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->status, ExecutionStatus::kFailed);
  EXPECT_EQ(order->error, "Pawl.InvalidInput");
  EXPECT_EQ(order->cause, "$.amount: missing, expected a number");
}

TEST_F(OrderTest, ALostTaskTimesOut) {
  engine_.LoseNext("Charge");
  const auto order = engine_.Run("Order", R"({"id":7,"amount":5})");
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->error, "States.Timeout");
  EXPECT_EQ(order->stop_time - order->start_time, absl::Minutes(10));
}

TEST_F(OrderTest, SurvivesACrashOfTheEngine) {
  const auto arn = engine_.Start("Order", R"({"id":7,"amount":5})", "order-7");
  ASSERT_TRUE(arn.ok()) << arn.status();
  engine_.Skip(absl::Hours(12));
  EXPECT_EQ(engine_.calls("Charge"), 1);
  bool has_rung = false;
  engine_.After(absl::Hours(1), [&] { has_rung = true; });
  engine_.CrashEngine();
  const auto order = engine_.RunUntilClosed(*arn);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(order->stop_time - order->start_time, absl::Hours(24));
  EXPECT_EQ(engine_.calls("Charge"), 1);
  EXPECT_TRUE(has_rung);
}

TEST_F(OrderTest, StopsAnExecution) {
  const auto arn = engine_.Start("Order", R"({"id":7,"amount":5})");
  ASSERT_TRUE(arn.ok()) << arn.status();
  engine_.Skip(absl::Hours(1));
  ASSERT_TRUE(engine_.Stop(*arn, "Operator", "no longer wanted").ok());
  const auto order = engine_.Describe(*arn);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->status, ExecutionStatus::kAborted);
  EXPECT_EQ(order->error, "Operator");
}

TEST_F(OrderTest, SaysWhereItStandsWhenItDoesNotEnd) {
  const auto late = engine_.Run("Order", R"({"id":7,"amount":5})", absl::Hours(1));
  EXPECT_TRUE(absl::IsDeadlineExceeded(late.status()));
  EXPECT_THAT(std::string(late.status().message()), HasSubstr("'WaitADay' waits until 2023-11-15"));
}

TEST(TestEngine, NamesTheHandlerThatIsMissing) {
  pawl::TestEngine engine;
  ASSERT_TRUE(engine.PutStateMachine("Order", kOrderMachine).ok());
  const auto order = engine.Run("Order", "{}");
  EXPECT_TRUE(order.ok() || absl::IsDeadlineExceeded(order.status()));
  // Its time-out ends it: nobody serves Charge.
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->error, "States.Timeout");

  const auto arn = engine.Start("Order", "{}");
  const auto open = engine.RunUntilClosed(*arn, absl::Minutes(1));
  EXPECT_THAT(std::string(open.status().message()), HasSubstr("waits for a handler 'Charge'"));
}

TEST(TestEngine, ListsEveryProblemOfADefinition) {
  pawl::TestEngine engine;
  const absl::Status status = engine.PutStateMachine(
      "Bad", R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"C":{"Type":"Nope"}}})");
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("MISSING_TRANSITION_TARGET"));
}

constexpr char kApproval[] = R"({
  "StartAt": "Ask",
  "States": {"Ask": {"Type": "Task", "Resource": "arn:aws:states:::mail:send.waitForTaskToken",
    "Parameters": {"token.$": "$$.Task.Token"}, "End": true}}
})";

TEST(TestEngine, WaitsForATaskToken) {
  struct Ask {
    std::string token;
  };
  std::string token;
  pawl::Handlers handlers;
  handlers.Add("mail:send", [&](const pawl::Task& task) {
    std::map<std::string, std::string> input;
    if (!pawl::JsonReader::Parse(task.input(), &input).ok()) return pawl::Fail("BadInput");
    token = input["token"];
    return pawl::Accept();
  });
  pawl::TestEngine engine(handlers);
  ASSERT_TRUE(engine.PutStateMachine("Approval", kApproval).ok());
  const auto arn = engine.Start("Approval", "{}");
  ASSERT_TRUE(arn.ok()) << arn.status();
  engine.Skip(absl::Hours(100));
  ASSERT_NE(token, "");
  EXPECT_TRUE(engine.SendTaskSuccess(token, "\"yes\"").ok());
  const auto approval = engine.RunUntilClosed(*arn);
  ASSERT_TRUE(approval.ok()) << approval.status();
  EXPECT_EQ(approval->output, "\"yes\"");
  EXPECT_TRUE(absl::IsFailedPrecondition(engine.SendTaskSuccess(token, "1")));
}

constexpr char kSlow[] = R"({
  "StartAt": "Slow",
  "States": {"Slow": {"Type": "Task", "Resource": "pawl:Slow", "TimeoutSeconds": 60,
                      "HeartbeatSeconds": 10, "End": true}}
})";

TEST(TestEngine, AsyncHandlersAnswerLaterAndHeartbeatsKeepThemAlive) {
  pawl::TestEngine engine;
  engine.HandleAsync("Slow", [&](const pawl::Task& task, pawl::Responder respond) {
    EXPECT_EQ(task.time_left(), absl::Seconds(60));
    EXPECT_EQ(task.heartbeat_interval(), absl::Seconds(10));
    for (int i = 1; i <= 5; ++i) {
      engine.After(absl::Seconds(9 * i), [task] { task.Heartbeat("{\"n\":1}"); });
    }
    engine.After(absl::Seconds(50), [respond] { respond(pawl::Succeed("1")); });
  });
  ASSERT_TRUE(engine.PutStateMachine("Slow", kSlow).ok());
  const auto slow = engine.Run("Slow", "{}");
  ASSERT_TRUE(slow.ok()) << slow.status();
  EXPECT_EQ(slow->status, ExecutionStatus::kSucceeded) << slow->error;
}

constexpr char kTimesOut[] = R"({
  "StartAt": "Slow",
  "States": {"Slow": {"Type": "Task", "Resource": "pawl:Slow", "TimeoutSeconds": 60, "End": true}}
})";

TEST(TestEngine, CancelsATaskWhoseTimeIsUp) {
  std::string reason;
  pawl::TestEngine engine;
  std::vector<pawl::Responder> kept;
  engine.HandleAsync("Slow", [&](const pawl::Task& task, pawl::Responder respond) {
    kept.push_back(std::move(respond));
    task.OnCancel([&reason, task] { reason = task.cancel_reason(); });
  });
  ASSERT_TRUE(engine.PutStateMachine("Slow", kTimesOut).ok());
  const auto slow = engine.Run("Slow", "{}");
  ASSERT_TRUE(slow.ok()) << slow.status();
  EXPECT_EQ(slow->status, ExecutionStatus::kFailed);
  engine.Skip(absl::Seconds(1));
  EXPECT_EQ(reason, "the execution has ended");
}

constexpr char kFan[] = R"({
  "StartAt": "Fan",
  "States": {"Fan": {"Type": "Map", "ItemsPath": "$.items", "End": true,
    "ItemProcessor": {"StartAt": "Work",
      "States": {"Work": {"Type": "Task", "Resource": "pawl:Work", "End": true}}}}}
})";

TEST(TestEngine, HonoursTheConcurrencyOfAHandler) {
  int running = 0;
  int most = 0;
  pawl::TestEngine* the_engine = nullptr;
  pawl::Handlers handlers;
  handlers.AddAsync("Work",
                    [&](const pawl::Task&, const pawl::Responder& respond) {
                      most = std::max(most, ++running);
                      the_engine->After(absl::Seconds(1), [&running, respond] {
                        --running;
                        respond(pawl::Succeed());
                      });
                    },
                    {.max_concurrency = 3});
  pawl::TestEngine engine(handlers);
  the_engine = &engine;
  ASSERT_TRUE(engine.PutStateMachine("Fan", kFan).ok());
  const auto fan = engine.Run("Fan", R"({"items":[1,2,3,4,5,6,7,8,9]})");
  ASSERT_TRUE(fan.ok()) << fan.status();
  EXPECT_EQ(fan->status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(most, 3);
  EXPECT_EQ(fan->stop_time - fan->start_time, absl::Seconds(3));
}

}  // namespace
