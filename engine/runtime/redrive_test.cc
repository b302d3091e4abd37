// Redrive: what has succeeded is not run again, everything else is.
#include <gmock/gmock.h>

#include "engine/aws/error.h"
#include "engine/runtime/engine_fixture.h"

namespace pawl::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RedriveTest : public EngineFixture {
 protected:
  RedriveTest() { Restart(); }
  // Handlers fail while `broken` holds their name, and note their calls.
  void Serve(const std::string& queue) {
    engine_->Serve(queue,
                   [this, queue](const QueuedTask& task, InProcessEngine::Responder respond) {
                     calls_.push_back(queue + ToJson(task.task.input.value()));
                     if (broken_.count(queue) > 0) return respond.Fail("Broken", "by the test");
                     respond.Succeed("\"" + queue + "\"");
                   });
  }
  persistence::ExecutionRef Run(const std::string& definition, const std::string& input = "{}") {
    std::vector<asl::Diagnostic> diagnostics;
    EXPECT_TRUE(engine_->CreateMachine("m", definition, "", &diagnostics).ok());
    const auto ref = engine_->Start("m", "e", input);
    EXPECT_TRUE(ref.ok()) << ref.status();
    EXPECT_TRUE(engine_->RunUntilClosed(*ref, absl::Hours(10)));
    return *ref;
  }
  absl::StatusOr<absl::Time> Redrive(persistence::ExecutionRef ref, const std::string& token = "") {
    absl::StatusOr<absl::Time> result = absl::UnavailableError("not answered");
    engine_->node().Redrive(ref, token, [&](absl::StatusOr<absl::Time> at) { result = at; });
    engine_->RunFor(absl::Milliseconds(1));
    return result;
  }
  std::vector<std::string> TypesAfter(persistence::ExecutionRef ref, const std::string& type) {
    std::vector<std::string> types;
    bool is_after = false;
    const auto events = engine_->History(ref);
    for (const core::Event& event : *events) {
      const std::string name(core::InfoOf(event.type).name);
      is_after = is_after || name == type;
      if (is_after && event.is_numbered()) types.push_back(name);
    }
    return types;
  }
  std::string OutputOf(persistence::ExecutionRef ref) {
    return std::string((*engine_->Load(ref))->state.output().text());
  }

  std::set<std::string> broken_;
  std::vector<std::string> calls_;
};

constexpr char kTwoSteps[] = R"({"StartAt":"A","States":{
    "A":{"Type":"Task","Resource":"pawl:a","ResultPath":"$.a","Next":"B"},
    "B":{"Type":"Task","Resource":"pawl:b","End":true,
         "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1}]}}})";

TEST_F(RedriveTest, FailedTaskIsScheduledAgainAndNothingBeforeIt) {
  Serve("a");
  Serve("b");
  broken_ = {"b"};
  const auto ref = Run(kTwoSteps);
  EXPECT_THAT(calls_, ElementsAre("a{}", R"(b{"a":"a"})", R"(b{"a":"a"})"));
  calls_.clear();
  broken_.clear();
  Restart();
  Serve("a");
  Serve("b");
  const auto at = Redrive(ref);
  ASSERT_TRUE(at.ok()) << at.status();
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
  EXPECT_THAT(calls_, ElementsAre(R"(b{"a":"a"})"));
  EXPECT_THAT(TypesAfter(ref, "ExecutionRedriven"),
              ElementsAre("ExecutionRedriven", "TaskScheduled", "TaskStarted", "TaskSucceeded",
                          "TaskStateExited", "ExecutionSucceeded"));
  const auto row = memory_.GetExecution(ref);
  EXPECT_EQ(row->status, persistence::Status::kSucceeded);
  EXPECT_EQ(row->redrive_count, 1);
  EXPECT_EQ(row->redrive_time, *at);
  // Its Scheduled event follows from the state's Entered event.
  const auto events = engine_->History(ref);
  core::EventId entered, scheduled_after;
  for (const core::Event& event : *events) {
    if (event.Is<core::StateEntered>()) entered = event.id;
    if (event.Is<core::TaskScheduled>()) scheduled_after = event.previous;
  }
  EXPECT_EQ(scheduled_after, entered);
}

TEST_F(RedriveTest, RetriesStartOverAndItMayFailAgain) {
  Serve("a");
  Serve("b");
  broken_ = {"b"};
  const auto ref = Run(kTwoSteps);
  for (int i = 1; i <= 3; ++i) {
    calls_.clear();
    ASSERT_TRUE(Redrive(ref).ok());
    ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
    EXPECT_EQ(calls_.size(), 2u) << "and one retry";
    EXPECT_EQ(memory_.GetExecution(ref)->redrive_count, i);
    EXPECT_EQ((*engine_->Load(ref))->state.error(), "Broken");
  }
}

TEST_F(RedriveTest, OnlyBranchesThatFailedOrWereAbortedRunAgain) {
  Serve("good");
  Serve("bad");
  broken_ = {"bad"};
  const auto ref = Run(R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
      {"StartAt":"G","States":{"G":{"Type":"Task","Resource":"pawl:good","End":true}}},
      {"StartAt":"L","States":{"L":{"Type":"Wait","Seconds":1,"Next":"B"},
                               "B":{"Type":"Task","Resource":"pawl:bad","End":true}}},
      {"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}]}}})");
  broken_.clear();
  calls_.clear();
  ASSERT_TRUE(Redrive(ref).ok());
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Hours(1)));
  EXPECT_THAT(calls_, ElementsAre("bad{}"));
  EXPECT_EQ(OutputOf(ref), R"(["good","bad",{}])");
  EXPECT_THAT(TypesAfter(ref, "ExecutionRedriven"),
              ElementsAre("ExecutionRedriven", "TaskScheduled", "TaskStarted", "TaskSucceeded",
                          "TaskStateExited", "WaitStateExited", "ParallelStateSucceeded",
                          "ParallelStateExited", "ExecutionSucceeded"));
}

