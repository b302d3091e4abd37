// A Map Run that is redriven with its execution: what goes again, what is kept, what is counted.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/core/child_marks.h"
#include "engine/core/test_support.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::core {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ChildMarks, KnowsWhatWasMarkedAndHow) {
  ChildMarks marks;
  EXPECT_TRUE(marks.IsEmpty());
  marks.Set(3, ExecutionStatus::kFailed);
  marks.Set(64, ExecutionStatus::kTimedOut);
  marks.Set(1'000'000, ExecutionStatus::kAborted);
  EXPECT_EQ(marks.Next(0), 3);
  EXPECT_EQ(marks.Next(3), 3);
  EXPECT_EQ(marks.Next(4), 64);
  EXPECT_EQ(marks.Next(65), 1'000'000);
  EXPECT_EQ(marks.Next(1'000'001), ChildMarks::kNone);
  EXPECT_LE(marks.Encode().size(), 250'001u) << "two bits a child";
  ChildMarks copy = ChildMarks::Decode(marks.Encode());
  EXPECT_EQ(copy.Take(64), ExecutionStatus::kTimedOut);
  EXPECT_EQ(copy.Take(64), ExecutionStatus::kSucceeded);
  EXPECT_EQ(copy.Take(1'000'000), ExecutionStatus::kAborted);
  EXPECT_EQ(copy.Encode(), std::string(1, '\x40')) << "no zeros at the end";
  copy.Add(std::move(marks));
  EXPECT_EQ(copy.Next(65), 1'000'000);
}

std::string DistributedMap(const std::string& more) {
  return absl::StrCat(
      R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"kids","End":true,
          "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
            "StartAt":"S","States":{"S":{"Type":"Succeed"}}})",
      more, "}}}");
}

constexpr char kReader[] =
    R"(,"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"JSONL"},
        "Parameters":{"Bucket":"b","Key":"k"}})";

class RedriveDriver : public Driver {
 public:
  using Driver::Driver;

  const MapRun& Run() const { return *execution->FindMapRun(0)->map_run; }
  CommandOutcome End(int64_t index, const std::string& output, int32_t redrive = 0) {
    ChildEnded command;
    command.index = index;
    command.output = *Payload::FromText(output);
    command.started_at = now;
    command.map_run_redrive = redrive;
    return Do(command);
  }
  CommandOutcome EndBadly(int64_t index, ExecutionStatus status, int32_t redrive = 0) {
    ChildEnded command;
    command.index = index;
    command.status = status;
    command.error = "E";
    command.started_at = now;
    command.map_run_redrive = redrive;
    return Do(command);
  }
  CommandOutcome Fail(int64_t index, int32_t redrive = 0) {
    return EndBadly(index, ExecutionStatus::kFailed, redrive);
  }
  void Redrive() { EXPECT_EQ(Do(RedriveExecution{}), CommandOutcome::kApplied); }
  // What is asked for of the history; `count` of them, all where it is 0.
  void ReadChildren(size_t count = 0) {
    const OutstandingWork work = Outstanding(*execution);
    ASSERT_EQ(work.child_reads.size(), 1u);
    ChildrenRead command;
    command.map_run = work.child_reads[0].map_run;
    command.map_run_redrive = work.child_reads[0].map_run_redrive;
    command.indexes = work.child_reads[0].indexes;
    if (count > 0) command.indexes.resize(count);
    Value::Elements inputs;
    for (const int64_t index : command.indexes) {
      inputs.push_back(Value::String(absl::StrCat("input ", index)));
      command.item_counts.push_back(1);
    }
    command.inputs = Payload::FromValue(Value::Array(std::move(inputs)));
    EXPECT_EQ(Do(command), CommandOutcome::kApplied);
  }
  std::vector<int64_t> Running() const {
    std::vector<int64_t> indexes;
    for (const auto& [index, child] : Run().running) indexes.push_back(index);
    return indexes;
  }
  std::vector<std::string> TypesSince(size_t first) const {
    const std::vector<std::string> types = Types();
    return {types.begin() + static_cast<std::ptrdiff_t>(first), types.end()};
  }
  MapRunSummary Ended() const { return execution->ended_map_runs().back(); }
};

