// Redrive of executions that stopped at a Distributed Map: the same Map Run goes on, with what had
// not succeeded.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/objects/memory_store.h"
#include "engine/runtime/engine_fixture.h"
#include "persistence/memory/fault_store.h"

namespace pawl::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

using Status = persistence::Status;

std::string Machine(const std::string& more, const std::string& type = "STANDARD") {
  return absl::StrCat(
      R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"kids","End":true,
          "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":")",
      type, R"("},"StartAt":"A","States":{
            "A":{"Type":"Task","Resource":"pawl:a","Next":"B"},
            "B":{"Type":"Task","Resource":"pawl:b","End":true}}})",
      more, "}}}");
}

class MapRedrive : public EngineFixture {
 protected:
  MapRedrive() {
    options_.objects = &objects_;
    Reopen();
  }
  void Reopen() {
    Restart();
    for (const std::string queue : {"a", "b"}) {
      engine_->Serve(
          queue, [this, queue](const QueuedTask& task, const InProcessEngine::Responder& respond) {
            const std::string call = queue + std::string(task.task.input.text());
            calls_.push_back(call);
            if (silent_.count(call) > 0) return;
            if (broken_.count(call) > 0) return respond.Fail("Broken", "by the test");
            respond.Succeed(std::string(task.task.input.text()));
          });
    }
  }
  persistence::ExecutionRef Run(const std::string& definition, const std::string& input,
                                const std::string& name = "e") {
    std::vector<asl::Diagnostic> diagnostics;
    EXPECT_TRUE(engine_->CreateMachine("m", definition, "", &diagnostics).ok());
    const auto ref = engine_->Start("m", name, input);
    EXPECT_TRUE(ref.ok()) << ref.status();
    EXPECT_TRUE(engine_->RunUntilClosed(*ref, absl::Hours(10)));
    engine_->RunFor(absl::Seconds(1));  // and its children
    return *ref;
  }
  absl::StatusOr<absl::Time> Redrive(persistence::ExecutionRef ref) {
    auto result = std::make_shared<absl::StatusOr<absl::Time>>(absl::UnavailableError("late"));
    engine_->node().Redrive(ref, "", [result](absl::StatusOr<absl::Time> at) { *result = at; });
    engine_->RunFor(absl::Milliseconds(1));
    return *result;
  }
  std::string OutputOf(persistence::ExecutionRef ref) {
    return std::string((*engine_->Load(ref))->state.output().text());
  }
  // Newest first, as they are stored.
  std::vector<persistence::ExecutionRow> Children(const std::string& machine = "m/kids") {
    persistence::ListFilter filter;
    filter.ns = "000000000000";
    filter.machine = machine;
    return *memory_.ListExecutions(filter, absl::nullopt, 1'000);
  }
  std::vector<core::MapRunSummary> MapRuns(persistence::ExecutionRef ref) {
    std::vector<core::MapRunSummary> runs;
    engine_->node().View(ref, {.map_runs = true}, [&](const absl::StatusOr<ExecutionView>& view) {
      for (const MapRunView& run : view->map_runs) runs.push_back(run.summary);
    });
    engine_->RunFor(absl::Milliseconds(1));
    return runs;
  }
  std::vector<std::string> TypesAfterRedrive(persistence::ExecutionRef ref) {
    std::vector<std::string> types;
    const auto events = engine_->History(ref);
    for (const core::Event& event : *events) {
      if (event.Is<core::ExecutionRedriven>()) types.clear();
      if (event.is_numbered()) types.push_back(std::string(core::InfoOf(event.type).name));
    }
    return types;
  }

  objects::MemoryStore objects_;
  std::vector<std::string> calls_;
  std::set<std::string> broken_;  // fail
  std::set<std::string> silent_;  // do not answer
};

TEST_F(MapRedrive, StandardChildrenGoOnFromWhereTheyFailed) {
  broken_ = {"b1"};
  silent_ = {"b2"};
  const auto ref = Run(Machine(R"(,"MaxConcurrency":3)"), "[0,1,2,3]");
  ASSERT_EQ(MapRuns(ref).at(0).status, core::ExecutionStatus::kFailed);
  calls_.clear();
  broken_.clear();
  silent_.clear();
  Reopen();
  ASSERT_TRUE(Redrive(ref).ok());
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
  EXPECT_THAT(calls_, Not(testing::Contains("a0")));
  EXPECT_THAT(calls_, Not(testing::Contains("a1")));
  EXPECT_THAT(calls_, Not(testing::Contains("b0")));
  EXPECT_THAT(calls_, testing::Contains("b1").Times(1));
  EXPECT_THAT(calls_, testing::Contains("b2").Times(1));
  EXPECT_EQ(OutputOf(ref), "[0,1,2,3]");
  EXPECT_THAT(TypesAfterRedrive(ref),
              ElementsAre("ExecutionRedriven", "MapRunRedriven", "MapRunSucceeded",
                          "MapStateSucceeded", "MapStateExited", "ExecutionSucceeded"));
  const auto runs = MapRuns(ref);
  ASSERT_EQ(runs.size(), 1u) << "the same one";
  EXPECT_EQ(runs[0].redrive_count, 1);
  EXPECT_EQ(runs[0].children[core::ExecutionStatus::kSucceeded], 4);
  EXPECT_EQ(runs[0].children.Unsuccessful(), 0);
  int redriven = 0;
  for (const persistence::ExecutionRow& child : Children()) {
    EXPECT_EQ(child.status, Status::kSucceeded);
    redriven += child.redrive_count;
  }
  EXPECT_EQ(Children().size(), 4u);
  EXPECT_GE(redriven, 2);
}

TEST_F(MapRedrive, ExpressChildrenBeginAgain) {
  broken_ = {"b1"};
  const auto ref = Run(Machine(R"(,"MaxConcurrency":1)", "EXPRESS"), "[0,1,2]");
  calls_.clear();
  broken_.clear();
  ASSERT_TRUE(Redrive(ref).ok());
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
  EXPECT_THAT(calls_, ElementsAre("a1", "b1", "a2", "b2"));
  EXPECT_EQ(OutputOf(ref), "[0,1,2]");
}

TEST_F(MapRedrive, MayFailAgainAndAgain) {
  broken_ = {"b1", "b3"};
  const auto ref = Run(Machine(R"(,"MaxConcurrency":1)"), "[0,1,2,3,4]");
  EXPECT_THAT(calls_, ElementsAre("a0", "b0", "a1", "b1"));
  calls_.clear();
  ASSERT_TRUE(Redrive(ref).ok());
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
  EXPECT_THAT(calls_, ElementsAre("b1"));
  broken_ = {"b3"};
  calls_.clear();
  ASSERT_TRUE(Redrive(ref).ok());
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
  EXPECT_THAT(calls_, ElementsAre("b1", "a2", "b2", "a3", "b3"));
  broken_.clear();
  calls_.clear();
  ASSERT_TRUE(Redrive(ref).ok());
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
  EXPECT_THAT(calls_, ElementsAre("b3", "a4", "b4"));
  EXPECT_EQ(OutputOf(ref), "[0,1,2,3,4]");
  EXPECT_EQ(MapRuns(ref).at(0).redrive_count, 3);
}

TEST_F(MapRedrive, AStoppedExecutionGoesOnToo) {
  silent_ = {"b1"};
  std::vector<asl::Diagnostic> diagnostics;
  ASSERT_TRUE(engine_->CreateMachine("m", Machine(""), "", &diagnostics).ok());
  const auto ref = *engine_->Start("m", "e", "[0,1]");
  engine_->RunFor(absl::Seconds(1));
  engine_->node().Stop(ref, absl::nullopt, absl::nullopt, [](const auto&) {});
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Seconds(1)));
  silent_.clear();
  calls_.clear();
  // At once: the child may still be on its way to its end.
  ASSERT_TRUE(Redrive(ref).ok());
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
  EXPECT_THAT(calls_, ElementsAre("b1"));
  EXPECT_EQ(OutputOf(ref), "[0,1]");
}

