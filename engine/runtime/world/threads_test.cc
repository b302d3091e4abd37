#include "engine/runtime/world/threads.h"

#include <atomic>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "engine/runtime/node.h"
#include "gtest/gtest.h"
#include "persistence/memory/memory_store.h"

namespace pawl::runtime {
namespace {

// Ends a test that would wait for ever; nothing takes nearly as long where all is well.
constexpr absl::Duration kPatience = absl::Minutes(2);

TEST(ThreadStrand, RunsInTheOrderOfPosting) {
  std::vector<int> order;
  {
    ThreadStrand strand("test");
    absl::Notification all;
    for (int i = 0; i < 100; ++i) strand.Post([&order, i] { order.push_back(i); });
    strand.Post([&] { all.Notify(); });
    ASSERT_TRUE(all.WaitForNotificationWithTimeout(kPatience));
  }
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}

TEST(ThreadStrand, WhatLeavesItHoldsUpNothing) {
  absl::Notification others_posted, others_ran, came_back;
  std::vector<int> order;
  ThreadStrand strand("test");
  strand.Post([&] {
    ASSERT_TRUE(others_posted.WaitForNotificationWithTimeout(kPatience));
    strand.Post([&] { order.push_back(2); });
    ASSERT_TRUE(strand.Leave());
    // Without the strand, which goes on meanwhile.
    ASSERT_TRUE(others_ran.WaitForNotificationWithTimeout(kPatience));
    strand.Post([&] { came_back.Notify(); });
  });
  strand.Post([&] { order.push_back(1); });
  strand.Post([&] { others_ran.Notify(); });
  others_posted.Notify();
  ASSERT_TRUE(came_back.WaitForNotificationWithTimeout(kPatience));
  EXPECT_EQ(order, (std::vector<int>{1, 2})) << "in their order all the same";
}

TEST(ThreadStrand, SparesABoundedNumber) {
  absl::Notification end;
  std::atomic<int> left{0}, refused{0};
  {
    absl::BlockingCounter asked(ThreadStrand::kMaxAway + 5);
    ThreadStrand strand("test");
    for (int i = 0; i < ThreadStrand::kMaxAway + 5; ++i) {
      strand.Post([&] {
        const bool has_left = strand.Leave();
        ++(has_left ? left : refused);
        asked.DecrementCount();
        if (has_left) end.WaitForNotificationWithTimeout(kPatience);
      });
    }
    asked.Wait();
    EXPECT_EQ(left, ThreadStrand::kMaxAway);
    EXPECT_EQ(refused, 5);
    end.Notify();
  }
}

TEST(ThreadStrand, AnAlarmRunsOnceAtTheTimeThatWasSetLast) {
  const SystemClock clock;
  absl::Notification ran;
  std::atomic<int> runs{0};
  ThreadStrand strand("test");
  std::unique_ptr<Alarm> alarm;
  strand.Post([&] {
    alarm = strand.NewAlarm([&] {
      ++runs;
      ran.Notify();
    });
    for (int i = 1000; i > 0; --i) alarm->Set(clock.Steady() + absl::Hours(i));
    alarm->Set(clock.Steady());
  });
  ASSERT_TRUE(ran.WaitForNotificationWithTimeout(kPatience));
  absl::Notification gone;
  strand.Post([&] {
    alarm->Set(clock.Steady());
    alarm = nullptr;  // cancels
    strand.Post([&] { strand.Post([&] { gone.Notify(); }); });
  });
  ASSERT_TRUE(gone.WaitForNotificationWithTimeout(kPatience));
  EXPECT_EQ(runs, 1);
}

// Holds the evaluation of one execution until another one has been answered.
class Holding final : public core::Listener {
 public:
  void Entered(const core::Execution&, const core::Frame&, const asl::State& state) override {
    if (state.name != "Held") return;
    is_held.Notify();
    was_released = released.WaitForNotificationWithTimeout(kPatience);
  }
  void Chose(const core::Execution&, const asl::State&, int) override {}
  void Retried(const core::Execution&, const asl::State&, int) override {}
  void Caught(const core::Execution&, const asl::State&, int) override {}
  absl::Notification is_held, released;
  bool was_released = false;
};

uint64_t NextSeed() {
  static std::atomic<uint64_t> seed{1};
  return ++seed;
}

TEST(SlowExpression, HoldsUpNoOtherExecution) {
  persistence::MemoryStore store{{[] { return absl::Now(); }}};
  SystemClock clock;
  Holding holding;
  Metrics metrics;
  ThreadStoreAccess access(&store, ReadThreads());
  ThreadBlocking slow(1, "slow");
  ThreadStrand strand("range"), leases("leases");
  WorldRef world;
  world.strand = &strand;
  world.leases = &leases;
  world.clock = &clock;
  world.store = &access;
  world.blocking = &slow;
  world.slow = &slow;
  world.seed = &NextSeed;
  world.listener = &holding;
  Options options;
  options.limits.slow_expression_steps = 10'000;
  Node node(options, world, [&](persistence::SlotRange) { return &strand; }, &metrics);
  absl::Notification open;
  node.Open([&](const absl::Status& status) {
    ASSERT_TRUE(status.ok());
    open.Notify();
  });
  ASSERT_TRUE(open.WaitForNotificationWithTimeout(kPatience));
  const auto create = [&](const std::string& name, const std::string& definition) {
    persistence::MachineRevision revision;
    revision.ns = options.account;
    revision.name = name;
    revision.revision = 1;
    revision.type = "STANDARD";
    revision.definition = definition;
    ASSERT_TRUE(store.AddRevision(revision).ok());
  };
  create("slow", R"J({"QueryLanguage":"JSONata","StartAt":"Think","States":{
      "Think":{"Type":"Pass","Output":"{% $sum([1..20000]) %}","Next":"Held"},
      "Held":{"Type":"Pass","End":true}}})J");
  create("quick", R"({"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}})");
  absl::Notification slow_started, quick_started;
  node.Start({options.account, "slow"}, "s", *Payload::FromText("{}"),
             [&](const absl::StatusOr<StartResult>& result) {
               EXPECT_TRUE(result.ok()) << result.status();
               slow_started.Notify();
             });
  ASSERT_TRUE(holding.is_held.WaitForNotificationWithTimeout(kPatience));
  node.Start({options.account, "quick"}, "q", *Payload::FromText("{}"),
             [&](const absl::StatusOr<StartResult>& result) {
               EXPECT_TRUE(result.ok()) << result.status();
               quick_started.Notify();
             });
  EXPECT_TRUE(quick_started.WaitForNotificationWithTimeout(kPatience));
  EXPECT_FALSE(slow_started.HasBeenNotified());
  holding.released.Notify();
  EXPECT_TRUE(slow_started.WaitForNotificationWithTimeout(kPatience));
  EXPECT_TRUE(holding.was_released);
  absl::Notification closed;
  node.Close([&] { closed.Notify(); });
  ASSERT_TRUE(closed.WaitForNotificationWithTimeout(kPatience));
}

// A node went while its strand still had work: what was freed was written to, now and then.
TEST(ThreadStrand, NothingRunsOnceItIsStopped) {
  ThreadStrand strand("strand");
  ThreadBlocking blocking(2, "blocking");
  std::atomic<int> runs{0};
  absl::Notification is_busy, may_go_on;
  strand.Post([&] {
    is_busy.Notify();
    may_go_on.WaitForNotification();
    ++runs;
  });
  is_busy.WaitForNotification();
  strand.Post([&] { ++runs; });
  strand.PostAfter(absl::ZeroDuration(), [&] { ++runs; });
  blocking.Stop();
  blocking.Run([&] { ++runs; }, &strand, [&] { ++runs; });
  std::thread stopper([&] { strand.Stop(); });
  while (!strand.is_stopping()) std::this_thread::yield();
  may_go_on.Notify();
  stopper.join();
  EXPECT_EQ(runs, 1);
  strand.Post([&] { ++runs; });
  strand.PostAfter(absl::ZeroDuration(), [&] { ++runs; });
  strand.Stop();
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace pawl::runtime
