#include "engine/auth/rate_limits.h"

#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "engine/auth/actions.h"
#include "engine/aws/error.h"

namespace pawl::auth {
namespace {

Principal Of(const std::string& name, const std::string& ns = "1") {
  Principal principal;
  principal.name = name;
  principal.ns = ns;
  return principal;
}

RateLimits::Settings With(const std::string& rate) {
  RateLimits::Settings settings;
  EXPECT_TRUE(RateLimits::Add(rate, &settings).ok());
  return settings;
}

// How many of `calls` calls at one time go through.
int Through(RateLimits* limits, const Principal& principal, const char* operation,
            absl::Duration steady, int calls) {
  int count = 0;
  for (int i = 0; i < calls; ++i) count += limits->Take(principal, operation, steady).ok() ? 1 : 0;
  return count;
}

TEST(RateLimits, DefaultIsNone) {
  RateLimits limits(RateLimits::Unlimited());
  EXPECT_EQ(Through(&limits, Of("a"), "StartExecution", absl::ZeroDuration(), 10'000), 10'000);
}

TEST(RateLimits, BurstAndThenTheRate) {
  RateLimits limits(With("StartExecution=5/2"));
  const Principal a = Of("a");
  absl::Duration now = absl::Hours(1);
  EXPECT_EQ(Through(&limits, a, "StartExecution", now, 100), 5);
  const absl::Status refused = limits.Take(a, "StartExecution", now);
  EXPECT_EQ(aws::ErrorOf(refused), aws::Error::kThrottling);
  EXPECT_EQ(refused.message(), "Rate exceeded");
  EXPECT_EQ(aws::RetryAfterOf(refused), absl::Milliseconds(500));
  now += absl::Milliseconds(500);
  EXPECT_EQ(Through(&limits, a, "StartExecution", now, 100), 1);
  now += absl::Seconds(1);
  EXPECT_EQ(Through(&limits, a, "StartExecution", now, 100), 2);
  now += absl::Hours(10);
  EXPECT_EQ(Through(&limits, a, "StartExecution", now, 100), 5) << "never more than the burst";
}

TEST(RateLimits, WhoComesBackWhenToldIsServed) {
  RateLimits limits(With("StartExecution=1/7"));
  absl::Duration now = absl::ZeroDuration();
  EXPECT_TRUE(limits.Take(Of("a"), "StartExecution", now).ok());
  for (int i = 0; i < 100; ++i) {
    const absl::Status refused = limits.Take(Of("a"), "StartExecution", now);
    ASSERT_FALSE(refused.ok());
    now += *aws::RetryAfterOf(refused);
    EXPECT_TRUE(limits.Take(Of("a"), "StartExecution", now).ok()) << i;
  }
}

TEST(RateLimits, EachPrincipalAndOperationHasItsOwn) {
  RateLimits limits(With("*=3/1"));
  const absl::Duration now = absl::ZeroDuration();
  EXPECT_EQ(Through(&limits, Of("a"), "StartExecution", now, 10), 3);
  EXPECT_EQ(Through(&limits, Of("b"), "StartExecution", now, 10), 3);
  EXPECT_EQ(Through(&limits, Of("a", "2"), "StartExecution", now, 10), 3) << "another namespace";
  EXPECT_EQ(Through(&limits, Of("a"), "StopExecution", now, 10), 3);
  EXPECT_EQ(Through(&limits, Of("a"), "StartAndWait", now, 10), 0) << "as StartExecution";
  EXPECT_EQ(Through(&limits, Of("c"), "StartAndWait", now, 2), 2);
  EXPECT_EQ(Through(&limits, Of("c"), "StartExecution", now, 10), 1);
}

TEST(RateLimits, RateOfAnOperationOfPawlIsThatOfAws) {
  RateLimits limits(With("StartAndWait=2/1"));
  EXPECT_EQ(Through(&limits, Of("a"), "StartAndWait", absl::ZeroDuration(), 10), 2);
  EXPECT_EQ(Through(&limits, Of("a"), "StartExecution", absl::ZeroDuration(), 10), 0);
}

TEST(RateLimits, TableIsBounded) {
  RateLimits::Settings settings = With("*=1/0.001");
  settings.max_buckets = 3;
  RateLimits limits(std::move(settings));
  const absl::Duration now = absl::ZeroDuration();
  const auto take = [&](const char* name) {
    return limits.Take(Of(name), "StartExecution", now).ok();
  };
  EXPECT_TRUE(take("a"));
  EXPECT_TRUE(take("b"));
  EXPECT_TRUE(take("c"));
  EXPECT_FALSE(take("a"));  // now the latest
  EXPECT_TRUE(take("d"));   // in the place of b
  EXPECT_FALSE(take("a"));
  EXPECT_FALSE(take("c"));
  EXPECT_TRUE(take("b"));
}

TEST(RateLimits, TimeThatComesLateTakesNothingBack) {
  RateLimits limits(With("StartExecution=2/1"));
  EXPECT_EQ(Through(&limits, Of("a"), "StartExecution", absl::Seconds(10), 10), 2);
  EXPECT_EQ(Through(&limits, Of("a"), "StartExecution", absl::Seconds(9), 10), 0);
  EXPECT_EQ(Through(&limits, Of("a"), "StartExecution", absl::Seconds(11), 10), 1);
}

TEST(RateLimits, ThreadsTakeNoMoreThanThereIs) {
  RateLimits limits(With("StartExecution=1000/0.001"));
  std::vector<std::thread> threads;
  std::vector<int> through(4);
  threads.reserve(through.size());
  for (int& count : through) {
    threads.emplace_back([&limits, &count] {
      count = Through(&limits, Of("a"), "StartExecution", absl::ZeroDuration(), 1000);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(through[0] + through[1] + through[2] + through[3], 1000);
}

TEST(RateLimits, AwsQuotasNameItsOperations) {
  const RateLimits::Settings aws = RateLimits::Aws();
  int count = 0;
  for (const Action& action : Actions()) {
    // Synchronous executions and validation have no quota of this kind.
    const bool has_quota = absl::StartsWith(action.name, "states:") &&
                           action.operation != "StartSyncExecution" &&
                           action.operation != "ValidateStateMachineDefinition";
    EXPECT_EQ(aws.operations.contains(action.operation), has_quota) << action.operation;
    count += has_quota ? 1 : 0;
  }
  EXPECT_EQ(aws.operations.size(), static_cast<size_t>(count));
  RateLimits limits(aws);
  EXPECT_EQ(Through(&limits, Of("a"), "StartExecution", absl::ZeroDuration(), 2000), 1300);
  EXPECT_EQ(Through(&limits, Of("a"), "StartExecution", absl::Seconds(1), 2000), 300);
}

TEST(RateLimits, WrongTextsAreRefused) {
  RateLimits::Settings settings;
  for (const char* text :
       {"", "StartExecution", "StartExecution=", "StartExecution=1", "StartExecution=1/",
        "StartExecution=/1", "StartExecution=0/1", "StartExecution=1/0", "StartExecution=1/-1",
        "StartExecution=nan/1", "StartExecution=1/nan", "StartExecution=inf/1",
        "StartExecution=1e9/1", "startexecution=1/1", "=1/1", "StartExecution=1/1/1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(RateLimits::Add(text, &settings))) << text;
  }
  EXPECT_TRUE(settings.operations.empty());
  EXPECT_FALSE(settings.others.has_value());
}

}  // namespace
}  // namespace pawl::auth
