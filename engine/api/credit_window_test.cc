#include "engine/api/credit_window.h"

#include "gtest/gtest.h"

namespace pawl::api {
namespace {

TEST(CreditWindow, CreditsForSmallTasksPassAtOnce) {
  CreditWindow window(10'000);
  EXPECT_EQ(window.Grant("q", 500), 500);
  for (int i = 0; i < 500; ++i) window.Used("q", 300);
  EXPECT_TRUE(window.Refill().empty());
  EXPECT_EQ(window.Grant("q", 5'000), 5'000);
}

// A2: 2,300 credits were 2,300 tasks of 1 MB in one go.
TEST(CreditWindow, CreditsForLargeTasksFollowTheWrites) {
  CreditWindow window(10'000);
  EXPECT_EQ(window.Grant("q", 20), 20);
  for (int i = 0; i < 20; ++i) window.Used("q", 1'000'000);
  const int64_t passed = window.Grant("q", 2'300);
  EXPECT_LE(passed, 20);
  EXPECT_GE(passed, 4);
  int64_t total = passed;
  for (int rounds = 0; total < 2'300; ++rounds) {
    ASSERT_LT(rounds, 2'300);
    window.Used("q", 1'000'000);
    for (const CreditWindow::Pass& pass : window.Refill()) {
      EXPECT_LE(pass.count, 20);
      total += pass.count;
    }
  }
}

TEST(CreditWindow, IdleQueuesTakeNothingFromOthers) {
  CreditWindow window(10'000);
  for (int i = 0; i < 50; ++i) window.Used("large", 10'000'000);
  EXPECT_GE(window.Grant("idle", 100), 4);
  EXPECT_GE(window.Grant("other", 100), 4);
}

TEST(CreditWindow, GrantsBeyondTheLimitAreCutOff) {
  CreditWindow window(100);
  EXPECT_EQ(window.Grant("q", int64_t{1} << 62), 100);
  EXPECT_EQ(window.Grant("q", int64_t{1} << 62), 0);
  EXPECT_EQ(window.Grant("q", -5), 0);
}

}  // namespace
}  // namespace pawl::api
