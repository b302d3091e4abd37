// The runtime over a store in memory, in virtual time. What survives faults is the simulation's to
// find; here are the rules by name.
#include <map>
#include <string>
#include <vector>

#include "engine/runtime/engine_fixture.h"
#include "engine/runtime/range/open_states.h"
#include "engine/runtime/range/slots.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "persistence/memory/fault_store.h"
#include "persistence/memory/memory_store.h"

namespace pawl::runtime {
namespace {

using ::testing::HasSubstr;

constexpr char kTask[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true}}})";
constexpr char kLongWait[] =
    R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":86400,"Next":"T"},
        "T":{"Type":"Task","Resource":"pawl:q","End":true}}})";

class Runtime : public EngineFixture {
 protected:
  Runtime() {
    options_.runtime.park_after = absl::Seconds(20);
    Restart();
  }

  void ServeEcho() {
    engine_->Serve("q", [](const QueuedTask& task, const InProcessEngine::Responder& respond) {
      respond.Succeed(task.task.input.text());
    });
  }
};

TEST_F(Runtime, StartIsIdempotentWhileItRunsWithTheSameInput) {
  Create("m", kTask);
  auto first = engine_->Start("m", "e", R"({"a":1, "b":2})");
  ASSERT_TRUE(first.ok());
  auto again = engine_->Start("m", "e", R"({"b":2,"a":1})");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*first, *again);
  auto other = engine_->Start("m", "e", R"({"a":2})");
  EXPECT_TRUE(absl::IsAlreadyExists(other.status()));
  EXPECT_THAT(std::string(other.status().message()), HasSubstr("another input"));
}

TEST_F(Runtime, NameOfAnEndedExecutionIsTaken) {
  Create("m", kTask);
  ServeEcho();
  auto ref = engine_->Start("m", "e", "{}");
  ASSERT_TRUE(engine_->RunUntilClosed(*ref, absl::Minutes(1)));
  EXPECT_TRUE(absl::IsAlreadyExists(engine_->Start("m", "e", "{}").status()));
  // The others of its batch are not hurt by it.
  EXPECT_TRUE(engine_->Start("m", "e2", "{}").ok());
}

TEST_F(Runtime, ParkedExecutionIsFoundByItsName) {
  Create("m", kLongWait);
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Minutes(5));
  ASSERT_TRUE(memory_.GetExecution(*ref)->parked);
  auto again = engine_->Start("m", "e", "{}");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*ref, *again);
}

TEST_F(Runtime, UnknownMachineIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(engine_->Start("nope", "e", "{}").status()));
}

TEST_F(Runtime, BadNamesAreRefused) {
  Create("m", kTask);
  for (const char* name : {"a b", "a/b", "a:b", "a\"b"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(engine_->Start("m", name, "{}").status())) << name;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(engine_->Start("m", std::string(81, 'x'), "{}").status()));
  EXPECT_TRUE(engine_->Start("m", std::string(80, 'x'), "{}").ok());
}

TEST_F(Runtime, OverloadRefusesStartsBeforeAnythingIsWritten) {
  options_.runtime.max_resident_executions = 3;
  Restart();
  Create("m", kTask);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(engine_->Start("m", absl::StrCat("e", i), "{}").ok());
  const auto refused = engine_->Start("m", "e3", "{}");
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status()));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("--max-resident-executions"));
  EXPECT_TRUE(absl::IsNotFound(
      memory_.FindExecution(SlotOf("000000000000", "m", "e3"), "000000000000", "m", "e3")
          .status()));
  ServeEcho();  // room again
  engine_->RunFor(absl::Seconds(1));
  EXPECT_TRUE(engine_->Start("m", "e3", "{}").ok());
}

// What limits the process counts over all of its ranges.
TEST(ManyRanges, ShareTheLimitsOfTheNode) {
  constexpr int kLimit = 40;
  InProcessEngine* running = nullptr;
  persistence::MemoryStore store(
      {[&running] { return running == nullptr ? absl::Now() : running->now(); },
       /*initial_ranges=*/8});
  InProcessOptions options;
  options.store = &store;
  options.runtime.max_resident_executions = kLimit;
  InProcessEngine engine(options);
  running = &engine;
  std::vector<asl::Diagnostic> diagnostics;
  ASSERT_TRUE(engine.CreateMachine("m", kTask, "", &diagnostics).ok());
  int started = 0;
  for (int i = 0; i < 2 * kLimit; ++i) {
    started += engine.Start("m", absl::StrCat("e", i), "{}").ok() ? 1 : 0;
  }
  EXPECT_EQ(started, kLimit);
  EXPECT_EQ(engine.node().ranges().size(), 8u);
  int64_t busy = 0;
  for (const auto& range : engine.node().ranges()) {
    busy += store.CountOpen(range->slots())->resident > 0 ? 1 : 0;
  }
  EXPECT_GT(busy, 4) << "names are spread over the ranges";
}

