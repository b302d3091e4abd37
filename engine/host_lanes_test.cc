#include "engine/host_lanes.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HostLanesTest : public ::testing::Test {
 protected:
  void Enter(HostLanes* lanes, const std::string& host, const std::string& name) {
    lanes->Enter(host, [this, name] { started_.push_back(name); });
  }
  std::vector<std::string> Taken() { return std::exchange(started_, {}); }

  std::vector<std::string> started_;
};

TEST_F(HostLanesTest, ASlowHostLeavesRoomForOthers) {
  HostLanes lanes(4, 1);
  for (const char* name : {"slow1", "slow2", "slow3", "slow4", "slow5"})
    Enter(&lanes, "slow", name);
  Enter(&lanes, "quick", "quick1");
  EXPECT_THAT(Taken(), ElementsAre("slow1", "quick1"));
  lanes.Leave("quick");
  EXPECT_THAT(Taken(), IsEmpty());
  lanes.Leave("slow");
  EXPECT_THAT(Taken(), ElementsAre("slow2"));
}

TEST_F(HostLanesTest, WaitingHostsTakeTurns) {
  HostLanes lanes(1, 1);
  for (const char* name : {"a1", "a2", "a3"}) Enter(&lanes, "a", name);
  for (const char* name : {"b1", "b2"}) Enter(&lanes, "b", name);
  Enter(&lanes, "c", "c1");
  std::vector<std::string> hosts = {"a", "b", "c", "a", "b", "a"};
  for (const std::string& host : hosts) lanes.Leave(host);
  EXPECT_THAT(Taken(), ElementsAre("a1", "b1", "c1", "a2", "b2", "a3"));
}

TEST_F(HostLanesTest, NeverMoreThanItsLimits) {
  HostLanes lanes(3, 2);
  for (const char* name : {"a1", "a2", "a3", "a4"}) Enter(&lanes, "a", name);
  for (const char* name : {"b1", "b2"}) Enter(&lanes, "b", name);
  EXPECT_THAT(Taken(), ElementsAre("a1", "a2", "b1"));
  lanes.Leave("b");
  EXPECT_THAT(Taken(), ElementsAre("b2"));
  lanes.Leave("a");
  EXPECT_THAT(Taken(), ElementsAre("a3"));
}

TEST(HostCredits, AHostHoldsAtMostItsShare) {
  HostCredits credits(2, 3);
  int granted = 0;
  for (int i = 0; i < 10; ++i) granted += credits.TaskCame("slow");
  EXPECT_EQ(granted, 3);                    // two are held, five are withheld
  EXPECT_EQ(credits.TaskCame("quick"), 0);  // its own
  EXPECT_EQ(credits.TaskEnded("quick"), 1);
  for (int i = 0; i < 10; ++i) granted += credits.TaskEnded("slow");
  EXPECT_EQ(granted, 10);  // each credit has come back once
}

}  // namespace
}  // namespace pawl
