// Distributed Map: what starts when, what is remembered, what is stale.
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/core/test_support.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::core {
namespace {

using ::testing::HasSubstr;

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
constexpr char kWriter[] =
    R"(,"ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"b"}})";

class MapRunDriver : public Driver {
 public:
  using Driver::Driver;

  const MapRun& Run() const { return *execution->FindMapRun(0)->map_run; }
  CommandOutcome End(int64_t index, const std::string& output) {
    ChildEnded command;
    command.index = index;
    command.status = ExecutionStatus::kSucceeded;
    command.output = *Payload::FromText(output);
    command.started_at = now;
    return Do(command);
  }
  CommandOutcome EndFailed(int64_t index) {
    ChildEnded command;
    command.index = index;
    command.status = ExecutionStatus::kFailed;
    command.error = "E";
    command.started_at = now;
    return Do(command);
  }
  CommandOutcome Read(const std::string& from, const std::string& items, const std::string& to,
                      bool is_last) {
    return Do(ItemsRead{0, from, *Payload::FromText(items), to, is_last});
  }
};

TEST(MapRunTest, StartsNoMoreThanMaxConcurrencyAndKeepsTheOrderOfResults) {
  MapRunDriver d(DistributedMap(R"(,"MaxConcurrency":2)"));
  d.Start("[10,20,30]");
  EXPECT_EQ(d.Run().running.size(), 2u);
  const OutstandingWork work = Outstanding(*d.execution);
  ASSERT_EQ(work.children.size(), 2u);
  EXPECT_EQ(work.children[1].input.text(), "20");
  EXPECT_EQ(work.children[0].child.machine, "m/kids");
  EXPECT_EQ(d.End(1, "\"b\""), CommandOutcome::kApplied);
  EXPECT_EQ(d.Run().running.count(2), 1u);
  d.End(2, "\"c\"");
  d.End(0, "\"a\"");
  EXPECT_EQ(d.execution->output().text(), R"(["a","b","c"])");
}

TEST(MapRunTest, AnEndCountsOnce) {
  MapRunDriver d(DistributedMap(""));
  d.Start("[1,2]");
  EXPECT_EQ(d.End(0, "1"), CommandOutcome::kApplied);
  EXPECT_EQ(d.End(0, "2"), CommandOutcome::kStale);
  EXPECT_EQ(d.End(7, "2"), CommandOutcome::kStale);
  d.End(1, "2");
  EXPECT_EQ(d.End(1, "3"), CommandOutcome::kClosed);
  EXPECT_EQ(d.execution->output().text(), "[1,2]");
}

// Each wait for the world has a checkpoint behind it: see Driver.
TEST(MapRunTest, ReadsItemsChunkByChunk) {
  MapRunDriver d(DistributedMap(absl::StrCat(kReader, R"(,"MaxConcurrency":1)")));
  d.Start();
  ASSERT_EQ(Outstanding(*d.execution).reads.size(), 1u);
  EXPECT_EQ(d.Read("", R"([{"n":1},{"n":2},{"n":3}])", "c1", false), CommandOutcome::kApplied);
  EXPECT_EQ(d.Read("", R"([{"n":1}])", "c1", false), CommandOutcome::kStale);
  EXPECT_EQ(d.Run().ItemsWaiting(), 2);
  EXPECT_EQ(Outstanding(*d.execution).reads.front().cursor, "c1");
  d.End(0, "1");
  EXPECT_EQ(d.Read("c1", R"([{"n":4}])", "c2", true), CommandOutcome::kApplied);
  for (int64_t i = 1; i < 4; ++i) {
    EXPECT_EQ(d.Run().running.begin()->second.input.text(), absl::StrCat("{\"n\":", i + 1, "}"));
    d.End(i, "1");
  }
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kSucceeded);
}

