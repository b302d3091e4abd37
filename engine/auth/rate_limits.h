// How often a principal may call an operation: a bucket of tokens for each pair.
//
//   RateLimits limits(RateLimits::Aws());
//   absl::Status status = limits.Take(*caller, "StartExecution", clock->Steady());
#pragma once

#include <list>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/auth/principal.h"

namespace pawl::auth {

struct Rate {
  double burst = 1;       // calls at once, after a pause
  double per_second = 1;  // calls in the long run
};

// Thread-safe.
class RateLimits {
 public:
  struct Settings {
    absl::flat_hash_map<std::string, Rate> operations;
    absl::optional<Rate>
        others;  // of each operation that has no rate of its own; nullopt: no limit
    // Principals times operations that are remembered. Who was forgotten, because it has not called
    // for longest, finds a full bucket.
    size_t max_buckets = 10'000;
  };

  // No limits.
  static Settings Unlimited() { return {}; }
  // AWS's quotas of November 2026 in its large regions, where they count per account:
  // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  static Settings Aws();
  // "OPERATION=BURST/PER_SECOND", "StartExecution=1300/300"; "*" is each operation that has no rate
  // of its own. Operations of Pawl that do what one of AWS does share its rate and its tokens.
  // InvalidArgument says what is expected.
  static absl::Status Add(absl::string_view text, Settings* settings);

  explicit RateLimits(Settings settings);

  // Takes a token. kThrottling ("Rate exceeded") with the time after which there will be one.
  // `steady` is Clock::Steady().
  absl::Status Take(const Principal& principal, absl::string_view operation, absl::Duration steady);

 private:
  struct Bucket {
    std::string key;
    double tokens = 0;
    absl::Duration filled;  // when `tokens` was right
  };
  using Buckets = std::list<Bucket>;

  const Rate* RateOf(absl::string_view operation) const;
  Bucket& BucketOf(std::string key, const Rate& rate, absl::Duration steady)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Settings settings_;
  absl::Mutex mutex_;
  Buckets buckets_ ABSL_GUARDED_BY(mutex_);  // called last stands first
  absl::flat_hash_map<std::string, Buckets::iterator> by_key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::auth
