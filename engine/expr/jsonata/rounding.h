// Decimal rounding as $round and $formatNumber do it.
#pragma once

#include <cstdint>

namespace pawl::expr::jsonata {

// To `precision` decimal places (negative: to tens, hundreds...), halves to the even neighbour. The
// decimal point is moved in the text of the number, so 2.675 to 2 places is 2.68 and not 2.67.
double RoundHalfEven(double number, int precision);

// The steps (see meter.h) of std::fmod(a, b), which works bit by bit on the difference in
// magnitude.
uint64_t RemainderSteps(double a, double b);

}  // namespace pawl::expr::jsonata