TEST(MapRunRedrive, GoesOnWithWhatHadNotSucceeded) {
  RedriveDriver d(DistributedMap(R"(,"MaxConcurrency":3)"));
  d.Start("[10,20,30,40]");
  d.End(0, "\"a\"");
  d.Fail(1);
  ASSERT_EQ(d.execution->error(), "States.ExceedToleratedFailureThreshold");
  EXPECT_EQ(d.execution->TakeAbandoned().size(), 2u);  // 2 and 3
  const size_t before = d.events.size();
  d.Redrive();
  EXPECT_THAT(d.TypesSince(before), ElementsAre("ExecutionRedriven", "MapRunRedriven"));
  EXPECT_THAT(d.execution->ended_map_runs(), IsEmpty());
  EXPECT_EQ(d.execution->next_map_run(), 1) << "the same run";
  EXPECT_EQ(d.Run().redrive_count, 1);
  EXPECT_EQ(d.Run().FailedItems(), 0);
  EXPECT_EQ(Summarize(d.Run(), ExecutionStatus::kRunning, d.now).items_pending_redrive, 3);
  d.ReadChildren();
  EXPECT_THAT(d.Running(), ElementsAre(1, 2, 3));
  const OutstandingWork work = Outstanding(*d.execution);
  ASSERT_EQ(work.children.size(), 3u);
  EXPECT_TRUE(work.children[0].is_redriven);
  EXPECT_EQ(work.children[0].parent.map_run_redrive, 1);
  EXPECT_EQ(work.children[0].input.text(), "\"input 1\"");
  EXPECT_EQ(d.End(1, "\"old\""), CommandOutcome::kStale) << "told before the redrive";
  d.End(3, "\"d\"", 1);
  d.End(1, "\"b\"", 1);
  d.End(2, "\"c\"", 1);
  EXPECT_EQ(d.execution->output().text(), R"(["a","b","c","d"])");
  EXPECT_EQ(d.Ended().children[ExecutionStatus::kSucceeded], 4);
  EXPECT_EQ(d.Ended().redrive_count, 1);
}

TEST(MapRunRedrive, ItemsThatWereNotStartedFollow) {
  RedriveDriver d(DistributedMap(R"(,"MaxConcurrency":1)"));
  d.Start("[10,20,30]");
  d.Fail(0);
  d.Redrive();
  EXPECT_THAT(d.Running(), IsEmpty()) << "first those that failed";
  d.ReadChildren();
  EXPECT_THAT(d.Running(), ElementsAre(0));
  d.End(0, "1", 1);
  EXPECT_THAT(d.Running(), ElementsAre(1));
  EXPECT_FALSE(Outstanding(*d.execution).children[0].is_redriven);
  d.End(1, "2", 1);
  d.End(2, "3", 1);
  EXPECT_EQ(d.execution->output().text(), "[1,2,3]");
}

// Every wait of the test has a fold and a checkpoint behind it: see Driver.
TEST(MapRunRedrive, WaitsForRoomAndForInputs) {
  RedriveDriver d(DistributedMap(R"(,"MaxConcurrency":2,"ToleratedFailureCount":4)"));
  d.Start("[0,1,2,3,4,5]");
  for (int64_t i = 0; i < 5; ++i) d.Fail(i);
  ASSERT_TRUE(d.execution->is_closed());
  d.Redrive();
  EXPECT_THAT(Outstanding(*d.execution).child_reads[0].indexes, ElementsAre(0, 1, 2, 3, 4, 5));
  d.ReadChildren(3);
  EXPECT_THAT(d.Running(), ElementsAre(0, 1));
  EXPECT_THAT(Outstanding(*d.execution).child_reads[0].indexes, ElementsAre(3, 4, 5));
  d.End(1, "1", 1);
  EXPECT_THAT(d.Running(), ElementsAre(0, 2));
  d.ReadChildren(3);
  EXPECT_THAT(Outstanding(*d.execution).child_reads, IsEmpty());
  for (const int64_t i : {0, 2, 3, 4, 5}) d.End(i, "1", 1);
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kSucceeded);
}