TEST_F(Runtime, RunningExecutionKeepsItsRevision) {
  Create("m", kLongWait);
  auto ref = engine_->Start("m", "e", "{}");
  persistence::MachineRevision next = *memory_.GetMachine("000000000000", "m");
  next.revision = 2;
  next.definition = R"({"StartAt":"X","States":{"X":{"Type":"Succeed"}}})";
  ASSERT_TRUE(memory_.AddRevision(next).ok());
  Restart();
  ServeEcho();
  EXPECT_TRUE(engine_->RunUntilClosed(*ref, absl::Hours(25)));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kSucceeded);
}

TEST_F(Runtime, IdleExecutionIsParkedAndComesBackInTime) {
  Create("m", kLongWait);
  ServeEcho();
  auto ref = engine_->Start("m", "e", "{}");
  const absl::Time started = engine_->now();
  engine_->RunFor(absl::Minutes(2));
  EXPECT_TRUE(memory_.GetExecution(*ref)->parked);
  EXPECT_TRUE(engine_->RunUntilClosed(*ref, absl::Hours(25)));
  EXPECT_GE(engine_->now() - started, absl::Hours(24));
  EXPECT_LT(engine_->now() - started, absl::Hours(24) + absl::Seconds(5));
}

TEST_F(Runtime, ParkedExecutionComesBackAfterARestart) {
  Create("m", kLongWait);
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Minutes(2));
  Restart();
  ServeEcho();
  EXPECT_TRUE(engine_->RunUntilClosed(*ref, absl::Hours(25)));
}

TEST_F(Runtime, TaskWithoutReceiptGoesToAnotherWorker) {
  Create("m", kTask);
  struct Deaf final : WorkerSession {
    void Deliver(std::shared_ptr<const QueuedTask> task) override { tasks.push_back(task); }
    void Cancel(const std::string&, const std::string&) override {}
    std::vector<std::shared_ptr<const QueuedTask>> tasks;
  };
  auto deaf = std::make_shared<Deaf>();
  std::vector<AttemptKey> unknown;
  const SessionId id = engine_->node().queues().Connect(deaf, "000000000000", "deaf", {}, &unknown);
  engine_->node().queues().AddCredit(id, "q", 1).IgnoreError();
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Seconds(1));
  ASSERT_EQ(deaf->tasks.size(), 1u);
  ServeEcho();
  EXPECT_TRUE(engine_->RunUntilClosed(*ref, absl::Seconds(5)));
  // Not an attempt: the history has one Scheduled event.
  int scheduled = 0;
  const std::vector<core::Event> history = engine_->History(*ref).value();
  for (const core::Event& event : history) {
    scheduled += event.type == core::EventType::kTaskScheduled ? 1 : 0;
  }
  EXPECT_EQ(scheduled, 1);
}

TEST_F(Runtime, ReconnectedWorkerKeepsItsTask) {
  Create("m", kTask);
  struct Quiet final : WorkerSession {
    void Deliver(std::shared_ptr<const QueuedTask> task) override { tasks.push_back(task); }
    void Cancel(const std::string&, const std::string&) override {}
    std::vector<std::shared_ptr<const QueuedTask>> tasks;
  };
  auto first = std::make_shared<Quiet>();
  TaskQueues& queues = engine_->node().queues();
  std::vector<AttemptKey> unknown;
  SessionId id = queues.Connect(first, "000000000000", "w", {}, &unknown);
  queues.AddCredit(id, "q", 1).IgnoreError();
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Milliseconds(100));
  ASSERT_EQ(first->tasks.size(), 1u);
  const AttemptKey key = first->tasks[0]->key;
  engine_->node().TaskReceived(id, key);
  queues.Disconnect(id);
  engine_->RunFor(absl::Seconds(3));
  auto second = std::make_shared<Quiet>();
  id = queues.Connect(second, "000000000000", "w", {key}, &unknown);
  queues.AddCredit(id, "q", 5).IgnoreError();
  EXPECT_TRUE(unknown.empty());
  engine_->RunFor(absl::Minutes(1));
  EXPECT_TRUE(second->tasks.empty());  // it has it already
  // Unnamed, it would have been given away.
  queues.Disconnect(id);
  auto third = std::make_shared<Quiet>();
  id = queues.Connect(third, "000000000000", "other", {}, &unknown);
  queues.AddCredit(id, "q", 5).IgnoreError();
  engine_->RunFor(absl::Minutes(1));
  EXPECT_GE(third->tasks.size(), 1u);
}

