// Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"):
// random over the whole interval, so that workers that lost the same engine do not come back in
// step.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace pawl::sdk {

// Thread-compatible.
class Backoff {
 public:
  Backoff(absl::Duration initial, absl::Duration max, uint64_t seed)
      : initial_(initial), max_(max), state_(seed) {}

  // In [0, min(max, initial * 2^n)], for the n-th call since Reset.
  absl::Duration Next();
  void Reset() { failures_ = 0; }

 private:
  const absl::Duration initial_;
  const absl::Duration max_;
  uint64_t state_;
  int failures_ = 0;
};

}  // namespace pawl::sdk
