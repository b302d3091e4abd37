// What broke an engine once, or could have: each test failed before its cause was mended.
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/core/record_codec.h"
#include "engine/runtime/in_process_engine.h"
#include "engine/runtime/range/open_states.h"
#include "engine/runtime/range/slots.h"
#include "engine/runtime/world/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "persistence/memory/fault_store.h"
#include "persistence/memory/memory_store.h"

namespace pawl::runtime {
namespace {

using ::testing::HasSubstr;
using Fault = persistence::CommitFault;

constexpr char kAccount[] = "000000000000";
constexpr char kTask[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true}}})";

// Fails what the test says.
class Script final : public persistence::FaultPlan {
 public:
  std::function<Fault(const persistence::CommitBatch&)> on_commit;
  std::function<absl::Status(absl::string_view)> before_call;

  Fault OnCommit(const persistence::CommitBatch& batch) override {
    return on_commit ? on_commit(batch) : Fault{};
  }
  absl::Status BeforeCall(absl::string_view call) override {
    return before_call ? before_call(call) : absl::OkStatus();
  }
  absl::Status AfterCall(absl::string_view) override { return absl::OkStatus(); }
};

struct Worker final : WorkerSession {
  void Deliver(std::shared_ptr<const QueuedTask> task) override { tasks.push_back(task); }
  void Cancel(const std::string& token, const std::string&) override { cancelled.push_back(token); }
  std::vector<std::shared_ptr<const QueuedTask>> tasks;
  std::vector<std::string> cancelled;
};

class Hardening : public ::testing::Test {
 protected:
  Hardening() {
    SetLogLevel(LogLevel::kError);
    Restart();
  }

