// The rules that recordings say little about: time, retries, limits, races. What states do with
// data is tested by cases (tests/conformance/cases).
#include "engine/core/decide.h"

#include <string>

#include "engine/core/test_support.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::core {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Task(const std::string& more) {
  return R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q")" + more +
         R"(,"End":true}}})";
}

TEST(Decide, OneTaskIsTwoTransitions) {
  Driver d(Task(""));
  d.Start(R"({"n":1})");
  ASSERT_EQ(d.Tasks().size(), 1u);
  EXPECT_EQ(d.Tasks()[0].input.text(), R"({"n":1})");
  EXPECT_EQ(d.Complete(d.OnlyTask(), "7"), CommandOutcome::kApplied);
  EXPECT_EQ(d.records.size(), 2u);
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kSucceeded);
  EXPECT_EQ(d.execution->output().text(), "7");
  EXPECT_THAT(d.Types(),
              ElementsAre("ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
                          "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"));
}

TEST(Decide, SharedPayloadIsStoredOnce) {
  Driver d(Task(""));
  const std::string big(1000, 'x');
  d.Start("\"" + big + "\"");
  EXPECT_LT(d.records[0].size(), 1300u);  // input, entered and scheduled share it
}

TEST(Decide, CompletionCountsOnce) {
  Driver d(Task(""));
  d.Start();
  const EventId task = d.OnlyTask();
  EXPECT_EQ(d.Complete(task, "1"), CommandOutcome::kApplied);
  EXPECT_EQ(d.Complete(task, "2"), CommandOutcome::kClosed);
  EXPECT_EQ(d.execution->output().text(), "1");
}

TEST(Decide, CompletionOfASupersededAttemptIsStale) {
  Driver d(Task(R"(,"Retry":[{"ErrorEquals":["States.ALL"]}])"));
  d.Start();
  const EventId first = d.OnlyTask();
  d.Fail(first, "Boom");
  EXPECT_EQ(d.Complete(first), CommandOutcome::kStale);
  d.FireNext();
  EXPECT_NE(d.OnlyTask(), first);
  EXPECT_EQ(d.Complete(first), CommandOutcome::kStale);
  EXPECT_EQ(d.Complete(d.OnlyTask()), CommandOutcome::kApplied);
}

TEST(Retry, DelaysGrowByTheBackoffRateUpToTheCap) {
  Driver d(Task(R"(,"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":2,"BackoffRate":3,
                   "MaxDelaySeconds":10,"MaxAttempts":4}])"));
  d.Start();
  for (int seconds : {2, 6, 10, 10}) {
    d.Fail(d.OnlyTask(), "E");
    EXPECT_EQ(d.UntilNextTimer(), absl::Seconds(seconds));
    d.FireNext();
  }
  d.Fail(d.OnlyTask(), "E");
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kFailed);
  EXPECT_EQ(d.execution->error(), "E");
}

TEST(Retry, FullJitterStaysBelowTheDelay) {
  for (uint64_t seed = 1; seed < 50; ++seed) {
    Driver d(
        Task(R"(,"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":10,"JitterStrategy":"FULL"}])"),
        seed);
    d.Start();
    d.Fail(d.OnlyTask(), "E");
    EXPECT_GE(d.UntilNextTimer(), absl::ZeroDuration());
    EXPECT_LE(d.UntilNextTimer(), absl::Seconds(10));
  }
}

// ASL, "Retrying after error": each retrier counts for itself, and an exhausted one does not pass
// on to later ones.
TEST(Retry, ExhaustedRetrierGoesToTheCatcher) {
  Driver d(R"({"StartAt":"T","States":{
      "T":{"Type":"Task","Resource":"pawl:q","Retry":[
            {"ErrorEquals":["A","B"],"MaxAttempts":2},{"ErrorEquals":["C"],"MaxAttempts":2},
            {"ErrorEquals":["States.ALL"],"MaxAttempts":5}],
           "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],"End":true},
      "Caught":{"Type":"Pass","End":true}}})");
  d.Start();
  for (const char* error : {"A", "B", "C"}) {
    d.Fail(d.OnlyTask(), error);
    d.FireNext();
  }
  d.Fail(d.OnlyTask(), "B");  // the first retrier is exhausted: no fall-through to the third
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kSucceeded);
  EXPECT_EQ(d.execution->output().text(), R"({"Error":"B","Cause":"because"})");
}

