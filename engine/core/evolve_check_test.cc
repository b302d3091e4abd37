// Histories that were damaged in every way that a row can be: each is refused or folds to a state
// that can go on. None of them ends the process.
#include <functional>
#include <string>
#include <vector>

#include "engine/core/test_support.h"
#include "gmock/gmock.h"

namespace pawl::core {
namespace {

constexpr char kEverything[] = R"({"StartAt":"P","States":{
  "P":{"Type":"Pass","Next":"F"},
  "F":{"Type":"Parallel","Next":"M","Branches":[
    {"StartAt":"A","States":{"A":{"Type":"Task","Resource":"pawl:a","End":true,
       "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":3}]}}},
    {"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"End":true}}}]},
  "M":{"Type":"Map","Next":"D","ItemProcessor":{"StartAt":"T","States":{
    "T":{"Type":"Task","Resource":"pawl:t","TimeoutSeconds":60,"End":true}}}},
  "D":{"Type":"Map","Label":"L","End":true,"ItemProcessor":{
    "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
    "StartAt":"C","States":{"C":{"Type":"Pass","End":true}}}}}})";

void EndChild(Driver* d, int64_t index) {
  ChildEnded end;
  end.index = index;
  end.status = ExecutionStatus::kSucceeded;
  end.output = *Payload::FromText("1");
  end.started_at = d->now;
  d->Do(end);
}

// The events of an execution that has been through every kind of state, up to `rounds` rounds.
std::vector<Event> History(int rounds) {
  Driver d(kEverything);
  const std::vector<std::function<void()>> steps = {
      [&] { d.Fail(d.OnlyTask(), "Oops"); },
      [&] { d.FireNext(); },
      [&] { d.Complete(d.OnlyTask(), "[1,2]"); },
      [&] { d.FireNext(); },
      [&] { d.Complete(d.Tasks().front().scheduled, "3"); },
      [&] { d.Complete(d.OnlyTask(), "4"); },
      [&] { EndChild(&d, 0); },
      [&] { EndChild(&d, 1); },
  };
  d.Start("[1,2]");
  for (int i = 0; i < rounds && i < static_cast<int>(steps.size()); ++i)
    steps[static_cast<size_t>(i)]();
  return d.events;
}