  void Restart() {
    const absl::Time now =
        engine_ != nullptr ? engine_->now() : absl::FromUnixSeconds(1'700'000'000);
    engine_ = nullptr;
    InProcessOptions options;
    options.store = &store_;
    options.start = now;
    options.runtime = runtime_options_;
    options.runtime.verify_replay = true;
    engine_ = std::make_unique<InProcessEngine>(options);
    ASSERT_TRUE(engine_->Open().ok());
  }
  void Create(const std::string& name, const std::string& definition) {
    std::vector<asl::Diagnostic> diagnostics;
    const auto created = engine_->CreateMachine(name, definition, "", &diagnostics);
    ASSERT_TRUE(created.ok()) << created.status();
  }
  SessionId Connect(const std::shared_ptr<Worker>& worker, int64_t credit,
                    const std::vector<AttemptKey>& held = {}) {
    std::vector<AttemptKey> unknown;
    const SessionId id = Queues().Connect(worker, "w", held, &unknown);
    EXPECT_TRUE(unknown.empty());
    EXPECT_TRUE(Queues().AddCredit(id, "q", credit).ok());
    return id;
  }
  core::ExecutionStatus StatusOf(persistence::ExecutionRef ref) {
    auto live = engine_->Load(ref);
    return live.ok() ? (*live)->state.status() : core::ExecutionStatus::kRunning;
  }
  absl::StatusOr<core::CommandOutcome> Complete(const std::string& token,
                                                const std::string& output) {
    absl::StatusOr<core::CommandOutcome> answer = absl::UnknownError("not answered");
    engine_->node().CompleteTask(kAccount, token, output, false,
                                 [&](absl::StatusOr<core::CommandOutcome> o) { answer = o; });
    engine_->RunFor(absl::Seconds(5));
    return answer;
  }
  absl::Status ViewStatus(persistence::ExecutionRef ref) {
    absl::Status status = absl::UnknownError("not answered");
    engine_->node().View(
        ref, {}, [&](const absl::StatusOr<ExecutionView>& live) { status = live.status(); });
    engine_->RunFor(absl::Milliseconds(10));
    return status;
  }
  // By a commit whose outcome nobody knows, a start's.
  void LoseOwnership() {
    script_.on_commit = [this](const persistence::CommitBatch&) {
      script_.on_commit = nullptr;
      return Fault{Fault::Kind::kUnknownNotCommitted, 0};
    };
    EXPECT_FALSE(engine_->Start("m", "other", "{}").ok());
  }
  TaskQueues& Queues() { return engine_->node().queues(); }

  Script script_;
  persistence::MemoryStore memory_{{[this] {
    return engine_ != nullptr ? engine_->now() : absl::FromUnixSeconds(1'700'000'000);
  }}};
  persistence::FaultStore store_{&memory_, &script_};
  Options runtime_options_;
  std::unique_ptr<InProcessEngine> engine_;
};

// --- what the store refuses

TEST_F(Hardening, WhatTheStoreRefusesEndsTheExecutionWithARecordedFailure) {
  Create("m", kTask);
  auto worker = std::make_shared<Worker>();
  Connect(worker, 1);
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Seconds(1));
  ASSERT_EQ(worker->tasks.size(), 1u);
  script_.on_commit = [&](const persistence::CommitBatch& batch) {
    // As a row that is too large: refused each time, however it comes.
    for (const persistence::HistoryRow& row : batch.history) {
      if (row.ref == *ref && row.record.find("huge") != std::string::npos) {
        return Fault{Fault::Kind::kRejected, 0};
      }
    }
    return Fault{};
  };
  const auto outcome = Complete(worker->tasks[0]->token, "\"huge\"");
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(*outcome, core::CommandOutcome::kClosed) << "the worker need not send it again";
  auto live = engine_->Load(*ref);
  EXPECT_EQ((*live)->state.status(), core::ExecutionStatus::kFailed);
  EXPECT_EQ((*live)->state.error(), "States.Runtime");
  EXPECT_THAT(*(*live)->state.cause(), HasSubstr("cannot be stored"));
}

TEST_F(Hardening, WhatCannotEvenBeFailedIsQuarantined) {
  Create("m", kTask);
  auto ref = engine_->Start("m", "e", "{}");
  script_.on_commit = [&](const persistence::CommitBatch& batch) {
    return batch.history.empty() ? Fault{} : Fault{Fault::Kind::kRejected, 0};
  };
  absl::StatusOr<core::CommandOutcome> answer = absl::UnknownError("not answered");
  engine_->node().Stop(*ref, absl::nullopt, absl::nullopt,
                       [&](absl::StatusOr<core::CommandOutcome> o) { answer = o; });
  engine_->RunFor(absl::Seconds(5));
  EXPECT_TRUE(absl::IsDataLoss(answer.status())) << answer.status();
  EXPECT_EQ(engine_->node().RangeOf(0).health().quarantined, 1);
}

// --- rows that cannot be read

class Damaged : public Hardening {
 protected:
  // An execution whose stored history is `records`.
  persistence::ExecutionRef Plant(const std::string& name, std::vector<std::string> records,
                                  int64_t revision = 1) {
    const persistence::RangeState range = *memory_.TakeRange(
        {0, persistence::kSlotCount - 1}, {"planter", "", absl::Seconds(1), Options().incarnation});
    persistence::CommitBatch batch;
    batch.range = range.slots;
    batch.epoch = range.epoch;
    batch.batch_seq = range.batch_seq + 1;
    persistence::ExecutionRow row;
    row.ref = {SlotOf(kAccount, "m", name), range.epoch << 32 | 7};
    row.ns = kAccount;
    row.machine = "m";
    row.name = name;
    row.revision = revision;
    row.start_time = absl::FromUnixSeconds(1'700'000'000);
    batch.starts.push_back(row);
    int64_t sequence = 0;
    for (std::string& record : records) {
      batch.history.push_back({row.ref, ++sequence, 0, 0, std::move(record)});
    }
    EXPECT_EQ(memory_.Commit(batch).kind, persistence::CommitOutcome::Kind::kCommitted);
    EXPECT_TRUE(memory_.ReleaseRange(range.slots, range.epoch).ok());
    return row.ref;
  }
  // The records of an execution that waits for its task.
  std::vector<std::string> GoodRecords() {
    Create("m", kTask);
    auto ref = engine_->Start("m", "good", "{}");
    std::vector<std::string> records;
    const auto rows = memory_.ReadHistory(*ref, 1, 10, false);
    for (const persistence::HistoryRow& row : *rows) records.push_back(row.record);
    return records;
  }
};

TEST_F(Damaged, OneUnreadableExecutionKeepsNoOtherFromRunning) {
  const std::vector<std::string> good = GoodRecords();
  std::vector<core::Event> events = *core::DecodeTransition(good[0]);
  const auto altered = [&](const std::function<void(std::vector<core::Event>*)>& change) {
    std::vector<core::Event> copy = events;
    change(&copy);
    return core::EncodeTransition(copy);
  };
  engine_ = nullptr;
  std::vector<persistence::ExecutionRef> bad;
  bad.push_back(Plant("garbage", {"\x07\xFFnot a record"}));
  bad.push_back(Plant("nothing", {}));
  bad.push_back(Plant("wrong-state", {altered([](auto* e) {
                        std::get<core::StateEntered>((*e)[1].details).state = "Nowhere";
                      })}));
  bad.push_back(Plant("wrong-frame", {altered([](auto* e) { (*e)[2].frame = 9; })}));
  bad.push_back(Plant("cut-short", {altered([](auto* e) { e->pop_back(); })}));
  bad.push_back(Plant("no-text", {altered([](auto* e) {
                        std::get<core::ExecutionStarted>((*e)[0].details).input =
                            Payload::FromTrustedText("\"\xFF\xFE\"");
                      })}));
  bad.push_back(Plant("no-revision", good, 99));
  Restart();
  EXPECT_EQ(engine_->node().RangeOf(0).health().quarantined, static_cast<int64_t>(bad.size()));
  EXPECT_TRUE(engine_->node().readiness().is_ready);
  for (const persistence::ExecutionRef& ref : bad) {
    EXPECT_TRUE(absl::IsDataLoss(ViewStatus(ref))) << ViewStatus(ref);
  }
  std::vector<Quarantined> listed;
  engine_->node().RangeOf(0).ListQuarantined([&](std::vector<Quarantined> l) { listed = l; });
  engine_->RunFor(absl::Milliseconds(1));
  ASSERT_EQ(listed.size(), bad.size());
  for (const Quarantined& entry : listed) EXPECT_FALSE(entry.why.empty());
  // The others go on.
  auto worker = std::make_shared<Worker>();
  Connect(worker, 9);
  engine_->RunFor(absl::Seconds(6));
  ASSERT_EQ(worker->tasks.size(), 1u);
  EXPECT_EQ(*Complete(worker->tasks[0]->token, "1"), core::CommandOutcome::kApplied);
}

TEST_F(Damaged, WhatCanBeReadAgainLeavesTheQuarantine) {
  const std::vector<std::string> good = GoodRecords();
  engine_ = nullptr;
  const persistence::ExecutionRef ref = Plant("late", good, 2);
  Restart();
  EXPECT_EQ(engine_->node().RangeOf(0).health().quarantined, 1);
  // The definition that was missing comes back.
  persistence::MachineRevision next = *memory_.GetMachine(kAccount, "m");
  next.revision = 2;
  ASSERT_TRUE(memory_.AddRevision(next).ok());
  absl::Status answer = absl::UnknownError("not answered");
  engine_->node().RangeOf(ref.slot).RetryQuarantined(ref, [&](absl::Status s) { answer = s; });
  engine_->RunFor(absl::Seconds(1));
  EXPECT_TRUE(answer.ok()) << answer;
  EXPECT_EQ(engine_->node().RangeOf(0).health().quarantined, 0);
  auto worker = std::make_shared<Worker>();
  Connect(worker, 9);
  engine_->RunFor(absl::Seconds(6));
  std::set<AttemptKey> keys;
  for (const auto& task : worker->tasks) keys.insert(task->key);
  EXPECT_EQ(keys.size(), 2u);
}

// --- workers

constexpr char kHeartbeat[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","HeartbeatSeconds":10,"End":true}}})";

TEST_F(Hardening, HeartbeatsAreOwedAgainAfterAReconnect) {
  Create("m", kHeartbeat);
  auto ref = engine_->Start("m", "e", "{}");
  auto first = std::make_shared<Worker>();
  Connect(first, 1);
  engine_->RunFor(absl::Milliseconds(10));
  ASSERT_EQ(first->tasks.size(), 1u);
  Restart();
  // The worker comes back with the task that it holds, and is never heard of again.
  Connect(std::make_shared<Worker>(), 1, {first->tasks[0]->key});
  engine_->RunFor(absl::Seconds(9));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kRunning);
  engine_->RunFor(absl::Seconds(2));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kFailed);
}

TEST_F(Hardening, LostOwnershipDoublesNoTaskOfALivingWorker) {
  Create("m", kTask);
  auto ref = engine_->Start("m", "e", "{}");
  auto worker = std::make_shared<Worker>();
  const SessionId id = Connect(worker, 1);
  engine_->RunFor(absl::Milliseconds(10));
  ASSERT_EQ(worker->tasks.size(), 1u);
  engine_->node().TaskReceived(id, worker->tasks[0]->key);
  LoseOwnership();
  auto second = std::make_shared<Worker>();
  Connect(second, 9);
  engine_->RunFor(absl::Minutes(10));
  EXPECT_TRUE(second->tasks.empty()) << "the first worker is at it still";
  EXPECT_TRUE(worker->cancelled.empty());
  EXPECT_EQ(*Complete(worker->tasks[0]->token, "1"), core::CommandOutcome::kApplied);
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kSucceeded);
}