TEST(MapRunRedrive, FailuresCountAnewAndKeepTheirStatusWhileTheyWait) {
  RedriveDriver d(DistributedMap(R"(,"MaxConcurrency":1,"ToleratedFailureCount":1)"));
  d.Start("[0,1,2]");
  d.EndBadly(0, ExecutionStatus::kTimedOut);
  d.Fail(1);
  ASSERT_TRUE(d.execution->is_closed());
  EXPECT_EQ(d.Ended().children[ExecutionStatus::kTimedOut], 1);
  d.Redrive();
  d.ReadChildren();
  d.Fail(0, 1);
  EXPECT_FALSE(d.execution->is_closed()) << "one is tolerated";
  EXPECT_THAT(d.Running(), ElementsAre(1));
  d.Do(StopExecution{});
  EXPECT_EQ(d.Ended().children[ExecutionStatus::kTimedOut], 0);
  EXPECT_EQ(d.Ended().children[ExecutionStatus::kFailed], 1);
  EXPECT_EQ(d.Ended().children[ExecutionStatus::kAborted], 1);
  EXPECT_EQ(d.Ended().items_pending_redrive, 0);
  d.Redrive();
  EXPECT_THAT(Outstanding(*d.execution).child_reads[0].indexes, ElementsAre(0, 1));
  d.Do(StopExecution{});
  EXPECT_EQ(d.Ended().children[ExecutionStatus::kFailed], 1) << "as it was before";
  d.Redrive();
  EXPECT_EQ(d.Run().redrive_count, 3);
  d.ReadChildren();
  d.End(0, "0", 3);
  d.End(1, "1", 3);
  d.End(2, "2", 3);
  EXPECT_EQ(d.execution->output().text(), "[0,1,2]");
}

TEST(MapRunRedrive, WhatCannotBeRedrivenCountsAsFailed) {
  RedriveDriver d(DistributedMap(R"(,"ToleratedFailureCount":1)"));
  d.Start("[0,1]");
  d.Fail(0);
  d.Fail(1);
  d.Redrive();
  d.ReadChildren();
  d.End(1, "1", 1);
  ChildEnded ended;
  ended.status = ExecutionStatus::kFailed;
  ended.map_run_redrive = 1;
  ended.is_not_redrivable = true;
  d.Do(ended);
  EXPECT_EQ(d.execution->output().text(), "[1]");
  EXPECT_EQ(d.Ended().children_not_redrivable, 1);
  EXPECT_EQ(d.Ended().children[ExecutionStatus::kFailed], 1);
}

TEST(MapRunRedrive, AReaderThatFailedBeforeAnyChildReadsFromTheBeginning) {
  RedriveDriver d(DistributedMap(kReader));
  d.Start();
  d.Do(ItemsFailed{0, Failure{"States.ItemReaderFailed", "away"}});
  ASSERT_EQ(d.execution->error(), "States.ItemReaderFailed");
  d.Redrive();
  EXPECT_EQ(d.Run().redrive_count, 1);
  ASSERT_EQ(Outstanding(*d.execution).reads.size(), 1u);
  EXPECT_EQ(Outstanding(*d.execution).reads[0].cursor, "");
  d.Do(ItemsRead{0, "", *Payload::FromText("[7]"), "end", true});
  d.End(0, "7", 1);
  EXPECT_EQ(d.execution->output().text(), "[7]");
}

TEST(MapRunRedrive, ALaterReadGoesOnWhereItWas) {
  RedriveDriver d(DistributedMap(kReader));
  d.Start();
  d.Do(ItemsRead{0, "", *Payload::FromText("[7]"), "c1", false});
  d.End(0, "7");
  d.Do(ItemsFailed{0, Failure{"States.ItemReaderFailed", "away"}});
  d.Redrive();
  EXPECT_EQ(Outstanding(*d.execution).reads.at(0).cursor, "c1");
  d.Do(ItemsRead{0, "c1", *Payload::FromText("[8]"), "c2", true});
  d.End(1, "8", 1);
  EXPECT_EQ(d.execution->output().text(), "[7,8]");
}

// AWS guide: after States.DataLimitExceeded a new Map Run is started.
TEST(MapRunRedrive, TooMuchDataBeginsANewRun) {
  RedriveDriver d(DistributedMap(R"(,"ItemBatcher":{"MaxInputBytesPerBatch":20})"));
  d.Start(absl::StrCat("[\"", std::string(30, 'x'), "\"]"));
  ASSERT_EQ(d.execution->error(), "States.DataLimitExceeded");
  d.Redrive();
  EXPECT_EQ(d.execution->next_map_run(), 2);
  EXPECT_EQ(d.Count(EventType::kMapRunRedriven), 0);
}