TEST_F(Runtime, HeartbeatKeepsATaskAndItsLossEndsIt) {
  Create(
      "m",
      R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","HeartbeatSeconds":10,"End":true}}})");
  std::string token;
  engine_->Serve("q", [&](const QueuedTask& task, auto) { token = task.token; });
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Seconds(1));
  for (int i = 0; i < 5; ++i) {
    absl::Status status = absl::UnknownError("not answered");
    engine_->node().Heartbeat("000000000000", token, "{\"done\":" + std::to_string(i) + "}",
                              [&](absl::Status s) { status = s; });
    engine_->RunFor(absl::Seconds(8));
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kRunning);
  engine_->node().View(*ref, {.open_states = true}, [&](const absl::StatusOr<ExecutionView>& view) {
    const std::vector<OpenState>& open = view->open_states;
    ASSERT_EQ(open.size(), 1u);
    EXPECT_EQ(open[0].heartbeat_details, "{\"done\":4}");
    EXPECT_EQ(open[0].waiting_for, OpenState::WaitingFor::kCompletion);
  });
  engine_->RunFor(absl::Seconds(5));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kFailed);
}

// Two that always have a transition in flight: the flush that decides the second one again is
// posted before anything that its commit posts.
TEST_F(Runtime, BusyExecutionIsDescribedRightAfterItsCommit) {
  options_.runtime.limits.max_events_per_transition = 10;
  Restart();
  Create("loop", R"({"StartAt":"C","States":{"P":{"Type":"Pass","Next":"C"},"S":{"Type":"Succeed"},
      "C":{"Type":"Choice","Choices":[{"Variable":"$.x","IsPresent":true,"Next":"S"}],"Default":"P"}}})");
  std::vector<persistence::ExecutionRef> refs;
  for (const char* name : {"a", "b"}) {
    engine_->node().Start(
        {"000000000000", "loop"}, name, Payload::FromValue(Value::Object({})),
        [&](absl::StatusOr<StartResult> started) { refs.push_back(started->ref); });
  }
  engine_->world().RunUntilIdle(1'000);
  ASSERT_EQ(refs.size(), 2u);
  for (const persistence::ExecutionRef& ref : refs) {
    absl::optional<ExecutionView> seen;
    engine_->node().View(ref, {}, [&](const absl::StatusOr<ExecutionView>& view) { seen = *view; });
    engine_->world().RunUntilIdle(1'000);
    ASSERT_TRUE(seen.has_value());
    EXPECT_GT(seen->history_events, 10);
    EXPECT_FALSE(seen->is_closed());
  }
}

TEST_F(Runtime, ForgedTokensAreRefused) {
  Create("m", kTask);
  std::string token;
  engine_->Serve("q", [&](const QueuedTask& task, auto) { token = task.token; });
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Seconds(1));
  ASSERT_FALSE(token.empty());
  for (size_t i = 0; i < token.size(); ++i) {
    std::string forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    if (forged == token) continue;
    absl::StatusOr<core::CommandOutcome> outcome = core::CommandOutcome::kApplied;
    engine_->node().CompleteTask("000000000000", forged, "{}", false,
                                 [&](absl::StatusOr<core::CommandOutcome> o) { outcome = o; });
    engine_->RunFor(absl::Milliseconds(1));
    EXPECT_FALSE(outcome.ok()) << i;
  }
  // The right token of another namespace is as good as none.
  EXPECT_FALSE(engine_->node().tokens().Verify("111111111111", token).ok());
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kRunning);
}

TEST_F(Runtime, OutputThatIsNoJsonFailsTheAttemptWithAClearCause) {
  Create("m", kTask);
  engine_->Serve("q", [](const QueuedTask&, const InProcessEngine::Responder& respond) {
    respond.Succeed("{not json");
  });
  auto ref = engine_->Start("m", "e", "{}");
  ASSERT_TRUE(engine_->RunUntilClosed(*ref, absl::Minutes(1)));
  auto live = engine_->Load(*ref);
  EXPECT_EQ((*live)->state.error(), "Pawl.InvalidOutput");
  EXPECT_THAT((*live)->state.cause().value_or(""), HasSubstr("not JSON"));
}

TEST(Slots, AreFixedForEver) {
  // Part of the storage format: if one of these changes, every stored execution is lost.
  EXPECT_EQ(SlotOf("000000000000", "order", "order-1"), SlotOf("000000000000", "order", "order-1"));
  EXPECT_NE(SlotOf("a", "bc", "d"), SlotOf("ab", "c", "d"));
  std::map<persistence::Slot, int> counts;
  for (int i = 0; i < 40'960; ++i) ++counts[SlotOf("000000000000", "m", std::to_string(i))];
  EXPECT_GT(counts.size(), 4'000u);
  for (const auto& [slot, n] : counts) EXPECT_LT(n, 40);
}

}  // namespace
}  // namespace pawl::runtime
