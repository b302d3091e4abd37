// Executions that start executions, in virtual time. What survives faults is the simulation's.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/objects/memory_store.h"
#include "engine/runtime/engine_fixture.h"
#include "engine/runtime/range/open_states.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::runtime {
namespace {

using ::testing::HasSubstr;

constexpr char kChildTask[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true}}})";

std::string Parent(const std::string& form, const std::string& more = "") {
  return absl::StrCat(
      R"({"StartAt":"N","States":{"N":{"Type":"Task","End":true,
          "Resource":"arn:aws:states:::states:startExecution)",
      form,
      R"(","Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:child",
          "Name":"kid","Input.$":"$"})",
      more, "}}}");
}

class Children : public EngineFixture {
 protected:
  Children() {
    options_.objects = &objects_;
    Restart();
  }

  void Serve() {
    engine_->Serve("q", [this](const QueuedTask& task, const InProcessEngine::Responder& respond) {
      ++calls_;
      respond.Succeed(task.task.input.text());
    });
  }
  // "" where there is none.
  std::string StatusOf(const std::string& machine, const std::string& name) {
    persistence::ListFilter filter;
    filter.ns = "000000000000";
    filter.machine = machine;
    const auto rows = memory_.ListExecutions(filter, absl::nullopt, 1'000);
    for (const persistence::ExecutionRow& row : *rows) {
      if (absl::StartsWith(row.name, name)) {
        return std::string(core::StatusName(static_cast<core::ExecutionStatus>(row.status)));
      }
    }
    return "";
  }

  objects::MemoryStore objects_;
  int calls_ = 0;
};

TEST_F(Children, ParentOfAPlainStartGoesOnAtOnce) {
  Create("child", kChildTask);
  Create("parent", Parent(""));
  auto ref = engine_->Start("parent", "p", R"({"n":1})");
  ASSERT_TRUE(engine_->RunUntilClosed(*ref, absl::Minutes(1)));
  EXPECT_EQ(StatusOf("parent", "p"), "SUCCEEDED");
  EXPECT_EQ(StatusOf("child", "kid"), "RUNNING");
}

TEST_F(Children, OpenStatesNameTheExecutionThatIsWaitedFor) {
  Create("child", kChildTask);
  Create("parent", Parent(".sync:2"));
  auto ref = engine_->Start("parent", "p", R"({"n":1})");
  engine_->RunFor(absl::Seconds(1));
  bool is_seen = false;
  engine_->node().View(*ref, {.open_states = true}, [&](const absl::StatusOr<ExecutionView>& view) {
    const std::vector<OpenState>& open = view->open_states;
    ASSERT_EQ(open.size(), 1u);
    EXPECT_EQ(open[0].waiting_for, OpenState::WaitingFor::kExecution);
    EXPECT_EQ(open[0].execution, "child/kid");
    is_seen = true;
  });
  engine_->RunFor(absl::Seconds(1));
  EXPECT_TRUE(is_seen);
}

TEST_F(Children, OpenStatesCountTheItemsOfAMapRun) {
  Create("m", R"({"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":2,"End":true,
      "ToleratedFailureCount":9,
      "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
        "StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true}}}}}})");
  int calls = 0;
  engine_->Serve("q", [&calls](const QueuedTask&, const InProcessEngine::Responder& respond) {
    if (++calls == 1) respond.Succeed("1");
    if (calls == 2) respond.Fail("Broken", "");
  });
  auto ref = engine_->Start("m", "e", "[1,2,3,4,5]");
  engine_->RunFor(absl::Seconds(10));
  bool is_seen = false;
  engine_->node().View(*ref, {.open_states = true}, [&](const absl::StatusOr<ExecutionView>& view) {
    const std::vector<OpenState>& open = view->open_states;
    ASSERT_EQ(open.size(), 1u);
    EXPECT_EQ(open[0].waiting_for, OpenState::WaitingFor::kChildren);
    EXPECT_EQ(open[0].children_total, 5);
    EXPECT_EQ(open[0].children_succeeded, 1);
    EXPECT_EQ(open[0].children_failed, 1);
    EXPECT_EQ(open[0].children_running, 2);
    is_seen = true;
  });
  engine_->RunFor(absl::Seconds(1));
  EXPECT_TRUE(is_seen);
}

TEST_F(Children, StoppingTheParentStopsTheChildThatItWaitsFor) {
  Create("child", kChildTask);
  Create("parent", Parent(".sync:2"));
  auto ref = engine_->Start("parent", "p", "{}");
  engine_->RunFor(absl::Seconds(1));
  ASSERT_EQ(StatusOf("child", "kid"), "RUNNING");
  engine_->node().Stop(*ref, std::string("Enough"), absl::nullopt,
                       [](absl::StatusOr<core::CommandOutcome>) {});
  engine_->RunFor(absl::Seconds(1));
  EXPECT_EQ(StatusOf("parent", "p"), "ABORTED");
  EXPECT_EQ(StatusOf("child", "kid"), "ABORTED");
}

TEST_F(Children, ATimeOutOfTheTaskStopsTheChild) {
  Create("child", kChildTask);
  Create("parent", Parent(".sync", R"(,"TimeoutSeconds":30)"));
  auto ref = engine_->Start("parent", "p", "{}");
  ASSERT_TRUE(engine_->RunUntilClosed(*ref, absl::Minutes(5)));
  engine_->RunFor(absl::Seconds(1));
  EXPECT_EQ((*engine_->Load(*ref))->state.error(), "States.Timeout");
  EXPECT_EQ(StatusOf("child", "kid"), "ABORTED");
}

TEST_F(Children, ParentIsToldOfAnEndAfterARestart) {
  Create("child", kChildTask);
  Create("parent", Parent(".sync:2"));
  auto ref = engine_->Start("parent", "p", R"({"n":1})");
  engine_->RunFor(absl::Seconds(1));
  Restart();
  Serve();
  ASSERT_TRUE(engine_->RunUntilClosed(*ref, absl::Minutes(5)));
  EXPECT_THAT(std::string((*engine_->Load(*ref))->state.output().text()),
              HasSubstr(R"("Output":{"n":1})"));
  EXPECT_EQ(calls_, 1);
}

TEST_F(Children, UnknownMachineFailsTheTask) {
  Create("parent", Parent(""));
  auto ref = engine_->Start("parent", "p", "{}");
  ASSERT_TRUE(engine_->RunUntilClosed(*ref, absl::Minutes(1)));
  EXPECT_EQ((*engine_->Load(*ref))->state.error(),
            "StepFunctions.StateMachineDoesNotExistException");
}

TEST_F(Children, TakenNameFailsTheTask) {
  Create("child", kChildTask);
  Create("parent", Parent(""));
  ASSERT_TRUE(engine_->Start("child", "kid", R"({"other":true})").ok());
  auto ref = engine_->Start("parent", "p", "{}");
  ASSERT_TRUE(engine_->RunUntilClosed(*ref, absl::Minutes(1)));
  EXPECT_EQ((*engine_->Load(*ref))->state.error(), "StepFunctions.ExecutionAlreadyExistsException");
}

// A crash in the middle: what has ended is not started again.
TEST_F(Children, MapRunGoesOnWhereItWas) {
  std::string items;
  for (int i = 0; i < 30; ++i) absl::StrAppend(&items, i, "\n");
  objects_.Put("in", "items", items);
  objects_.CreateBucket("out");
  Create("bulk", R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"kids","MaxConcurrency":3,
      "ItemReader":{"Resource":"arn:aws:states:::s3:getObject",
        "ReaderConfig":{"InputType":"JSONL"},"Parameters":{"Bucket":"in","Key":"items"}},
      "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
        "StartAt":"W","States":{"W":{"Type":"Wait","Seconds":10,"Next":"T"},
          "T":{"Type":"Task","Resource":"pawl:q","End":true}}},
      "ResultWriter":{"Resource":"arn:aws:states:::s3:putObject",
        "Parameters":{"Bucket":"out","Prefix":"r"}},"End":true}}})");
  Serve();
  auto ref = engine_->Start("bulk", "b", "{}");
  for (int i = 0; i < 5; ++i) {
    engine_->RunFor(absl::Seconds(14));
    Restart();
    Serve();
  }
  ASSERT_TRUE(engine_->RunUntilClosed(*ref, absl::Hours(1)));
  EXPECT_EQ(StatusOf("bulk", "b"), "SUCCEEDED");
  EXPECT_EQ(calls_, 30);
  const Value output = (*engine_->Load(*ref))->state.output().value();
  const std::string key = output.Find("ResultWriterDetails")->Find("Key")->AsString();
  const auto manifest = objects_.Get("out", key);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_THAT(*manifest, HasSubstr("SUCCEEDED_0.json"));
}