TEST_F(Hardening, WhatNeverArrivedIsGivenOutAgainAfterLostOwnership) {
  Create("m", kTask);
  auto ref = engine_->Start("m", "e", "{}");
  auto deaf = std::make_shared<Worker>();
  Connect(deaf, 1);
  engine_->RunFor(absl::Milliseconds(10));
  ASSERT_EQ(deaf->tasks.size(), 1u);  // and no receipt
  LoseOwnership();
  auto second = std::make_shared<Worker>();
  Connect(second, 1);
  engine_->RunFor(absl::Seconds(30));
  ASSERT_EQ(second->tasks.size(), 1u);
  EXPECT_EQ(*Complete(second->tasks[0]->token, "1"), core::CommandOutcome::kApplied);
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kSucceeded);
}

TEST_F(Hardening, LostOwnershipCancelsWhatHasEndedMeanwhile) {
  Create("m", kTask);
  auto ref = engine_->Start("m", "e", "{}");
  auto worker = std::make_shared<Worker>();
  Connect(worker, 1);
  engine_->RunFor(absl::Milliseconds(10));
  // Its stop is committed, and the answer lost.
  script_.on_commit = [&](const persistence::CommitBatch&) {
    script_.on_commit = nullptr;
    return Fault{Fault::Kind::kUnknownCommitted, 0};
  };
  engine_->node().Stop(*ref, absl::nullopt, absl::nullopt,
                       [](const absl::StatusOr<core::CommandOutcome>&) {});
  engine_->RunFor(absl::Seconds(5));
  EXPECT_EQ(worker->cancelled.size(), 1u);
}