TEST_F(MapRedrive, AChildIsNotRedrivenByItself) {
  broken_ = {"b0"};
  Run(Machine(""), "[0]");
  const auto refused = Redrive(Children().at(0).ref);
  EXPECT_EQ(aws::ErrorOf(refused.status()), aws::Error::kExecutionNotRedrivable);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("child of a Map Run"));
}

TEST_F(MapRedrive, WhileItRunsThoseThatWaitAreCounted) {
  broken_ = {"b0", "b1", "b2"};
  const auto ref = Run(Machine(R"(,"MaxConcurrency":1,"ToleratedFailureCount":2)"), "[0,1,2,3]");
  broken_.clear();
  silent_ = {"b1"};
  ASSERT_TRUE(Redrive(ref).ok());
  engine_->RunFor(absl::Seconds(10));
  const core::MapRunSummary run = MapRuns(ref).at(0);
  EXPECT_EQ(run.status, core::ExecutionStatus::kRunning);
  EXPECT_EQ(run.children[core::ExecutionStatus::kSucceeded], 1);
  EXPECT_EQ(run.children[core::ExecutionStatus::kRunning], 1);
  EXPECT_EQ(run.children_pending_redrive, 1);
  EXPECT_EQ(run.items_pending, 1);
  EXPECT_EQ(run.children.Unsuccessful(), 0);
}

