#include <cmath>

#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/functions.h"
#include "engine/expr/jsonata/integer_format.h"
#include "engine/expr/jsonata/number_picture.h"

namespace pawl::expr::jsonata::functions {
namespace {

const std::string& PictureOf(const Call& call) {
  static const std::string& empty = *new std::string;
  if (!call.Has(1)) return empty;
  // What is built may be as long as the picture, and takes time in its square.
  const std::string& picture = call[1].AsString();
  call.workspace.Step(picture.size() * (1 + picture.size() / 64));
  return picture;
}

double FiniteNumber(const Call& call) {
  const double number = call[0].AsNumber();
  if (!std::isfinite(number)) throw Raised("D1001").With("value", "null");
  return number;
}

}  // namespace

Item FormatNumber(const Call& call) {
  return call.workspace.String(jsonata::FormatNumber(FiniteNumber(call), PictureOf(call), call[2]));
}

Item FormatInteger(const Call& call) {
  const IntegerFormat format = AnalyseIntegerPicture(PictureOf(call));
  return call.workspace.String(jsonata::FormatInteger(std::floor(FiniteNumber(call)), format));
}

Item ParseInteger(const Call& call) {
  const IntegerFormat format = AnalyseIntegerPicture(PictureOf(call));
  const std::string& text = call[0].AsString();
  call.workspace.Step(text.size());
  return Item::Number(jsonata::ParseInteger(text, format));
}

}  // namespace pawl::expr::jsonata::functions