TEST_F(Hardening, WhoWatchesIsToldOfAnEndWhoseCommitWasNotAnswered) {
  Create("m", kTask);
  auto ref = engine_->Start("m", "e", "{}");
  bool is_closed = false;
  engine_->node().watchers().Add(*ref, [&](bool closed) { is_closed = is_closed || closed; });
  script_.on_commit = [&](const persistence::CommitBatch&) {
    script_.on_commit = nullptr;
    return Fault{Fault::Kind::kUnknownCommitted, 0};
  };
  engine_->node().Stop(*ref, absl::nullopt, absl::nullopt,
                       [](const absl::StatusOr<core::CommandOutcome>&) {});
  engine_->RunFor(absl::Seconds(5));
  EXPECT_TRUE(is_closed);
}

TEST_F(Hardening, ATaskThatKillsItsWorkersFailsAndRetryDecides) {
  Create("m", R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true,
      "Retry":[{"ErrorEquals":["States.TaskFailed"],"MaxAttempts":1}]}}})");
  auto ref = engine_->Start("m", "e", "{}");
  int deliveries = 0;
  for (int i = 0; i < 30 && StatusOf(*ref) == core::ExecutionStatus::kRunning; ++i) {
    auto worker = std::make_shared<Worker>();
    const SessionId id = Connect(worker, 1);
    engine_->RunFor(absl::Seconds(1));
    deliveries += static_cast<int>(worker->tasks.size());
    for (const auto& task : worker->tasks) engine_->node().TaskReceived(id, task->key);
    Queues().Disconnect(id);  // killed by it
    engine_->RunFor(absl::Seconds(6));
  }
  EXPECT_EQ(deliveries, 10) << "five for each of two attempts";
  auto live = engine_->Load(*ref);
  EXPECT_EQ((*live)->state.error(), "States.TaskFailed");
  EXPECT_THAT(*(*live)->state.cause(), HasSubstr("--max-lost-deliveries"));
}