TEST_F(Children, StoppingAMapRunStopsItsChildren) {
  Create("bulk", R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"kids","End":true,
      "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
        "StartAt":"W","States":{"W":{"Type":"Wait","Seconds":86400,"End":true}}}}}})");
  auto ref = engine_->Start("bulk", "b", "[1,2,3]");
  engine_->RunFor(absl::Seconds(100));  // the children are parked by now
  ASSERT_EQ(StatusOf("bulk/kids", ""), "RUNNING");
  engine_->node().Stop(*ref, absl::nullopt, absl::nullopt,
                       [](absl::StatusOr<core::CommandOutcome>) {});
  engine_->RunFor(absl::Seconds(1));
  EXPECT_EQ(StatusOf("bulk/kids", ""), "ABORTED");
}

TEST_F(Children, ExpressExecutionStoresOnlyItsStartAndItsEnd) {
  Create("quick", kChildTask, "EXPRESS");
  Serve();
  auto ref = engine_->Start("quick", "x", R"({"n":1})");
  ASSERT_TRUE(ref.ok()) << ref.status();
  engine_->RunFor(absl::Seconds(1));
  EXPECT_EQ(StatusOf("quick", "x:"), "SUCCEEDED");
  const auto again = engine_->Start("quick", "x", R"({"n":2})");  // names need not be unique
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE(*again, *ref);
}

TEST_F(Children, ExpressExecutionIsRunAgainAfterACrash) {
  Create("quick", kChildTask, "EXPRESS");
  auto ref = engine_->Start("quick", "x", "{}");
  ASSERT_TRUE(ref.ok());
  engine_->RunFor(absl::Seconds(1));
  Restart();
  Serve();
  engine_->RunFor(absl::Seconds(30));
  EXPECT_EQ(StatusOf("quick", "x:"), "SUCCEEDED");
}

TEST_F(Children, ExpressExecutionEndsAfterFiveMinutes) {
  Create("quick", kChildTask, "EXPRESS");
  absl::optional<core::ExecutionStatus> status;
  engine_->node().Start(
      {"000000000000", "quick"}, "x", *Payload::FromText("{}"), [](absl::StatusOr<StartResult>) {},
      [&](const core::Execution& e) { status = e.status(); });
  engine_->RunFor(absl::Minutes(4));
  EXPECT_FALSE(status.has_value());
  engine_->RunFor(absl::Minutes(2));
  EXPECT_EQ(status, core::ExecutionStatus::kTimedOut);
  EXPECT_EQ(StatusOf("quick", "x"), "");  // for one call: nothing is stored
}

}  // namespace
}  // namespace pawl::runtime
