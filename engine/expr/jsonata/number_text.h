// Numbers as JavaScript has them: their text, and how they become Values.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "engine/value/value.h"

namespace pawl::expr::jsonata {

// `number` must be finite. An integral result within 2^53 becomes an Int, so that JSON shows "3"
// and not "3.0"; there is no negative zero.
Value NumberValue(double number);

// Number.prototype.toString(): "0.1", "1e+21", "123456789012345680000". `number` must be finite.
std::string NumberToText(double number);

// Rounded to 15 significant digits, as $string shows numbers (0.1 + 0.2 is "0.3").
double RoundTo15Digits(double number);

// Number.prototype.toFixed for any number of digits up to 400.
std::string ToFixed(double number, int digits);

// The number that `text` ("12", "-1.5e3") stands for. Infinite where it is out of range.
double ParseNumber(absl::string_view text);

}  // namespace pawl::expr::jsonata