TEST(Retry, CountersAreResetWhenTheStateIsEnteredAgain) {
  Driver d(R"({"StartAt":"T","States":{
      "T":{"Type":"Task","Resource":"pawl:q","Retry":[{"ErrorEquals":["E"],"MaxAttempts":1}],"Next":"Again"},
      "Again":{"Type":"Choice","Choices":[{"Variable":"$","NumericEquals":1,"Next":"T"}],"Default":"End"},
      "End":{"Type":"Succeed"}}})");
  d.Start();
  d.Fail(d.OnlyTask(), "E");
  d.FireNext();
  d.Complete(d.OnlyTask(), "1");
  EXPECT_EQ(d.Tasks()[0].attempt, 1);
  d.Fail(d.OnlyTask(), "E");
  d.FireNext();
  d.Complete(d.OnlyTask(), "2");
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kSucceeded);
}

TEST(Retry, TaskFailedMatchesEverythingButTimeouts) {
  const std::string task = Task(
      R"(,"TimeoutSeconds":5,"Retry":[{"ErrorEquals":["States.TaskFailed"],"MaxAttempts":9}])");
  Driver failed(task);
  failed.Start();
  failed.Fail(failed.OnlyTask(), "Anything");
  EXPECT_FALSE(failed.execution->is_closed());
  Driver timed_out(task);
  timed_out.Start();
  timed_out.FireNext();
  EXPECT_EQ(timed_out.execution->status(), ExecutionStatus::kFailed);
  EXPECT_EQ(timed_out.execution->error(), "States.Timeout");
}

TEST(Timeout, EachAttemptHasTheWholeTime) {
  Driver d(
      Task(R"(,"TimeoutSeconds":5,"Retry":[{"ErrorEquals":["States.Timeout"],"MaxAttempts":1}])"));
  d.Start();
  d.FireNext();  // time-out
  d.FireNext();  // retry
  EXPECT_EQ(d.UntilNextTimer(), absl::Seconds(5));
}

TEST(Timeout, NeverFiresEarly) {
  Driver d(Task(R"(,"TimeoutSeconds":5)"));
  d.Start();
  d.now += absl::Seconds(5) - absl::Microseconds(1);
  EXPECT_EQ(d.Do(FireTimers{}), CommandOutcome::kStale);
  d.now += absl::Microseconds(1);
  EXPECT_EQ(d.Do(FireTimers{}), CommandOutcome::kApplied);
}

TEST(Timeout, OfTheExecutionCutsEverything) {
  Driver d(R"({"TimeoutSeconds":60,"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[
      {"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":600,"End":true}}},
      {"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true}}}],"End":true}}})");
  d.Start();
  d.now += absl::Seconds(90);  // the engine was down
  d.Do(FireTimers{});
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kTimedOut);
  EXPECT_EQ(d.execution->stop_time() - d.execution->header().start_time, absl::Seconds(60));
  EXPECT_FALSE(d.execution->error().has_value());
  EXPECT_TRUE(d.Tasks().empty());
  EXPECT_EQ(d.events.back().type, EventType::kExecutionTimedOut);
  EXPECT_EQ(d.events.back().previous, kNoEvent);
}

TEST(Heartbeat, LossMatchesBothItsNames) {
  for (const char* name : {"States.Timeout", "States.HeartbeatTimeout"}) {
    Driver d(R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","TimeoutSeconds":9,
        "HeartbeatSeconds":3,"Catch":[{"ErrorEquals":[")" +
             std::string(name) + R"("],"Next":"C"}],"End":true},"C":{"Type":"Succeed"}}})");
    d.Start();
    ExpireTask lost;
    lost.scheduled = d.OnlyTask();
    d.Do(lost);
    EXPECT_EQ(d.execution->status(), ExecutionStatus::kSucceeded) << name;
  }
}

TEST(Wait, EndsExactlyWhenItIsDue) {
  Driver d(R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":86400,"End":true}}})");
  d.Start();
  EXPECT_EQ(d.UntilNextTimer(), absl::Hours(24));
  d.FireNext();
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kSucceeded);
}

