#include "engine/expr/jsonata/rounding.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/number_text.h"

namespace pawl::expr::jsonata {
namespace {

// `number` times ten to the power of `places`, by way of its text.
double MovePoint(double number, int places) {
  std::string text = NumberToText(number);
  int exponent = 0;
  const size_t e = text.find('e');
  if (e != std::string::npos) {
    (void)absl::SimpleAtoi(absl::string_view(text).substr(e + 1), &exponent);
    text.resize(e);
  }
  return ParseNumber(absl::StrCat(text, "e", exponent + places));
}

}  // namespace

double RoundHalfEven(double number, int precision) {
  if (!std::isfinite(number)) return number;
  double shifted = precision == 0 ? number : MovePoint(number, precision);
  if (!std::isfinite(shifted)) return number;
  const double floor = std::floor(shifted);
  const double rest = shifted - floor;
  const bool up = rest > 0.5 || (rest == 0.5 && std::fmod(floor, 2) != 0);
  shifted = up ? floor + 1 : floor;
  return precision == 0 ? shifted : MovePoint(shifted, -precision);
}

uint64_t RemainderSteps(double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b) || a == 0 || b == 0) return 1;
  return 1 + static_cast<uint64_t>(std::max(0, std::ilogb(a) - std::ilogb(b))) / 4;
}

}  // namespace pawl::expr::jsonata