class Damaged {
 public:
  Damaged() {
    std::vector<asl::Diagnostic> problems;
    machine_ = asl::Compile(kEverything, {}, &problems);
    header_.arn = "arn:aws:states:us-east-1:000000000000:execution:m:e";
    header_.machine_arn = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
    header_.machine_name = "m";
    header_.start_time = absl::FromUnixSeconds(1'700'000'000);
  }

  // Folds and, if the history is taken, goes on with every command that the runtime may give.
  absl::Status TakeAndGoOn(const std::vector<Event>& events) {
    for (int command = 0; command < 4; ++command) {
      Execution execution(header_, machine_);
      for (const Event& event : events) {
        if (absl::Status status = EvolveStored(&execution, event); !status.ok()) return status;
      }
      if (absl::Status status = CheckFolded(execution); !status.ok()) return status;
      const OutstandingWork work = Outstanding(execution);
      FakeTokens tokens;
      expr::RandomSource random(1);
      World world;
      world.now = header_.start_time + absl::Hours(10);
      world.random = &random;
      world.tokens = &tokens;
      std::vector<Command> commands;
      if (command == 0) commands.push_back(FireTimers{});
      if (command == 1) commands.push_back(StopExecution{});
      if (command == 2) commands.push_back(Continue{});
      if (command == 3) {
        for (const TaskToRun& task : work.tasks) {
          commands.push_back(CompleteTask{task.scheduled, *Payload::FromText("[1]"), {}, false});
        }
        for (const ChildToStart& child : work.children) {
          ChildEnded end;
          end.map_run = child.parent.map_run;
          end.index = child.parent.index;
          commands.push_back(end);
        }
      }
      Decide(&execution, commands, world);
      EncodeCheckpoint(execution);
    }
    return absl::OkStatus();
  }

 private:
  std::shared_ptr<const asl::StateMachine> machine_;
  ExecutionHeader header_;
};

TEST(EvolveStored, TakesWhatDecideMade) {
  Damaged damaged;
  for (int rounds = 0; rounds <= 8; ++rounds) {
    EXPECT_TRUE(damaged.TakeAndGoOn(History(rounds)).ok()) << rounds;
  }
}

TEST(EvolveStored, RefusesAMissingOrRepeatedEvent) {
  Damaged damaged;
  const std::vector<Event> events = History(8);
  for (size_t i = 0; i + 1 < events.size(); ++i) {
    std::vector<Event> missing = events;
    missing.erase(missing.begin() + static_cast<int64_t>(i));
    const absl::Status status = damaged.TakeAndGoOn(missing);
    if (events[i].is_numbered()) {
      EXPECT_TRUE(absl::IsDataLoss(status)) << i << ": " << status;
      std::vector<Event> twice = events;
      twice.insert(twice.begin() + static_cast<int64_t>(i), events[i]);
      EXPECT_TRUE(absl::IsDataLoss(damaged.TakeAndGoOn(twice))) << i;
    }
  }
}

using Damage = std::function<void(Event*)>;

template <typename Change>
Damage InDetails(Change change) {
  return [change](Event* event) { std::visit(change, event->details); };
}

Damage SetPayloads(const Payload& to) {
  return InDetails([to](auto& e) {
    if constexpr (requires { e.input; }) e.input = to;
    if constexpr (requires { e.output; }) e.output = to;
    if constexpr (requires { e.items; }) e.items = to;
    if constexpr (requires { e.inputs; }) e.inputs = to;
    if constexpr (requires { e.branch_input; }) e.branch_input = to;
    if constexpr (requires { e.worker_input; }) e.worker_input = to;
    if constexpr (requires { e.config; }) e.config = to;
    if constexpr (requires { e.record; }) e.record = to;
  });
}

// Each event in turn gets one wrong fact; with the ids right, nothing but the facts can tell.
TEST(EvolveStored, SurvivesEveryWrongFact) {
  const std::vector<Damage> damages = {
      InDetails([](auto& e) {
        if constexpr (requires { e.state; }) e.state = "Nowhere";
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.state; }) e.state = "T";
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.next; }) e.next = "Nowhere";
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.next; }) e.next = "A";
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.next; }) e.next.clear();
      }),
      [](Event* e) { e->frame = FrameId(77); },
      [](Event* e) { e->frame = FrameId(1); },
      [](Event* e) { e->frame = FrameId(-1); },
      SetPayloads(Payload()),
      SetPayloads(*Payload::FromText("7")),
      SetPayloads(*Payload::FromText("{}")),
      SetPayloads(*Payload::FromText("[1]")),
      SetPayloads(Payload::FromTrustedText("\xFF{")),
      InDetails([](auto& e) {
        if constexpr (requires { e.length; }) e.length = 1'000'000'000'000;
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.length; }) e.length = -1;
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.index; }) e.index = -1;
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.index; }) e.index = 1'000'000;
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.first_index; }) e.first_index = -1;
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.first_index; }) e.first_index = 1'000'000;
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.child; }) e.child = FrameId(0);
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.child; }) e.child = FrameId(999);
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.retrier; }) e.retrier = 5;
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.retrier; }) e.retrier = -1;
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.waits_until; }) e.waits_until = absl::InfinitePast();
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.waits_until; }) e.waits_until = absl::InfiniteFuture();
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.times_out_at; }) e.times_out_at = absl::InfinitePast();
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.times_out_at; }) e.times_out_at = absl::InfiniteFuture();
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.next_attempt_at; }) e.next_attempt_at = absl::InfinitePast();
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.next_attempt_at; }) e.next_attempt_at = absl::InfiniteFuture();
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.item_counts; }) e.item_counts = {1, 2, 3};
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.item_counts; }) e.item_counts = {-5, 7};
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.max_concurrency; }) e.max_concurrency = -9;
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.limits; }) e.limits.max_concurrency = -9;
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.has_more; }) e.has_more = !e.has_more;
      }),
      InDetails([](auto& e) {
        if constexpr (requires { e.queue; }) e.queue = "";
      }),
  };
  Damaged damaged;
  int refused = 0, total = 0;
  for (int rounds : {2, 5, 7, 8}) {
    const std::vector<Event> events = History(rounds);
    for (size_t i = 0; i < events.size(); ++i) {
      for (const Damage& damage : damages) {
        std::vector<Event> wrong = events;
        damage(&wrong[i]);
        const absl::Status status = damaged.TakeAndGoOn(wrong);
        EXPECT_TRUE(status.ok() || absl::IsDataLoss(status)) << status;
        refused += status.ok() ? 0 : 1;
        ++total;
      }
    }
  }
  EXPECT_GT(refused, total / 20);
}

// Another type under the same id.
TEST(EvolveStored, SurvivesEveryWrongType) {
  const std::vector<Event> events = History(8);
  Damaged damaged;
  for (size_t i = 0; i < events.size(); ++i) {
    for (int type = 0; type < 110; ++type) {
      const EventTypeInfo* info = FindEventType(type);
      if (info == nullptr || info->type == events[i].type) continue;
      std::vector<Event> wrong = events;
      wrong[i].type = info->type;
      const absl::Status status = damaged.TakeAndGoOn(wrong);
      EXPECT_TRUE(status.ok() || absl::IsDataLoss(status)) << status;
    }
  }
}

TEST(EvolveStored, SaysWhereAndWhy) {
  std::vector<Event> events = History(3);
  events.erase(events.begin() + 2);
  EXPECT_THAT(Damaged().TakeAndGoOn(events).ToString(),
              testing::AllOf(testing::HasSubstr("event 3 is missing")));
}

}  // namespace
}  // namespace pawl::core