TEST(Wait, LongestIsTwoToThe31Seconds) {
  const std::string machine =
      R"({"StartAt":"W","States":{"W":{"Type":"Wait","SecondsPath":"$.s","End":true}}})";
  Driver longest(machine);
  longest.Start(R"({"s":2147483647})");
  EXPECT_FALSE(longest.execution->is_closed());
  Driver too_long(machine);
  too_long.Start(R"({"s":2147483648})");
  EXPECT_THAT(too_long.execution->cause().value_or(""), HasSubstr("Wait state delay is too long"));
}

std::string MapOf(int concurrency, const std::string& more = "") {
  return R"({"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":)" +
         std::to_string(concurrency) + more +
         R"(,"ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true}}},
         "End":true}}})";
}

TEST(Map, KeepsWithinItsConcurrencyAndInOrder) {
  Driver d(MapOf(2));
  d.Start("[1,2,3,4,5]");
  EXPECT_EQ(d.Tasks().size(), 2u);
  // The second ends first: its place is taken, and its result stays in its place.
  d.Complete(d.Tasks()[1].scheduled, "20");
  EXPECT_EQ(d.Tasks().size(), 2u);
  while (!d.execution->is_closed()) {
    d.Complete(d.Tasks()[0].scheduled, std::string(d.Tasks()[0].input.text()) + "0");
  }
  EXPECT_EQ(d.execution->output().text(), "[10,20,30,40,50]");
}

TEST(Map, HasTheEnginesOwnCeiling) {
  Driver d(MapOf(0));
  d.limits.max_inline_concurrency = 3;
  d.Start("[1,2,3,4,5]");
  EXPECT_EQ(d.Tasks().size(), 3u);
}

TEST(Map, EmptyArrayEndsAtOnce) {
  Driver d(MapOf(2));
  d.Start("[]");
  EXPECT_EQ(d.execution->output().text(), "[]");
}

TEST(Map, RetryStartsAllOverAndForgetsOldTasks) {
  Driver d(MapOf(0, R"(,"Retry":[{"ErrorEquals":["E"],"MaxAttempts":1}])"));
  d.Start("[1,2]");
  const EventId second = d.Tasks()[1].scheduled;
  d.Complete(d.Tasks()[0].scheduled, "1");
  d.Fail(d.OnlyTask(), "E");
  EXPECT_TRUE(d.Tasks().empty());
  d.FireNext();
  EXPECT_EQ(d.Tasks().size(), 2u);
  EXPECT_EQ(d.Complete(second), CommandOutcome::kStale);
  EXPECT_EQ(d.Count(EventType::kMapStateStarted), 2);
  EXPECT_EQ(d.Count(EventType::kMapStateFailed), 0);
}

TEST(Parallel, FailureStopsTheSiblings) {
  Driver d(R"({"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[
      {"StartAt":"A","States":{"A":{"Type":"Task","Resource":"pawl:a","End":true}}},
      {"StartAt":"B","States":{"B":{"Type":"Wait","Seconds":100,"End":true}}}],
      "Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.failure","Next":"Undo"}],"End":true},
      "Undo":{"Type":"Succeed"}}})");
  d.Start(R"({"id":7})");
  d.Fail(d.OnlyTask(), "Declined");
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kSucceeded);
  EXPECT_EQ(d.execution->output().text(),
            R"({"id":7,"failure":{"Error":"Declined","Cause":"because"}})");
  EXPECT_THAT(d.Types(), Contains("WaitStateAborted"));
  EXPECT_TRUE(d.execution->timers().empty());
}

TEST(Callback, WorkersAnswerIsTheSubmissionAndTheTokenDecides) {
  Driver d(R"({"StartAt":"T","States":{"T":{"Type":"Task","Parameters":{"t.$":"$$.Task.Token"},
      "Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","End":true}}})");
  d.Start();
  const EventId task = d.OnlyTask();
  EXPECT_EQ(d.Tasks()[0].input.text(), R"({"t":"token-3"})");
  EXPECT_EQ(d.Complete(task, R"({"MessageId":"m"})"), CommandOutcome::kApplied);
  EXPECT_TRUE(d.Tasks()[0].awaits_token);
  EXPECT_EQ(d.Complete(task), CommandOutcome::kStale);  // the worker says it again
  CompleteTask by_token;
  by_token.scheduled = task;
  by_token.output = *Payload::FromText("42");
  by_token.by_token = true;
  EXPECT_EQ(d.Do(by_token), CommandOutcome::kApplied);
  EXPECT_EQ(d.execution->output().text(), "42");
  EXPECT_EQ(d.Do(by_token), CommandOutcome::kClosed);
}

