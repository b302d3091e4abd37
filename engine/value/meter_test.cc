#include "engine/value/meter.h"

#include <gtest/gtest.h>

namespace pawl {
namespace {

MeterLimits Limits(uint64_t expression, uint64_t transition, uint64_t slow) {
  MeterLimits limits;
  limits.max_steps_per_expression = expression;
  limits.max_steps_per_transition = transition;
  limits.slow_after_steps = slow;
  return limits;
}

TEST(Meter, RefusesWhatPassesTheLimitOfAnExpression) {
  Meter meter(Limits(100, 1000, 1000));
  EXPECT_TRUE(meter.Charge(60));
  EXPECT_TRUE(meter.Charge(40));
  EXPECT_FALSE(meter.is_expression_spent());
  EXPECT_FALSE(meter.Charge(1));
  EXPECT_TRUE(meter.is_expression_spent());
  EXPECT_FALSE(meter.Charge(1));
  EXPECT_EQ(meter.used(), 100u);
}

TEST(Meter, StartsAnewWithEachExpression) {
  Meter meter(Limits(100, 1000, 1000));
  EXPECT_FALSE(meter.Charge(UINT64_MAX));
  meter.BeginExpression();
  EXPECT_FALSE(meter.is_expression_spent());
  EXPECT_TRUE(meter.Charge(100));
  EXPECT_EQ(meter.used(), 200u);
}

TEST(Meter, SumsUpTheTransition) {
  Meter meter(Limits(100, 150, 1000));
  EXPECT_TRUE(meter.Charge(100));
  EXPECT_FALSE(meter.is_transition_spent());
  meter.ChargeTransition(50);
  EXPECT_TRUE(meter.is_transition_spent());
  meter.BeginExpression();
  EXPECT_TRUE(meter.Charge(100)) << "one that has begun may end";
}

TEST(Meter, WorkOfTheTransitionTakesNothingFromAnExpression) {
  Meter meter(Limits(100, 1000, 500));
  EXPECT_TRUE(meter.Charge(60));
  meter.ChargeTransition(700);
  EXPECT_TRUE(meter.Charge(40));
  EXPECT_FALSE(meter.Charge(1));
  meter.ChargeTransition(10);
  EXPECT_TRUE(meter.is_expression_spent());
  EXPECT_EQ(meter.used(), 810u);
}

TEST(Meter, CallsTheHookOnceWhenTheTransitionTurnsSlow) {
  int calls = 0;
  const std::function<void()> hook = [&] { ++calls; };
  Meter meter(Limits(100, 1000, 150), &hook);
  EXPECT_TRUE(meter.Charge(100));
  meter.BeginExpression();
  EXPECT_TRUE(meter.Charge(50));
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(meter.Charge(1));
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(meter.Charge(49));
  EXPECT_FALSE(meter.Charge(1)) << "the slow mark does not move the limit";
  meter.BeginExpression();
  EXPECT_TRUE(meter.Charge(100));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace pawl
