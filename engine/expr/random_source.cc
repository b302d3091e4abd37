#include <cstdint>
#include <string>

#include "engine/expr/expression.h"

namespace pawl::expr {

uint64_t RandomSource::Next() {
  uint64_t z = (state_ += 0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

double RandomSource::NextUnit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

std::string RandomSource::NextUuid() {
  constexpr char kHex[] = "0123456789abcdef";
  constexpr uint64_t kVersionMask = 0xF000, kVersion4 = 0x4000;
  constexpr uint64_t kVariantMask = uint64_t{3} << 62, kVariant = uint64_t{2} << 62;
  const uint64_t high = (Next() & ~kVersionMask) | kVersion4;
  const uint64_t low = (Next() & ~kVariantMask) | kVariant;
  std::string out;
  out.reserve(36);
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out.push_back('-');
    const uint64_t half = i < 16 ? high : low;
    out.push_back(kHex[(half >> (60 - 4 * (i % 16))) & 15]);
  }
  return out;
}

}  // namespace pawl::expr
