// What bounds a transition and an execution in bytes.
#include <string>

#include "engine/core/test_support.h"
#include "gmock/gmock.h"

namespace pawl::core {
namespace {

std::string Text(size_t bytes) { return "\"" + std::string(bytes, 'x') + "\""; }

size_t LargestRecord(const Driver& d) {
  size_t largest = 0;
  for (const std::string& record : d.records) largest = std::max(largest, record.size());
  return largest;
}

// Runs on until nothing wants to continue.
void GoOn(Driver* d) {
  for (int i = 0; i < 100'000 && d->execution->wants_continue(); ++i) d->Do(Continue{});
}

TEST(TransitionBytes, ALoopOfLargePayloadsIsCutIntoTransitions) {
  // Each round makes a new payload of 200 KB.
  Driver d(R"J({"StartAt":"A","States":{
      "A":{"Type":"Pass","Parameters":{"t.$":"$.t","n.$":"States.MathAdd($.n,1)"},"Next":"B"},
      "B":{"Type":"Choice","Choices":[{"Variable":"$.n","NumericLessThan":100,"Next":"A"}],"Default":"C"},
      "C":{"Type":"Succeed"}}})J");
  d.limits.max_transition_bytes = 1'000'000;
  d.Start("{\"n\":0,\"t\":" + Text(200'000) + "}");
  GoOn(&d);
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kSucceeded);
  EXPECT_LT(LargestRecord(d), 1'600'000u);
  EXPECT_GT(d.records.size(), 15u);
}

TEST(Depth, OfAResultPathIsToldAsDepth) {
  Driver d(R"({"StartAt":"A","States":{"A":{"Type":"Pass","Result":1,
      "ResultPath":"$.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q","End":true}}})");
  d.limits.expression.max_depth = 16;
  d.Start("{}");
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kFailed);
  EXPECT_EQ(d.execution->error().value_or(""), "States.Runtime");
  EXPECT_NE(d.execution->cause().value_or("").find("nested deeper than 16 levels"),
            std::string::npos);
}

TEST(TransitionBytes, AMapStartsItsIterationsOverSeveralTransitions) {
  Driver d(R"J({"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemsPath":"$.items",
      "ItemSelector":{"t.$":"$.t","i.$":"$$.Map.Item.Value"},
      "ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:t","ResultPath":"$","End":true}}}}}})J");
  d.limits.max_transition_bytes = 300'000;
  d.Start("{\"items\":[1,2,3,4,5,6,7,8,9,10],\"t\":" + Text(100'000) + "}");
  EXPECT_LT(d.Tasks().size(), 10u);
  EXPECT_TRUE(d.execution->wants_continue());
  GoOn(&d);
  EXPECT_EQ(d.Tasks().size(), 10u) << "no iteration waits for another one's end";
  EXPECT_LT(LargestRecord(d), 600'000u);
  for (const TaskToRun& task : d.Tasks()) d.Complete(task.scheduled, "1");
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kSucceeded);
}

TEST(TransitionBytes, ADistributedMapStartsItsChildrenOverSeveralTransitions) {
  Driver d(
      R"J({"StartAt":"M","States":{"M":{"Type":"Map","End":true,"Label":"L","ItemsPath":"$.items",
      "ItemSelector":{"t.$":"$.t","i.$":"$$.Map.Item.Value"},
      "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
        "StartAt":"T","States":{"T":{"Type":"Pass","End":true}}}}}})J");
  d.limits.max_transition_bytes = 2'000'000;
  d.limits.max_map_bytes = 100'000'000;
  std::string items = "1";
  for (int i = 2; i <= 60; ++i) items += "," + std::to_string(i);
  d.Start("{\"items\":[" + items + "],\"t\":" + Text(100'000) + "}");
  EXPECT_TRUE(d.execution->wants_continue());
  GoOn(&d);
  EXPECT_EQ(Outstanding(*d.execution).children.size(), 60u);
  EXPECT_LT(LargestRecord(d), 4'000'000u);
}

TEST(TransitionBytes, ChildrenOfADistributedMapRunOnlyAsTheirInputsHaveRoom) {
  Driver d(
      R"J({"StartAt":"M","States":{"M":{"Type":"Map","End":true,"Label":"L","ItemsPath":"$.items",
      "ItemSelector":{"t.$":"$.t"},
      "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
        "StartAt":"T","States":{"T":{"Type":"Pass","End":true}}}}}})J");
  d.limits.max_map_bytes = 250'000;
  d.Start("{\"items\":[1,2,3,4,5,6],\"t\":" + Text(100'000) + "}");
  GoOn(&d);
  EXPECT_EQ(Outstanding(*d.execution).children.size(), 3u);
  for (int64_t index = 0; index < 6; ++index) {
    ChildEnded end;
    end.map_run = 0;
    end.index = index;
    end.output = *Payload::FromText("1");
    end.status = ExecutionStatus::kSucceeded;
    end.started_at = d.now;
    EXPECT_EQ(d.Do(end), CommandOutcome::kApplied) << index;
    GoOn(&d);
  }
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kSucceeded);
}

