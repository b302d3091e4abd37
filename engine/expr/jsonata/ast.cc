#include "engine/expr/jsonata/ast.h"

namespace pawl::expr::jsonata {

Symbols::Symbols() : names_{"", "$"} {}

Symbol Symbols::Intern(absl::string_view name) {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return static_cast<Symbol>(i);
  }
  names_.emplace_back(name);
  return static_cast<Symbol>(names_.size() - 1);
}

Symbol Symbols::Fresh() {
  // "!" ends a name in the grammar, so no variable can be called this.
  names_.push_back("!" + std::to_string(names_.size()));
  return static_cast<Symbol>(names_.size() - 1);
}

absl::string_view OpText(BinaryOp op) {
  switch (op) {
    case BinaryOp::kAdd:
      return "+";
    case BinaryOp::kSubtract:
      return "-";
    case BinaryOp::kMultiply:
      return "*";
    case BinaryOp::kDivide:
      return "/";
    case BinaryOp::kModulo:
      return "%";
    case BinaryOp::kEqual:
      return "=";
    case BinaryOp::kNotEqual:
      return "!=";
    case BinaryOp::kLess:
      return "<";
    case BinaryOp::kLessEqual:
      return "<=";
    case BinaryOp::kGreater:
      return ">";
    case BinaryOp::kGreaterEqual:
      return ">=";
    case BinaryOp::kConcat:
      return "&";
    case BinaryOp::kRange:
      return "..";
    case BinaryOp::kIn:
      return "in";
    case BinaryOp::kAnd:
      return "and";
    case BinaryOp::kOr:
      return "or";
  }
  return "";
}

}  // namespace pawl::expr::jsonata
