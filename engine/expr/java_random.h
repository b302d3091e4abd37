// java.util.Random, bit for bit: what a seed means to States.MathRandom and to JSONata's $random.
#pragma once

#include <cstdint>

namespace pawl::expr {

// Thread-compatible.
class JavaRandom {
 public:
  explicit JavaRandom(int64_t seed);

  int32_t NextInt(int32_t bound);  // [0, bound); `bound` is positive
  double NextDouble();             // [0, 1)

 private:
  uint32_t Next(int bits);

  uint64_t state_;
};

}  // namespace pawl::expr
