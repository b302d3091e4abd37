#include "worker-sdk/src/backoff.h"

#include <gtest/gtest.h>

namespace pawl::sdk {
namespace {

TEST(Backoff, DrawsFromTheWholeIntervalWhichDoublesUpToAMaximum) {
  absl::Duration largest[12] = {};
  for (uint64_t seed = 1; seed <= 2'000; ++seed) {
    Backoff backoff(absl::Milliseconds(100), absl::Seconds(10), seed);
    for (absl::Duration& max : largest) {
      const absl::Duration pause = backoff.Next();
      ASSERT_GE(pause, absl::ZeroDuration());
      if (pause > max) max = pause;
    }
  }
  absl::Duration bound = absl::Milliseconds(100);
  for (const absl::Duration max : largest) {
    EXPECT_LE(max, bound);
    EXPECT_GE(max, bound * 0.98);  // of 2,000 draws one comes close
    bound = std::min(bound * 2, absl::Seconds(10));
  }
}

TEST(Backoff, StartsAgainAfterReset) {
  Backoff backoff(absl::Milliseconds(100), absl::Seconds(10), 7);
  for (int i = 0; i < 200; ++i) backoff.Next();  // far beyond any number of doublings
  backoff.Reset();
  EXPECT_LE(backoff.Next(), absl::Milliseconds(100));
}

}  // namespace
}  // namespace pawl::sdk