TEST(Callback, TokenMayBeFasterThanTheSubmission) {
  Driver d(R"({"StartAt":"T","States":{"T":{"Type":"Task",
      "Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Next":"W"},
      "W":{"Type":"Wait","Seconds":1,"End":true}}})");
  d.Start();
  const EventId task = d.OnlyTask();
  CompleteTask by_token;
  by_token.scheduled = task;
  by_token.output = *Payload::FromText("1");
  by_token.by_token = true;
  EXPECT_EQ(d.Do(by_token), CommandOutcome::kApplied);
  EXPECT_EQ(d.Complete(task), CommandOutcome::kStale);
}

TEST(Stop, AbortsWithItsErrorAndLeavesNothingOpen) {
  Driver d(MapOf(0));
  d.Start("[1,2,3]");
  d.Do(StopExecution{std::string("E"), std::string("C")});
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kAborted);
  EXPECT_EQ(d.execution->error(), "E");
  EXPECT_TRUE(d.Tasks().empty());
  EXPECT_EQ(d.Do(StopExecution{}), CommandOutcome::kClosed);
}

TEST(Limits, LoopWithoutWaitingIsCutAndGoesOn) {
  Driver d(
      R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"C"},
      "C":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"D"}],"Default":"A"},
      "D":{"Type":"Succeed"}}})");
  d.limits.max_events_per_transition = 50;
  d.Start();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(d.execution->wants_continue());
    d.Do(Continue{});
  }
  EXPECT_LT(d.events.size(), 21 * 56u);
  EXPECT_GT(d.events.size(), 21 * 49u);
}

TEST(Limits, HistoryLimitFailsTheExecution) {
  Driver d(
      R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A2"},
      "A2":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"D"}],"Default":"A"},
      "D":{"Type":"Succeed"}}})");
  d.limits.max_history_events = 100;
  d.Start();
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kFailed);
  EXPECT_LE(d.execution->last_event_id(), EventId(100));
}

TEST(Limits, OversizeResultCanBeCaughtOversizeOutputCannot) {
  Driver result(R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q",
      "Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}],"End":true},"C":{"Type":"Succeed"}}})");
  result.limits.max_payload_bytes = 300;
  result.Start();
  result.Complete(result.OnlyTask(), "\"" + std::string(600, 'x') + "\"");
  EXPECT_EQ(result.execution->status(), ExecutionStatus::kSucceeded);
  Driver output(
      R"({"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"a.$":"$","b.$":"$"},"End":true}}})");
  output.limits.max_payload_bytes = 100;
  output.Start("\"" + std::string(80, 'x') + "\"");
  EXPECT_EQ(output.execution->error(), "States.DataLimitExceeded");
}

// A payload that doubles itself in every round must end at the limit, not in memory.
TEST(Limits, ExplodingPayloadIsStoppedBeforeItIsWritten) {
  Driver d(
      R"({"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a.$":"$","b.$":"$"},"Next":"B"},
      "B":{"Type":"Pass","Next":"A2"},
      "A2":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"D"}],"Default":"A"},
      "D":{"Type":"Succeed"}}})");
  d.Start("\"seed\"");
  while (!d.execution->is_closed()) d.Do(Continue{});
  EXPECT_EQ(d.execution->error(), "States.DataLimitExceeded");
}

TEST(Clock, SteppingBackDoesNotTurnHistoryBack) {
  Driver d(Task(""));
  d.Start();
  d.now -= absl::Hours(1);
  d.Complete(d.OnlyTask());
  for (size_t i = 1; i < d.events.size(); ++i) {
    EXPECT_GE(d.events[i].time, d.events[i - 1].time) << i;
  }
}

TEST(Codec, DamagedRecordIsDataLossNotACrash) {
  Driver d(Task(""));
  d.Start(R"({"a":[1,2,3]})");
  const std::string& record = d.records[0];
  for (size_t i = 0; i < record.size(); ++i) {
    std::string damaged = record;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    (void)DecodeTransition(damaged);
    (void)DecodeTransition(record.substr(0, i));
  }
  EXPECT_TRUE(absl::IsDataLoss(DecodeTransition("\xff\xff\xff").status()));
}

}  // namespace
}  // namespace pawl::core