TEST_F(Hardening, ADeafWorkerIsNotHeldAgainstTheTask) {
  Create("m", kTask);
  auto ref = engine_->Start("m", "e", "{}");
  Connect(std::make_shared<Worker>(), 100);  // takes it and never says so
  engine_->RunFor(absl::Minutes(1));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kRunning);
}

TEST_F(Hardening, QueuesThatNobodyUsesAreForgotten) {
  runtime_options_.max_queues_per_worker = 100'000;
  Restart();
  std::vector<AttemptKey> unknown;
  const SessionId id = Queues().Connect(std::make_shared<Worker>(), "w", {}, &unknown);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(Queues().AddCredit(id, absl::StrCat("q", i), 1).ok());
  }
  EXPECT_EQ(Queues().Stats().size(), 10'000u);
  Queues().Disconnect(id);
  EXPECT_TRUE(Queues().Stats().empty());
}

TEST_F(Hardening, AWorkerServesABoundedNumberOfQueues) {
  runtime_options_.max_queues_per_worker = 3;
  Restart();
  std::vector<AttemptKey> unknown;
  const SessionId id = Queues().Connect(std::make_shared<Worker>(), "w", {}, &unknown);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Queues().AddCredit(id, absl::StrCat("q", i), 1).ok());
  const absl::Status refused = Queues().AddCredit(id, "one-more", 1);
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("--max-queues-per-worker"));
  EXPECT_TRUE(Queues().AddCredit(id, "q0", 1).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Queues().AddCredit(id, "", 1)));
}

// --- time

constexpr char kWait[] =
    R"({"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":3,"Next":"B"},"B":{"Type":"Wait","Seconds":3,"End":true}}})";

TEST_F(Hardening, AWallClockThatStepsBackDelaysNoWait) {
  Create("m", kWait);
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Seconds(1));
  engine_->world().StepWallClock(-absl::Hours(1));
  engine_->RunFor(absl::Seconds(6));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kSucceeded);
}

TEST_F(Hardening, AWallClockThatStepsForwardHurriesNoTimeout) {
  Create(
      "m",
      R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","TimeoutSeconds":60,"End":true}}})");
  auto worker = std::make_shared<Worker>();
  Connect(worker, 1);
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Seconds(1));
  engine_->world().StepWallClock(absl::Hours(1));
  engine_->RunFor(absl::Seconds(30));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kRunning);
  engine_->RunFor(absl::Seconds(40));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kFailed);
}

TEST_F(Hardening, AWaitUntilAMomentFollowsTheWallClock) {
  runtime_options_.park_after = absl::Seconds(20);
  Restart();
  Create("m", R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
      {"StartAt":"W","States":{"W":{"Type":"Wait","TimestampPath":"$.at","Next":"S"},"S":{"Type":"Pass","End":true}}},
      {"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true}}}]}}})");
  const std::string at = absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ",
                                          engine_->now() + absl::Minutes(30), absl::UTCTimeZone());
  auto ref = engine_->Start("m", "e", absl::StrCat("{\"at\":\"", at, "\"}"));
  engine_->RunFor(absl::Seconds(1));
  engine_->world().StepWallClock(absl::Hours(1));
  engine_->RunFor(absl::Seconds(30));
  auto live = engine_->Load(*ref);
  EXPECT_TRUE((*live)->state.timers().empty()) << "the moment has passed";
}

