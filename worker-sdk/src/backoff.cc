#include "worker-sdk/src/backoff.h"

#include <algorithm>
#include <cmath>

namespace pawl::sdk {
namespace {

// SplitMix64: good enough to spread, and the same everywhere.
uint64_t NextRandom(uint64_t* state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

absl::Duration Backoff::Next() {
  constexpr int kMaxDoublings = 30;
  const absl::Duration bound = std::min(max_, initial_ * std::ldexp(1.0, failures_));
  failures_ = std::min(failures_ + 1, kMaxDoublings);
  const double share = static_cast<double>(NextRandom(&state_) >> 11) * 0x1p-53;
  return bound * share;
}

}  // namespace pawl::sdk