constexpr char kNested[] = R"({"StartAt":"O","States":{"O":{"Type":"Map","Label":"outer","End":true,
    "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
      "StartAt":"I","States":{"I":{"Type":"Map","Label":"inner","End":true,
        "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
          "StartAt":"A","States":{"A":{"Type":"Task","Resource":"pawl:a","End":true}}}}}}}}})";

TEST_F(MapRedrive, AMapRunWithinAMapRun) {
  broken_ = {"a3"};
  const auto ref = Run(kNested, "[[1,2],[3,4]]");
  ASSERT_EQ(StatusOf(ref), core::ExecutionStatus::kFailed);
  calls_.clear();
  broken_.clear();
  ASSERT_TRUE(Redrive(ref).ok());
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
  EXPECT_THAT(calls_, testing::Contains("a3").Times(1));
  EXPECT_EQ(OutputOf(ref), "[[1,2],[3,4]]");
}

// Two Map Runs side by side: what each child was given is told apart.
TEST_F(MapRedrive, InBranchesOfAParallel) {
  const auto branch = [](const std::string& label, const std::string& items) {
    return absl::StrCat(R"({"StartAt":")", label, R"(","States":{")", label,
                        R"(":{"Type":"Map","Label":")", label, R"(","End":true,"ItemsPath":"$.)",
                        items, R"(","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED",
        "ExecutionType":"EXPRESS"},"StartAt":"A","States":{"A)",
                        label, R"(":{"Type":"Task","Resource":"pawl:a","End":true}}}}}})");
  };
  std::string definition =
      absl::StrCat(R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[)",
                   branch("x", "l"), ",", branch("y", "r"), "]}}}");
  for (const std::string label : {"x", "y"}) {
    const size_t at = definition.find(R"("StartAt":"A","States":{"A)" + label);
    definition.replace(at, 13, R"("StartAt":"A)" + label + "\"");
  }
  broken_ = {"a11"};
  silent_ = {"a12", "a1", "a2"};
  const auto ref = Run(definition, R"({"l":[1,2],"r":[11,12]})");
  ASSERT_EQ(StatusOf(ref), core::ExecutionStatus::kFailed);
  broken_.clear();
  silent_.clear();
  ASSERT_TRUE(Redrive(ref).ok());
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
  EXPECT_EQ(OutputOf(ref), "[[1,2],[11,12]]");
}

