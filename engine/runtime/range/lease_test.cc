#include "engine/runtime/range/lease.h"

#include <atomic>

#include "absl/synchronization/notification.h"
#include "engine/runtime/world/threads.h"
#include "gtest/gtest.h"
#include "persistence/memory/fault_store.h"
#include "persistence/memory/memory_store.h"

namespace pawl::runtime {
namespace {

constexpr persistence::SlotRange kAll = {};

class Renewals final : public persistence::FaultPlan {
 public:
  persistence::CommitFault OnCommit(const persistence::CommitBatch&) override { return {}; }
  absl::Status BeforeCall(absl::string_view call) override {
    if (call == "RenewLease" && ++count == 3) enough.Notify();
    return absl::OkStatus();
  }
  absl::Status AfterCall(absl::string_view) override { return absl::OkStatus(); }

  std::atomic<int> count{0};
  absl::Notification enough;
};

// However long the range's own thread is held up, by an expression or by the machine.
TEST(Lease, IsRenewedWhileTheRangesStrandIsBusy) {
  persistence::MemoryStore memory{{[] { return absl::Now(); }}};
  Renewals renewals;
  persistence::FaultStore store(&memory, &renewals);
  const auto taken = memory.TakeRange(kAll, {"me#1", "", absl::Hours(1)});
  ASSERT_TRUE(taken.ok());
  SystemClock clock;
  ThreadStoreAccess access(&store, ReadThreads());
  ThreadStrand leases("leases"), range("range");
  WorldRef world;
  world.clock = &clock;
  world.store = &access;
  world.leases = &leases;
  Lease lease(world, absl::Milliseconds(60), &range, {[](const std::string&) {}, nullptr, nullptr});
  absl::Notification is_busy, may_go_on;
  range.Post([&] {
    lease.Begin(kAll, taken->epoch, clock.Steady());
    is_busy.Notify();
    may_go_on.WaitForNotification();
    lease.End();
  });
  is_busy.WaitForNotification();
  EXPECT_TRUE(renewals.enough.WaitForNotificationWithTimeout(absl::Minutes(2)));
  may_go_on.Notify();
  absl::Notification is_over;
  range.Post([&] { is_over.Notify(); });
  is_over.WaitForNotification();
  EXPECT_FALSE(lease.IsCertain());
}

}  // namespace
}  // namespace pawl::runtime