TEST_F(Hardening, ManyParkedTimersDueAtOnceAllFireSoon) {
  runtime_options_.park_after = absl::Seconds(1);
  Restart();
  Create("m", R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}})");
  constexpr int kCount = 3'000;
  int started = 0;
  for (int i = 0; i < kCount; ++i) {
    engine_->node().Start({kAccount, "m"}, absl::StrCat("e", i), *Payload::FromText("{}"),
                          [&](const absl::StatusOr<StartResult>& r) { started += r.ok() ? 1 : 0; });
  }
  engine_->RunFor(absl::Minutes(1));
  ASSERT_EQ(started, kCount);
  ASSERT_EQ(engine_->node().RangeOf(0).health().resident, 0);
  engine_->RunFor(absl::Minutes(59) - absl::Seconds(1));
  engine_->RunFor(absl::Seconds(2));
  EXPECT_EQ(memory_.CountOpen({0, persistence::kSlotCount - 1})->parked +
                memory_.CountOpen({0, persistence::kSlotCount - 1})->resident,
            0);
}

TEST_F(Hardening, AWakeUpWhileTheParkingIsCommittedIsNotLost) {
  runtime_options_.park_after = absl::Seconds(20);
  Restart();
  Create("m", R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}})");
  auto ref = engine_->Start("m", "e", "{}");
  int held_up = 0;
  script_.on_commit = [&](const persistence::CommitBatch& batch) {
    if (batch.updates.empty()) return Fault{};
    ++held_up;
    return Fault{Fault::Kind::kNotCommitted, 0};
  };
  engine_->RunFor(absl::Minutes(1));
  ASSERT_GT(held_up, 0) << "on its way to be parked";
  engine_->world().StepWallClock(absl::Hours(2));
  engine_->RunFor(absl::Minutes(1));
  EXPECT_FALSE(memory_.GetExecution(*ref)->parked);
  script_.on_commit = nullptr;
  engine_->RunFor(absl::Hours(2));
  EXPECT_EQ(memory_.GetExecution(*ref)->status, persistence::Status::kSucceeded);
}

// --- ownership and the store

TEST_F(Hardening, ALeaseThatCannotBeRenewedEndsServingBeforeItRunsOut) {
  engine_ = nullptr;
  Options options;
  options.lease = absl::Seconds(10);
  options.park_after = absl::Seconds(10);
  // Not by way of InProcessEngine, which has no leases.
  VirtualWorld world(&store_, 1);
  Metrics metrics;
  Node node(options, world.ref(), [&](persistence::SlotRange) { return world.strand(); }, &metrics);
  bool is_open = false;
  node.Open([&](const absl::Status& status) { is_open = status.ok(); });
  const auto run = [&](absl::Duration span) {
    const absl::Time until = world.now() + span;
    world.RunUntil([] { return false; }, until);
    world.AdvanceTo(until);
  };
  run(absl::Seconds(1));
  ASSERT_TRUE(is_open);
  EXPECT_TRUE(node.readiness().is_ready);
  script_.before_call = [](absl::string_view) {
    return absl::UnavailableError("the database is away");
  };
  script_.on_commit = [](const persistence::CommitBatch&) {
    return Fault{Fault::Kind::kNotCommitted, 0};
  };
  run(absl::Seconds(10));
  EXPECT_FALSE(node.readiness().is_ready);
  EXPECT_THAT(node.readiness().why, HasSubstr("the database is away"));
  absl::Status view = absl::OkStatus();
  node.View({1, 1}, {}, [&](const absl::StatusOr<ExecutionView>& live) { view = live.status(); });
  run(absl::Seconds(1));
  EXPECT_TRUE(absl::IsUnavailable(view)) << view;
  script_.before_call = nullptr;
  script_.on_commit = nullptr;
  run(absl::Seconds(5));
  EXPECT_TRUE(node.readiness().is_ready) << "back by itself: " << node.readiness().why;
}