// Results hold what succeeded in either run, once.
TEST_F(MapRedrive, FilesHoldEachChildOnce) {
  objects_.CreateBucket("out");
  broken_ = {"b1", "b2"};
  const auto ref = Run(Machine(R"(,"MaxConcurrency":1,"ToleratedFailureCount":1,
      "ResultWriter":{"Resource":"arn:aws:states:::s3:putObject",
        "Parameters":{"Bucket":"out","Prefix":"r"}})"),
                       "[0,1,2,3]");
  ASSERT_EQ(StatusOf(ref), core::ExecutionStatus::kFailed);
  broken_ = {"b2"};
  ASSERT_TRUE(Redrive(ref).ok());
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Minutes(1)));
  ASSERT_EQ(StatusOf(ref), core::ExecutionStatus::kSucceeded);
  const Value output = (*engine_->Load(ref))->state.output().value();
  const std::string key = output.Find("ResultWriterDetails")->Find("Key")->AsString();
  const std::string folder = key.substr(0, key.rfind('/') + 1);
  const auto inputs = [&](const std::string& file) {
    std::vector<std::string> list;
    const auto text = objects_.Get("out", folder + file);
    EXPECT_TRUE(text.ok()) << text.status();
    const auto records = Payload::FromText(*text);
    for (const Value& record : records->value().AsArray()) {
      list.push_back(record.Find("Input")->AsString());
    }
    return list;
  };
  EXPECT_THAT(inputs("SUCCEEDED_0.json"), UnorderedElementsAre("0", "1", "3"));
  EXPECT_THAT(inputs("FAILED_0.json"), ElementsAre("2"));
}

// More than one chunk of children is read from the history, and items are read on.
TEST_F(MapRedrive, ManyChildrenAreReadChunkByChunk) {
  std::string items;
  for (int i = 0; i < 1'500; ++i) absl::StrAppend(&items, i, "\n");
  objects_.Put("in", "items", items);
  for (int i = 0; i < 1'200; i += 2) broken_.insert(absl::StrCat("b", i));
  const auto ref = Run(Machine(R"(,"MaxConcurrency":40,"ToleratedFailureCount":599,
      "ItemReader":{"Resource":"arn:aws:states:::s3:getObject",
        "ReaderConfig":{"InputType":"JSONL"},"Parameters":{"Bucket":"in","Key":"items"}})"),
                       "{}");
  ASSERT_EQ(StatusOf(ref), core::ExecutionStatus::kFailed);
  broken_.clear();
  calls_.clear();
  ASSERT_TRUE(Redrive(ref).ok());
  for (int i = 0; i < 3; ++i) {
    engine_->RunFor(absl::Milliseconds(1));
    Reopen();
  }
  ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Hours(1)));
  ASSERT_EQ(StatusOf(ref), core::ExecutionStatus::kSucceeded);
  EXPECT_THAT(calls_, Not(testing::Contains("b1")));
  EXPECT_EQ((*engine_->Load(ref))->state.output().value().AsArray().size(), 1'500u);
  EXPECT_EQ(MapRuns(ref).at(0).items[core::ExecutionStatus::kSucceeded], 1'500);
}

// The engine dies after each step of what a redrive does, and goes on.
class MapRedriveCrash : public MapRedrive, public testing::WithParamInterface<const char*> {
 protected:
  void ExpectAllSucceeded(persistence::ExecutionRef ref) {
    ASSERT_EQ(OutputOf(ref), "[0,1,2,3]");
    ASSERT_EQ(memory_.GetExecution(ref)->redrive_count, 1);
    ASSERT_EQ(MapRuns(ref).size(), 1u);
    for (const persistence::ExecutionRow& child : Children()) {
      ASSERT_EQ(child.status, Status::kSucceeded);
      ASSERT_LE(child.redrive_count, 1);
    }
  }
};

// The children of a run that has just ended may still be at work, and may not have been told.
TEST_P(MapRedriveCrash, AfterEveryStepUntilTheFailure) {
  std::vector<asl::Diagnostic> diagnostics;
  const std::string definition = Machine(R"(,"MaxConcurrency":3)", GetParam());
  ASSERT_TRUE(engine_->CreateMachine("m", definition, "", &diagnostics).ok());
  bool is_over = false;
  for (int steps = 0; !is_over && steps < 2'000; ++steps) {
    SCOPED_TRACE(absl::StrCat("killed after ", steps, " steps"));
    broken_ = {"b1"};
    silent_ = {"b2"};
    const auto ref = engine_->Start("m", absl::StrCat("e", steps), "[0,1,2,3]");
    ASSERT_TRUE(ref.ok()) << ref.status();
    for (int i = 0; i < steps && !is_over; ++i) is_over = !engine_->world().RunOne();
    Reopen();
    ASSERT_TRUE(engine_->RunUntilClosed(*ref, absl::Hours(3)));
    broken_.clear();
    silent_.clear();
    ASSERT_TRUE(Redrive(*ref).ok());
    ASSERT_TRUE(engine_->RunUntilClosed(*ref, absl::Hours(3)));
    ExpectAllSucceeded(*ref);
  }
  EXPECT_TRUE(is_over);
}

TEST_P(MapRedriveCrash, AfterEveryStep) {
  bool is_over = false;
  for (int steps = 0; !is_over && steps < 2'000; ++steps) {
    SCOPED_TRACE(absl::StrCat("killed after ", steps, " steps"));
    broken_ = {"b1"};
    silent_ = {"b2"};
    const auto ref =
        Run(Machine(R"(,"MaxConcurrency":3)", GetParam()), "[0,1,2,3]", absl::StrCat("e", steps));
    ASSERT_EQ(StatusOf(ref), core::ExecutionStatus::kFailed);
    broken_.clear();
    silent_.clear();
    engine_->node().Redrive(ref, "once", [](const absl::StatusOr<absl::Time>&) {});
    for (int i = 0; i < steps && !is_over; ++i) is_over = !engine_->world().RunOne();
    if (is_over) {
      EXPECT_EQ(StatusOf(ref), core::ExecutionStatus::kSucceeded) << "no step is left out";
    }
    Reopen();
    const auto row = memory_.GetExecution(ref);
    if (row->redrive_count == 0) {
      ASSERT_TRUE(Redrive(ref).ok());
    }
    ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Hours(3)));
    ExpectAllSucceeded(ref);
  }
  EXPECT_TRUE(is_over);
}

