#include "engine/expr/jsonata/operators.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/number_text.h"
#include "engine/expr/jsonata/rounding.h"

namespace pawl::expr::jsonata {
namespace {

constexpr double kMaxRange = 1e7;

Item Arithmetic(BinaryOp op, const Item& lhs, const Item& rhs, Workspace* workspace) {
  if (!lhs.is_undefined() && !IsNumeric(lhs)) throw Raised("T2001").With("value", ForMessage(lhs));
  if (!rhs.is_undefined() && !IsNumeric(rhs)) throw Raised("T2002").With("value", ForMessage(rhs));
  if (lhs.is_undefined() || rhs.is_undefined()) return Item();
  const double a = lhs.AsNumber();
  const double b = rhs.AsNumber();
  switch (op) {
    case BinaryOp::kAdd:
      return Item::Number(a + b);
    case BinaryOp::kSubtract:
      return Item::Number(a - b);
    case BinaryOp::kMultiply:
      return Item::Number(a * b);
    case BinaryOp::kDivide:
      return Item::Number(a / b);
    default:
      workspace->Work(RemainderSteps(a, b));
      return Item::Number(std::fmod(a, b));
  }
}

bool Ordered(BinaryOp op, int order) {
  switch (op) {
    case BinaryOp::kLess:
      return order < 0;
    case BinaryOp::kLessEqual:
      return order <= 0;
    case BinaryOp::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

Item Compare(BinaryOp op, const Item& lhs, const Item& rhs, Workspace* workspace) {
  const auto comparable = [](const Item& item) {
    return item.is_undefined() || item.is_string() || item.is_number();
  };
  if (!comparable(lhs) || !comparable(rhs)) throw Raised("T2010");
  if (lhs.is_undefined() || rhs.is_undefined()) return Item();
  if (lhs.is_string() != rhs.is_string()) {
    throw Raised("T2009").With("value", ForMessage(lhs)).With("value2", ForMessage(rhs));
  }
  if (lhs.is_string()) {
    return Item::Bool(Ordered(op, CompareText(lhs.AsString(), rhs.AsString(), workspace)));
  }
  const double a = lhs.AsNumber();
  const double b = rhs.AsNumber();
  if (std::isnan(a) || std::isnan(b)) return Item::Bool(false);
  return Item::Bool(Ordered(op, a < b ? -1 : a > b ? 1 : 0));
}

Item Concat(const Item& lhs, const Item& rhs, Workspace* workspace) {
  std::string text = ToText(lhs, false, workspace);
  text += ToText(rhs, false, workspace);
  return workspace->String(std::move(text));
}

Item Range(const Item& lhs, const Item& rhs, Workspace* workspace) {
  const auto is_integer = [](const Item& item) {
    return item.is_number() && std::isfinite(item.AsNumber()) &&
           item.AsNumber() == std::trunc(item.AsNumber());
  };
  if (!lhs.is_undefined() && !is_integer(lhs)) throw Raised("T2003");
  if (!rhs.is_undefined() && !is_integer(rhs)) throw Raised("T2004");
  if (lhs.is_undefined() || rhs.is_undefined() || lhs.AsNumber() > rhs.AsNumber()) return Item();
  const double size = rhs.AsNumber() - lhs.AsNumber() + 1;
  if (size > kMaxRange) throw Raised("D2014").With("value", NumberToText(size));
  const auto count = static_cast<uint64_t>(size);
  workspace->Step(count);
  workspace->Charge(count * sizeof(Item));
  Ref<List> result = workspace->NewList(true);
  result->items.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    result->items.push_back(Item::Number(lhs.AsNumber() + static_cast<double>(i)));
  }
  return Item(std::move(result));
}

// Identity, not deep equality: an array or object is in no array.
Item In(const Item& lhs, const Item& rhs, Workspace* workspace) {
  if (lhs.is_undefined() || rhs.is_undefined() || lhs.is_array() || lhs.is_object()) {
    return Item::Bool(false);
  }
  const Elements elements(rhs);
  workspace->Step(elements.size());
  for (size_t i = 0; i < elements.size(); ++i) {
    if (DeepEquals(lhs, elements[i], workspace)) return Item::Bool(true);
  }
  return Item::Bool(false);
}

Item Equal(BinaryOp op, const Item& lhs, const Item& rhs, Workspace* workspace) {
  if (lhs.is_undefined() || rhs.is_undefined()) return Item::Bool(false);
  return Item::Bool(DeepEquals(lhs, rhs, workspace) == (op == BinaryOp::kEqual));
}

}  // namespace

Item ApplyBinary(BinaryOp op, const Item& lhs, const Item& rhs, Workspace* workspace) {
  switch (op) {
    case BinaryOp::kAdd:
    case BinaryOp::kSubtract:
    case BinaryOp::kMultiply:
    case BinaryOp::kDivide:
    case BinaryOp::kModulo:
      return Arithmetic(op, lhs, rhs, workspace);
    case BinaryOp::kEqual:
    case BinaryOp::kNotEqual:
      return Equal(op, lhs, rhs, workspace);
    case BinaryOp::kLess:
    case BinaryOp::kLessEqual:
    case BinaryOp::kGreater:
    case BinaryOp::kGreaterEqual:
      return Compare(op, lhs, rhs, workspace);
    case BinaryOp::kConcat:
      return Concat(lhs, rhs, workspace);
    case BinaryOp::kRange:
      return Range(lhs, rhs, workspace);
    case BinaryOp::kIn:
      return In(lhs, rhs, workspace);
    case BinaryOp::kAnd:
    case BinaryOp::kOr:
      break;
  }
  return Item();
}

}  // namespace pawl::expr::jsonata
