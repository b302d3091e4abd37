#include <cmath>

#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/functions.h"
#include "engine/expr/jsonata/integer_format.h"
#include "engine/expr/jsonata/number_picture.h"

namespace pawl::expr::jsonata::functions {
namespace {

constexpr uint64_t kStepsPerPicture = 100;

const std::string& PictureOf(const Call& call) {
  static const std::string& empty = *new std::string;
  if (!call.Has(1)) return empty;
  // What is built may be as long as the picture, and takes time in its square.
  const std::string& picture = call[1].AsString();
  call.workspace.Work(kStepsPerPicture + picture.size() * (8 + picture.size() / 32));
  return picture;
}

// Options are texts of any length, looked for in the picture and put between digits.
void ChargeOptions(const Call& call, size_t picture_bytes) {
  constexpr uint64_t kMostDigits = 800;
  uint64_t bytes = 0;
  ForEachMember(call[2], [&](const std::string& key, const Item& value) {
    bytes += key.size() + (value.is_string() ? value.AsString().size() : 0);
  });
  if (bytes <= 32) return;
  call.workspace.Work(8 * bytes);
  call.workspace.Charge(bytes * (kMostDigits + 4 * picture_bytes));
}

double FiniteNumber(const Call& call) {
  const double number = call[0].AsNumber();
  if (!std::isfinite(number)) throw Raised("D1001").With("value", "null");
  return number;
}

}  // namespace

Item FormatNumber(const Call& call) {
  const std::string& picture = PictureOf(call);
  ChargeOptions(call, picture.size());
  return call.workspace.String(jsonata::FormatNumber(FiniteNumber(call), picture, call[2]));
}

Item FormatInteger(const Call& call) {
  const IntegerFormat format = AnalyseIntegerPicture(PictureOf(call));
  return call.workspace.String(jsonata::FormatInteger(std::floor(FiniteNumber(call)), format));
}

Item ParseInteger(const Call& call) {
  const IntegerFormat format = AnalyseIntegerPicture(PictureOf(call));
  const std::string& text = call[0].AsString();
  // Words are looked up one by one, separators are taken out one by one.
  call.workspace.Work(text.size() * (4 + format.separators.size()));
  return Item::Number(jsonata::ParseInteger(text, format));
}

}  // namespace pawl::expr::jsonata::functions