TEST_F(RedriveTest, IterationsThatWereNotStartedYetFollow) {
  Serve("item");
  int calls = 0;
  engine_->Serve("item", [&](const QueuedTask& task, InProcessEngine::Responder respond) {
    ++calls;
    const std::string input = ToJson(task.task.input.value());
    if (input == "2" && broken_.count("item") > 0) return respond.Fail("Broken", absl::nullopt);
    respond.Succeed(input);
  });
  broken_ = {"item"};
  const auto ref = Run(R"({"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":1,"End":true,
      "ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:item",
                       "End":true}}}}}})",
                       "[1,2,3,4]");
  EXPECT_EQ(calls, 2);
  broken_.clear();
  ASSERT_TRUE(Redrive(ref).ok());
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Hours(1)));
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(OutputOf(ref), "[1,2,3,4]");
}

TEST_F(RedriveTest, StoppedExecutionGoesOnWithItsWait) {
  std::vector<asl::Diagnostic> diagnostics;
  ASSERT_TRUE(engine_
                  ->CreateMachine("m", R"({"TimeoutSeconds":100,"StartAt":"W","States":{
      "W":{"Type":"Wait","Seconds":60,"End":true}}})",
                                  "", &diagnostics)
                  .ok());
  const auto ref = *engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Seconds(50));
  engine_->node().Stop(ref, absl::nullopt, absl::nullopt, [](const auto&) {});
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Seconds(1)));
  ASSERT_TRUE(Redrive(ref).ok());
  engine_->RunFor(absl::Seconds(59));
  EXPECT_EQ((*engine_->Load(ref))->state.status(), core::ExecutionStatus::kRunning)
      << "the wait and the time of the execution have begun anew";
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Seconds(2)));
  EXPECT_EQ((*engine_->Load(ref))->state.status(), core::ExecutionStatus::kSucceeded);
}

TEST_F(RedriveTest, FailStateFailsAgain) {
  const auto ref = Run(R"({"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E"}}})");
  ASSERT_TRUE(Redrive(ref).ok());
  EXPECT_THAT(TypesAfter(ref, "ExecutionRedriven"),
              ElementsAre("ExecutionRedriven", "ExecutionFailed"));
}

TEST_F(RedriveTest, CaughtFailureIsNoneToRedrive) {
  Serve("bad");
  Serve("last");
  broken_ = {"bad", "last"};
  const auto ref = Run(R"({"StartAt":"P","States":{
      "P":{"Type":"Parallel","Branches":[
        {"StartAt":"B","States":{"B":{"Type":"Task","Resource":"pawl:bad","End":true}}}],
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"L"}],"Next":"L"},
      "L":{"Type":"Task","Resource":"pawl:last","End":true}}})");
  calls_.clear();
  broken_.clear();
  ASSERT_TRUE(Redrive(ref).ok());
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Hours(1)));
  ASSERT_EQ(calls_.size(), 1u);
  EXPECT_THAT(calls_[0], HasSubstr("last"));
}

TEST_F(RedriveTest, RefusalsSayWhy) {
  Serve("a");
  const auto ref = Run(R"({"StartAt":"A","States":{"A":{"Type":"Task","Resource":"pawl:a",
      "End":true}}})");
  const auto done = Redrive(ref);
  EXPECT_EQ(aws::ErrorOf(done.status()), aws::Error::kExecutionNotRedrivable);
  EXPECT_THAT(std::string(done.status().message()),
              HasSubstr("Execution is SUCCEEDED and cannot be redriven"));
}

// A refused call does not use its token up; a token that was taken answers as it did, whatever the
// status is since then.
TEST_F(RedriveTest, TokenIsAnsweredAsTheFirstTime) {
  Serve("a");
  Serve("b");
  broken_ = {"b"};
  const auto ref = Run(kTwoSteps);
  const auto first = Redrive(ref, "token");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(*Redrive(ref, "token"), *first) << "while it runs";
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
  engine_->RunFor(absl::Seconds(5));
  EXPECT_EQ(*Redrive(ref, "token"), *first) << "when it has failed again";
  EXPECT_EQ(memory_.GetExecution(ref)->redrive_count, 1);
  EXPECT_GT(*Redrive(ref, "another"), *first);
}

// Of those that come at once one redrives it.
TEST_F(RedriveTest, TwoAtOnceAreOne) {
  Serve("a");
  const auto ref = Run(R"({"StartAt":"F","States":{"F":{"Type":"Wait","Seconds":1,"Next":"E"},
      "E":{"Type":"Fail"}}})");
  std::vector<absl::StatusOr<absl::Time>> answers;
  for (int i = 0; i < 5; ++i) {
    engine_->node().Redrive(ref, "", [&](absl::StatusOr<absl::Time> at) { answers.push_back(at); });
  }
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
  engine_->RunFor(absl::Seconds(1));
  ASSERT_EQ(answers.size(), 5u);
  EXPECT_TRUE(answers[0].ok());
  EXPECT_EQ(memory_.GetExecution(ref)->redrive_count,
            std::count_if(answers.begin(), answers.end(), [](const auto& a) { return a.ok(); }));
}

}  // namespace
}  // namespace pawl::runtime