// Calls of the store that fail, or whose answers are lost.
class Faults final : public persistence::FaultPlan {
 public:
  explicit Faults(uint64_t seed) : random_(seed) {}

  persistence::CommitFault OnCommit(const persistence::CommitBatch&) override {
    using Kind = persistence::CommitFault::Kind;
    if (!is_on || random_.NextUnit() > 0.1) return {};
    constexpr Kind kKinds[] = {Kind::kNotCommitted, Kind::kUnknownCommitted,
                               Kind::kUnknownNotCommitted, Kind::kFenced};
    return {kKinds[random_.Next() % 4]};
  }
  absl::Status BeforeCall(absl::string_view) override { return Maybe(); }
  absl::Status AfterCall(absl::string_view) override { return Maybe(); }

  bool is_on = false;

 private:
  absl::Status Maybe() {
    if (!is_on || random_.NextUnit() > 0.05) return absl::OkStatus();
    return absl::UnavailableError("by the test");
  }

  expr::RandomSource random_;
};

TEST_P(MapRedriveCrash, UnderFaultsOfTheStore) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Faults faults(seed);
    persistence::FaultStore store(&memory_, &faults);
    options_.store = &store;
    Reopen();
    broken_ = {"b1"};
    silent_ = {"b2"};
    const auto ref =
        Run(Machine(R"(,"MaxConcurrency":3)", GetParam()), "[0,1,2,3]", absl::StrCat("e", seed));
    broken_.clear();
    silent_.clear();
    faults.is_on = true;
    for (int i = 0; i < 20 && memory_.GetExecution(ref)->redrive_count == 0; ++i) {
      Redrive(ref).IgnoreError();
      engine_->RunFor(absl::Seconds(1));
    }
    engine_->RunUntilClosed(ref, absl::Minutes(1));
    faults.is_on = false;
    // Its workers do not say again what was lost.
    Reopen();
    ASSERT_TRUE(engine_->RunUntilClosed(ref, absl::Hours(3)));
    engine_->RunFor(absl::Minutes(1));
    ExpectAllSucceeded(ref);
    engine_ = nullptr;
    options_.store = &memory_;
    Restart();
    if (HasFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Types, MapRedriveCrash, testing::Values("STANDARD", "EXPRESS"));

}  // namespace
}  // namespace pawl::runtime