TEST(Gathered, ResultsBeyondTheLimitFailTheExecution) {
  Driver d(
      R"J({"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemsPath":"$.items","MaxConcurrency":1,
      "ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:t","End":true}}}}}})J");
  d.limits.max_gathered_bytes = 1'000'000;
  d.Start(R"({"items":[1,2,3,4,5,6,7,8,9,10]})");
  for (int i = 0; i < 10 && !d.execution->is_closed(); ++i) {
    d.Complete(d.OnlyTask(), Text(300'000));
  }
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kFailed);
  EXPECT_EQ(d.execution->error(), "States.DataLimitExceeded");
  EXPECT_EQ(d.Count(EventType::kTaskSucceeded), 4);
}

TEST(ExecutionBytes, WhatHoldsTooMuchFails) {
  Driver d(R"J({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:t","End":true}}})J");
  d.limits.max_execution_bytes = 100'000;
  d.Start(Text(300'000));
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kFailed);
  EXPECT_EQ(d.execution->error(), "States.DataLimitExceeded");
  EXPECT_THAT(*d.execution->cause(), testing::HasSubstr("--max-execution-bytes"));
}

TEST(ExecutionBytes, ALoopThatReplacesItsPayloadHoldsOneOfThem) {
  Driver d(R"J({"StartAt":"A","States":{
      "A":{"Type":"Task","Resource":"pawl:t","Next":"B"},
      "B":{"Type":"Choice","Choices":[{"Variable":"$.end","IsPresent":true,"Next":"C"}],"Default":"A"},
      "C":{"Type":"Succeed"}}})J");
  d.limits.max_execution_bytes = 2'000'000;
  d.Start();
  for (int i = 0; i < 40; ++i) d.Complete(d.OnlyTask(), Text(500'000));
  EXPECT_FALSE(d.execution->is_closed()) << *d.execution->cause();
}

TEST(FailExecution, EndsAnOpenExecutionWithItsFailure) {
  Driver d(R"J({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:t","End":true}}})J");
  d.Start();
  EXPECT_EQ(d.Do(FailExecution{{"States.Runtime", "cannot be stored"}}), CommandOutcome::kApplied);
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kFailed);
  EXPECT_EQ(d.execution->cause(), "cannot be stored");
  EXPECT_TRUE(d.Tasks().empty());
  EXPECT_EQ(d.Do(FailExecution{{"States.Runtime", ""}}), CommandOutcome::kClosed);
}

TEST(Causes, AreCutAtThePayloadLimit) {
  Driver d(R"J({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:t","End":true}}})J");
  d.limits.max_payload_bytes = 1'000;
  d.Start();
  FailTask command;
  command.scheduled = d.OnlyTask();
  command.error = "E";
  command.cause = std::string(999, 'c') + "\xC3\xA4\xC3\xA4";
  d.Do(command);
  EXPECT_EQ(d.execution->cause(), std::string(999, 'c')) << "no character is cut in two";
}

}  // namespace
}  // namespace pawl::core