TEST(MapRunTest, ABatchWaitsForItsRest) {
  MapRunDriver d(DistributedMap(absl::StrCat(kReader, R"(,"ItemBatcher":{"MaxItemsPerBatch":2})")));
  d.Start();
  d.Read("", "[1,2,3]", "c1", false);
  ASSERT_EQ(d.Run().running.size(), 1u);
  EXPECT_EQ(d.Run().running.at(0).input.text(), R"({"Items":[1,2]})");
  d.Read("c1", "[4,5]", "c2", true);
  ASSERT_EQ(d.Run().running.size(), 3u);
  EXPECT_EQ(d.Run().running.at(1).input.text(), R"({"Items":[3,4]})");
  EXPECT_EQ(d.Run().running.at(2).input.text(), R"({"Items":[5]})");
}

TEST(MapRunTest, AnItemLargerThanABatchFailsTheState) {
  MapRunDriver d(DistributedMap(R"(,"ItemBatcher":{"MaxInputBytesPerBatch":20})"));
  d.Start(absl::StrCat("[\"", std::string(30, 'x'), "\"]"));
  EXPECT_EQ(d.execution->error(), "States.DataLimitExceeded");
  EXPECT_THAT(*d.execution->cause(), HasSubstr("MaxInputBytesPerBatch"));
}

TEST(MapRunTest, FailuresBeyondTheToleranceAbandonTheOthers) {
  MapRunDriver d(DistributedMap(R"(,"ToleratedFailureCount":1)"));
  d.Start("[1,2,3,4]");
  d.EndFailed(2);
  EXPECT_FALSE(d.execution->is_closed());
  d.EndFailed(0);
  EXPECT_EQ(d.execution->error(), "States.ExceedToleratedFailureThreshold");
  EXPECT_EQ(d.execution->TakeAbandoned().size(), 2u);
  ASSERT_EQ(d.execution->ended_map_runs().size(), 1u);
  const MapRunSummary& summary = d.execution->ended_map_runs().front();
  EXPECT_EQ(summary.status, ExecutionStatus::kFailed);
  EXPECT_EQ(summary.children[ExecutionStatus::kFailed], 2);
  EXPECT_EQ(summary.children[ExecutionStatus::kAborted], 2);
}

TEST(MapRunTest, LimitsMayBeChangedWhileItRuns) {
  MapRunDriver d(DistributedMap(R"(,"MaxConcurrency":1)"));
  d.Start("[1,2,3,4]");
  EXPECT_EQ(d.Do(UpdateMapRun{0, 3, 2, absl::nullopt}), CommandOutcome::kApplied);
  EXPECT_EQ(d.Run().running.size(), 3u);
  d.EndFailed(0);
  d.EndFailed(1);
  EXPECT_FALSE(d.execution->is_closed());
  EXPECT_EQ(d.Do(UpdateMapRun{1, 3, 2, absl::nullopt}), CommandOutcome::kStale);
}

TEST(MapRunTest, ResultsBeyondTheLimitAreNotRemembered) {
  MapRunDriver d(DistributedMap(""));
  d.limits.max_payload_bytes = 1'000;
  d.Start("[1,2,3]");
  const std::string large = absl::StrCat("\"", std::string(600, 'x'), "\"");
  d.End(0, large);
  d.End(1, large);
  EXPECT_TRUE(d.Run().results.empty());
  d.End(2, "1");
  EXPECT_EQ(d.execution->error(), "States.DataLimitExceeded");
}

TEST(MapRunTest, AWriterIsAskedOnceAllChildrenHaveEnded) {
  MapRunDriver d(DistributedMap(kWriter));
  d.Start("[1,2]");
  d.End(0, "1");
  EXPECT_TRUE(Outstanding(*d.execution).writes.empty());
  d.End(1, "1");
  ASSERT_EQ(Outstanding(*d.execution).writes.size(), 1u);
  EXPECT_TRUE(d.Run().results.empty());
  ResultsWritten written;
  written.details = Value::Object({{"Bucket", Value::String("b")}, {"Key", Value::String("k")}});
  d.Do(written);
  EXPECT_THAT(std::string(d.execution->output().text()),
              HasSubstr(R"("ResultWriterDetails":{"Bucket":"b","Key":"k"}})"));
}

TEST(MapRunTest, NoItemsIsAnEmptyResult) {
  MapRunDriver d(DistributedMap(""));
  d.Start("[]");
  EXPECT_EQ(d.execution->output().text(), "[]");
}

}  // namespace
}  // namespace pawl::core
