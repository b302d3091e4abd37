#include "engine/expr/java_random.h"

#include "engine/value/check.h"

namespace pawl::expr {
namespace {

constexpr uint64_t kMultiplier = 0x5DEECE66D;
constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;

}  // namespace

JavaRandom::JavaRandom(int64_t seed)
    : state_((static_cast<uint64_t>(seed) ^ kMultiplier) & kMask) {}

uint32_t JavaRandom::Next(int bits) {
  state_ = (state_ * kMultiplier + 0xB) & kMask;
  return static_cast<uint32_t>(state_ >> (48 - bits));
}

int32_t JavaRandom::NextInt(int32_t bound) {
  PAWL_CHECK(bound > 0);
  const auto size = static_cast<uint32_t>(bound);
  uint32_t bits = Next(31);
  if ((size & (size - 1)) == 0) {
    return static_cast<int32_t>((uint64_t{size} * bits) >> 31);
  }
  // Draws again where the last, incomplete block of `size` numbers was hit.
  uint32_t n = bits % size;
  while (bits - n + (size - 1) > INT32_MAX) {
    bits = Next(31);
    n = bits % size;
  }
  return static_cast<int32_t>(n);
}

double JavaRandom::NextDouble() {
  const uint64_t high = uint64_t{Next(26)} << 27;
  return static_cast<double>(high + Next(27)) * 0x1p-53;
}

}  // namespace pawl::expr