TEST_F(Hardening, WhileCommitsFailStartsAreRefusedWithTheReason) {
  Create("m", kTask);
  script_.on_commit = [](const persistence::CommitBatch&) {
    return Fault{Fault::Kind::kNotCommitted, 0};
  };
  bool is_answered = false;
  engine_->node().Start({kAccount, "m"}, "first", *Payload::FromText("{}"),
                        [&](const absl::StatusOr<StartResult>&) { is_answered = true; });
  engine_->RunFor(absl::Seconds(1));
  EXPECT_FALSE(is_answered) << "it may still be committed";
  const absl::Status refused = engine_->Start("m", "second", "{}").status();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("injected fault"));
  EXPECT_FALSE(engine_->node().readiness().is_ready);
  script_.on_commit = nullptr;
  engine_->RunFor(absl::Seconds(5));
  EXPECT_TRUE(is_answered);
  EXPECT_TRUE(engine_->Start("m", "third", "{}").ok());
  EXPECT_TRUE(engine_->node().readiness().is_ready);
}

// --- retention

TEST_F(Hardening, WhatHasEndedLongAgoIsDeletedAndNothingElse) {
  runtime_options_.retention = absl::Hours(24);
  Restart();
  Create("m", kTask);
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(engine_->Start("m", absl::StrCat("e", i), "{}").ok());
  engine_->Serve("q", [](const QueuedTask&, const InProcessEngine::Responder& respond) {
    respond.Succeed("1");
  });
  engine_->RunFor(absl::Hours(23));
  persistence::ListFilter filter;
  filter.ns = kAccount;
  EXPECT_EQ(memory_.ListExecutions(filter, absl::nullopt, 1'000)->size(), 500u);
  Create("long", R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1000000,"End":true}}})");
  auto open = engine_->Start("long", "open", "{}");
  engine_->RunFor(absl::Hours(2));
  const auto left = memory_.ListExecutions(filter, absl::nullopt, 1'000);
  ASSERT_EQ(left->size(), 1u);
  EXPECT_EQ(left->front().ref, *open);
  EXPECT_TRUE(memory_.ReadHistory(*open, 1, 10, false)->size() > 0);
}

// --- memory

TEST_F(Hardening, StartsAreRefusedWhereMemoryIsFull) {
  runtime_options_.memory_limit = 3'000'000;
  Restart();
  Create("m", kTask);
  const std::string large = "\"" + std::string(500'000, 'x') + "\"";
  int started = 0;
  absl::Status refused;
  for (int i = 0; i < 20 && refused.ok(); ++i) {
    refused = engine_->Start("m", absl::StrCat("e", i), large).status();
    started += refused.ok() ? 1 : 0;
  }
  EXPECT_GE(started, 5);
  EXPECT_LE(started, 7);
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("--memory-limit"));
  // Room again as executions end.
  engine_->Serve("q", [](const QueuedTask&, const InProcessEngine::Responder& respond) {
    respond.Succeed("1");
  });
  engine_->RunFor(absl::Seconds(1));
  EXPECT_TRUE(engine_->Start("m", "again", large).ok());
}