TEST(MapRunRedrive, ACaughtRunIsNotRedriven) {
  RedriveDriver d(R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"kids","Next":"F",
      "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
        "StartAt":"S","States":{"S":{"Type":"Succeed"}}},
      "Catch":[{"ErrorEquals":["States.ALL"],"Next":"F"}]},
      "F":{"Type":"Fail","Error":"Last"}}})");
  d.Start("[1]");
  d.Fail(0);
  ASSERT_EQ(d.execution->error(), "Last");
  d.Redrive();
  EXPECT_EQ(d.Count(EventType::kMapRunRedriven), 0);
  EXPECT_EQ(d.execution->error(), "Last");
}

// The branch with the Map Run is aborted because of the other one.
TEST(MapRunRedrive, InABranchOfAParallelThatFailedElsewhere) {
  RedriveDriver d(R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
      {"StartAt":"M","States":{"M":{"Type":"Map","Label":"kids","End":true,"ItemProcessor":{
        "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
        "StartAt":"S","States":{"S":{"Type":"Succeed"}}}}}},
      {"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:t","End":true}}}]}}})");
  d.Start("[1,2]");
  d.End(0, "1");
  d.Driver::Fail(d.OnlyTask(), "Broken");
  ASSERT_EQ(d.execution->error(), "Broken");
  EXPECT_EQ(d.Ended().status, ExecutionStatus::kAborted);
  d.Redrive();
  EXPECT_EQ(d.Count(EventType::kMapRunRedriven), 1);
  d.ReadChildren();
  EXPECT_THAT(d.Running(), ElementsAre(1));
  d.End(1, "2", 1);
  d.Complete(d.OnlyTask(), "3");
  EXPECT_EQ(d.execution->output().text(), "[[1,2],3]");
}

// Histories from before Map Runs were redriven: the state was interpreted again, with a run of its
// own.
TEST(MapRunRedrive, ANewRunInAnOldHistoryTakesTheOldOnesPlace) {
  RedriveDriver d(DistributedMap(""));
  d.Start("[1]");
  const std::vector<Event> started = d.events;
  d.Fail(0);
  const auto fold = [&d](EventType type, EventDetails details) {
    Event event;
    event.type = type;
    if (event.is_numbered()) event.id = d.execution->last_event_id().Next();
    event.time = d.now;
    event.details = std::move(details);
    const absl::Status status = EvolveStored(d.execution.get(), event);
    EXPECT_TRUE(status.ok()) << status;
  };
  fold(EventType::kExecutionRedriven, ExecutionRedriven{1});
  fold(EventType::kStateRedriven, StateRedriven{"M"});
  for (const Event& event : started) {
    if (event.Is<MapStarted>() || event.Is<MapRunStarted>() || event.Is<MapChildrenStarted>()) {
      fold(event.type, event.details);
    }
  }
  EXPECT_TRUE(CheckFolded(*d.execution).ok());
  EXPECT_EQ(d.execution->ended_map_runs().size(), 1u);
  ASSERT_NE(d.execution->FindMapRun(1), nullptr);
  EXPECT_EQ(d.execution->FindMapRun(1)->stopped_map_run, nullptr);
  EXPECT_EQ(Outstanding(*d.execution).children.size(), 1u);
}

TEST(MapRunRedrive, AThousandTimesIsTheLimit) {
  RedriveDriver d(DistributedMap(""));
  d.Start("[1]");
  d.Fail(0);
  Evolve(d.execution.get(), [&] {
    Event event;
    event.type = EventType::kExecutionRedriven;
    event.id = d.execution->last_event_id().Next();
    event.time = d.now;
    event.details = ExecutionRedriven{1, "", absl::InfiniteFuture(), 0};
    return event;
  }());
  Evolve(d.execution.get(), [&] {
    Event event;
    event.type = EventType::kMapRunRedriven;
    event.id = d.execution->last_event_id().Next();
    event.time = d.now;
    event.details = MapRunRedriven{"arn", "M", 1'000};
    return event;
  }());
  Event aborted;
  aborted.type = EventType::kExecutionAborted;
  aborted.id = d.execution->last_event_id().Next();
  aborted.time = d.now;
  aborted.details = ExecutionAborted{};
  Evolve(d.execution.get(), aborted);
  World world;
  world.now = d.now;
  expr::RandomSource random(1);
  FakeTokens tokens;
  world.random = &random;
  world.tokens = &tokens;
  const Command command = RedriveExecution{};
  Decide(d.execution.get(), {&command, 1}, world);
  EXPECT_EQ(d.execution->error(), "States.Runtime");
  EXPECT_THAT(*d.execution->cause(), HasSubstr("1000 times"));
}

}  // namespace
}  // namespace pawl::core
