#include "engine/runtime/range/ownership.h"

#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/world/virtual_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "persistence/memory/fault_store.h"
#include "persistence/memory/memory_store.h"

namespace pawl::runtime {
namespace {

using ::testing::ElementsAre;

constexpr persistence::SlotRange kAll = {};

class Away final : public persistence::FaultPlan {
 public:
  persistence::CommitFault OnCommit(const persistence::CommitBatch&) override { return {}; }
  absl::Status BeforeCall(absl::string_view) override {
    return is_away ? absl::UnavailableError("away") : absl::OkStatus();
  }
  absl::Status AfterCall(absl::string_view) override { return absl::OkStatus(); }
  bool is_away = false;
};

class OwnershipTest : public ::testing::Test {
 protected:
  OwnershipTest() {
    options_.incarnation = "me#1";
    options_.lease = absl::Seconds(10);
    world_.is_dead = [this](const std::string& owner) { return owner == dead_; };
    ownership_ = std::make_unique<Ownership>(
        kAll, world_, options_, virtual_.strand(),
        Ownership::Handlers{[this] { told_.push_back("taken"); },
                            [this](const std::string&) { told_.push_back("lost"); },
                            [this](const std::string& why) { told_.push_back("lapsed: " + why); },
                            [this] { told_.push_back("regained"); },
                            [this](const absl::Status&) { told_.push_back("waiting"); }});
  }
  void Run(absl::Duration span) {
    const absl::Time until = virtual_.now() + span;
    virtual_.RunUntil([] { return false; }, until);
    virtual_.AdvanceTo(until);
  }

  persistence::MemoryStore memory_{{[this] { return virtual_.now(); }}};
  Away away_;
  persistence::FaultStore store_{&memory_, &away_};
  VirtualWorld virtual_{&store_, 1};
  WorldRef world_ = virtual_.ref();
  Options options_;
  std::string dead_;
  std::vector<std::string> told_;
  std::unique_ptr<Ownership> ownership_;
};

TEST_F(OwnershipTest, AnIdleOwnerKeepsItsLease) {
  ownership_->Take();
  Run(absl::Minutes(5));
  EXPECT_THAT(told_, ElementsAre("taken"));
  EXPECT_TRUE(ownership_->IsCertain());
  EXPECT_FALSE(memory_.TakeRange(kAll, {"other#1", "", absl::Seconds(10)}).ok());
}

TEST_F(OwnershipTest, StopsBelievingBeforeTheLeaseRunsOutAndComesBack) {
  ownership_->Take();
  Run(absl::Seconds(5));
  away_.is_away = true;
  Run(absl::Seconds(9));
  EXPECT_THAT(told_, ElementsAre("taken", "lapsed: away"));
  EXPECT_FALSE(ownership_->IsCertain());
  away_.is_away = false;
  Run(absl::Seconds(5));
  EXPECT_THAT(told_, ElementsAre("taken", "lapsed: away", "regained"));
  EXPECT_TRUE(ownership_->IsCertain());
}

TEST_F(OwnershipTest, HearsThatSomebodyElseHasTheRange) {
  ownership_->Take();
  Run(absl::Seconds(1));
  away_.is_away = true;
  Run(absl::Seconds(15));
  ASSERT_TRUE(memory_.TakeRange(kAll, {"other#1", "", absl::Seconds(60)}).ok());
  away_.is_away = false;
  Run(absl::Seconds(5));
  EXPECT_THAT(told_, ElementsAre("taken", "lapsed: away", "lost"));
  EXPECT_FALSE(ownership_->IsCertain());
}

TEST_F(OwnershipTest, WaitsForAnotherOwnersLeaseAndSaysSoOnce) {
  ASSERT_TRUE(memory_.TakeRange(kAll, {"other#1", "", absl::Seconds(30)}).ok());
  ownership_->Take();
  Run(absl::Seconds(31));
  EXPECT_THAT(told_, ElementsAre("waiting", "taken"));
}

TEST_F(OwnershipTest, TakesTheRangeOfAProcessThatHasEndedAtOnce) {
  ASSERT_TRUE(memory_.TakeRange(kAll, {"me#0", "", absl::Hours(1)}).ok());
  dead_ = "me#0";
  ownership_->Take();
  Run(absl::Seconds(1));
  EXPECT_THAT(told_, ElementsAre("taken"));
}

TEST_F(OwnershipTest, ANameIsNoClaim) {
  ASSERT_TRUE(memory_.TakeRange(kAll, {"me#0", "", absl::Hours(1)}).ok());
  ownership_->Take();
  Run(absl::Minutes(1));
  EXPECT_FALSE(ownership_->is_owner());
}

TEST_F(OwnershipTest, GivesTheRangeUp) {
  ownership_->Take();
  Run(absl::Seconds(1));
  bool is_done = false;
  ownership_->Release([&] { is_done = true; });
  Run(absl::Seconds(1));
  EXPECT_TRUE(is_done);
  EXPECT_FALSE(ownership_->IsCertain());
  EXPECT_TRUE(memory_.TakeRange(kAll, {"other#1", "", absl::Seconds(10)}).ok());
}

}  // namespace
}  // namespace pawl::runtime