TEST_F(Hardening, ARecoveryLoadsNoMoreThanMemoryHolds) {
  Create("m", kTask);
  const std::string large = "\"" + std::string(500'000, 'x') + "\"";
  constexpr int kCount = 60;
  for (int i = 0; i < kCount; ++i)
    ASSERT_TRUE(engine_->Start("m", absl::StrCat("e", i), large).ok());
  runtime_options_.memory_limit = 12'000'000;
  runtime_options_.park_after = absl::Seconds(4);
  Restart();
  EXPECT_LT(engine_->node().RangeOf(0).health().resident, kCount);
  EXPECT_LT(engine_->node().memory().used(), 30'000'000u);
  // Each comes in its turn, as others end.
  engine_->Serve("q", [](const QueuedTask&, const InProcessEngine::Responder& respond) {
    respond.Succeed("1");
  });
  engine_->RunFor(absl::Minutes(5));
  EXPECT_EQ(memory_.CountOpen({0, persistence::kSlotCount - 1})->resident, 0);
}

// --- busy executions

TEST_F(Hardening, ABusyExecutionIsDescribedBetweenItsTransitions) {
  runtime_options_.limits.max_events_per_transition = 10;
  Restart();
  Create("m", R"({"StartAt":"A","States":{
      "A":{"Type":"Pass","Next":"B"},
      "B":{"Type":"Choice","Choices":[{"Variable":"$.end","IsPresent":true,"Next":"C"}],"Default":"A"},
      "C":{"Type":"Succeed"}}})");
  absl::StatusOr<persistence::ExecutionRef> ref = absl::UnknownError("");
  engine_->node().Start({kAccount, "m"}, "e", *Payload::FromText("{}"),
                        [&](const absl::StatusOr<StartResult>& r) { ref = r->ref; });
  for (int i = 0; i < 200 && !ref.ok(); ++i) engine_->world().RunOne();
  ASSERT_TRUE(ref.ok());
  bool is_answered = false;
  engine_->node().View(*ref, {},
                       [&](const absl::StatusOr<ExecutionView>& live) { is_answered = live.ok(); });
  for (int i = 0; i < 50 && !is_answered; ++i) engine_->world().RunOne();
  EXPECT_TRUE(is_answered);
  bool is_stopped = false;
  engine_->node().Stop(*ref, absl::nullopt, absl::nullopt,
                       [&](const absl::StatusOr<core::CommandOutcome>&) { is_stopped = true; });
  for (int i = 0; i < 50 && !is_stopped; ++i) engine_->world().RunOne();
  EXPECT_TRUE(is_stopped);
}

// --- slow expressions

TEST_F(Hardening, WhatLeavesTheStrandComesBackWithItsResult) {
  runtime_options_.limits.slow_expression_steps = 1'000;
  Restart();
  engine_->world().AllowLeaving(true);
  Create("m", R"J({"QueryLanguage":"JSONata","StartAt":"A","States":{
      "A":{"Type":"Pass","Output":"{% $sum([1..5000]) %}","Next":"T"},
      "T":{"Type":"Task","Resource":"pawl:q","Next":"B"},
      "B":{"Type":"Pass","Output":"{% $sum([1..4000]) %}","End":true}}})J");
  engine_->Serve("q", [](const QueuedTask& task, const InProcessEngine::Responder& respond) {
    respond.Succeed(task.task.input.text());
  });
  auto ref = engine_->Start("m", "e", "{}");
  ASSERT_TRUE(ref.ok()) << ref.status();
  ASSERT_TRUE(engine_->RunUntilClosed(*ref, absl::Minutes(1)));
  auto live = engine_->Load(*ref);
  EXPECT_EQ((*live)->state.output().text(), "8002000");
}

TEST_F(Hardening, AnExecutionThatKeepsBeingSlowIsSlowedAndShownAndStopsAtOnce) {
  runtime_options_.limits.slow_expression_steps = 1'000;
  runtime_options_.limits.max_transition_steps = 2'000;
  Restart();
  engine_->world().AllowLeaving(true);
  Create("m", R"J({"QueryLanguage":"JSONata","StartAt":"A","States":{
      "A":{"Type":"Pass","Output":"{% $sum([1..5000]) %}","Next":"B"},
      "B":{"Type":"Choice","Choices":[{"Condition":"{% $states.input < 0 %}","Next":"C"}],"Default":"A"},
      "C":{"Type":"Succeed"}}})J");
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Seconds(2));
  EXPECT_EQ(engine_->node().RangeOf(0).health().slowed, 1);
  EXPECT_LT(engine_->History(*ref)->size(), 300u) << "its turns come ever more rarely";
  EXPECT_GT(engine_->History(*ref)->size(), 10u);
  bool is_stopped = false;
  engine_->node().Stop(*ref, absl::nullopt, absl::nullopt,
                       [&](const absl::StatusOr<core::CommandOutcome>&) { is_stopped = true; });
  engine_->RunFor(absl::Milliseconds(1));
  EXPECT_TRUE(is_stopped) << "without waiting for its turn";
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kAborted);
}

}  // namespace
}  // namespace pawl::runtime
