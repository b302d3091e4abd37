// For tests of the core: an execution that is driven by hand, each decision checked against its
// replay.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/asl/compile.h"
#include "engine/core/decide.h"
#include "engine/core/record_codec.h"
#include "gtest/gtest.h"

namespace pawl::core {

class FakeTokens final : public TokenMinter {
 public:
  std::string Mint(const Execution&, EventId scheduled) const override {
    return "token-" + std::to_string(scheduled.value());
  }
};

// Time stands still unless the test moves it.
class Driver {
 public:
  explicit Driver(const std::string& definition, uint64_t seed = 1) : random_(seed) {
    std::vector<asl::Diagnostic> problems;
    machine_ = asl::Compile(definition, {}, &problems);
    for (const asl::Diagnostic& p : problems) {
      EXPECT_EQ(p.severity, asl::Severity::kWarning) << p.pointer << ": " << p.message;
    }
    header_.arn = "arn:aws:states:us-east-1:000000000000:execution:m:e";
    header_.name = "e";
    header_.machine_arn = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
    header_.machine_name = "m";
    header_.start_time = now;
    execution = std::make_unique<Execution>(header_, machine_);
  }

  CommandOutcome Do(Command command) {
    World world;
    world.now = now;
    world.random = &random_;
    world.tokens = &tokens_;
    world.limits = limits;
    world.on_slow = on_slow;
    Decision decision = Decide(execution.get(), {&command, 1}, world);
    if (!decision.events.empty()) {
      records.push_back(EncodeTransition(decision.events));
      for (const Event& event : decision.events) events.push_back(event);
      CheckReplay();
    }
    return decision.outcomes.front();
  }

  void Start(const std::string& input = "{}") { Do(StartExecution{*Payload::FromText(input)}); }
  CommandOutcome Complete(EventId scheduled, const std::string& output = "{}") {
    CompleteTask command;
    command.scheduled = scheduled;
    command.output = *Payload::FromText(output);
    command.started = Started{now, std::string("w")};
    return Do(command);
  }
  CommandOutcome Fail(EventId scheduled, const std::string& error) {
    FailTask command;
    command.scheduled = scheduled;
    command.error = error;
    command.cause = "because";
    return Do(command);
  }
  // The open attempts.
  std::vector<TaskToRun> Tasks() const { return Outstanding(*execution).tasks; }
  EventId OnlyTask() const {
    const std::vector<TaskToRun> tasks = Tasks();
    EXPECT_EQ(tasks.size(), 1u);
    return tasks.empty() ? kNoEvent : tasks.front().scheduled;
  }
  absl::Duration UntilNextTimer() const { return Outstanding(*execution).next_timer - now; }
  // Moves to the next timer and fires it.
  void FireNext() {
    now = Outstanding(*execution).next_timer;
    EXPECT_EQ(Do(FireTimers{}), CommandOutcome::kApplied);
  }
  std::vector<std::string> Types() const {
    std::vector<std::string> types;
    for (const Event& event : events) types.push_back(std::string(InfoOf(event.type).name));
    return types;
  }
  int Count(EventType type) const {
    int n = 0;
    for (const Event& event : events) n += event.type == type ? 1 : 0;
    return n;
  }

  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  Limits limits;
  std::function<void()> on_slow;
  std::unique_ptr<Execution> execution;
  std::vector<Event> events;
  std::vector<std::string> records;

 private:
  // A fold of what would be stored, and one from a checkpoint, are the live state.
  void CheckReplay() {
    Execution replayed(header_, machine_);
    for (const std::string& record : records) {
      absl::StatusOr<std::vector<Event>> decoded = DecodeTransition(record);
      ASSERT_TRUE(decoded.ok()) << decoded.status();
      for (const Event& event : *decoded) Evolve(&replayed, event);
    }
    ASSERT_EQ(CanonicalState(replayed), CanonicalState(*execution));
    if (execution->is_closed()) return;
    Execution restored(header_, machine_);
    ASSERT_TRUE(RestoreCheckpoint(EncodeCheckpoint(*execution), &restored).ok());
    ASSERT_EQ(CanonicalState(restored), CanonicalState(*execution));
    ASSERT_EQ(restored.timers().size(), execution->timers().size());
    ASSERT_EQ(restored.open_tasks(), execution->open_tasks());
    ASSERT_EQ(restored.ready_frames(), execution->ready_frames());
  }

  FakeTokens tokens_;
  expr::RandomSource random_;
  ExecutionHeader header_;
  std::shared_ptr<const asl::StateMachine> machine_;
};

}  // namespace pawl::core
