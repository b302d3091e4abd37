// The filter half of jsonpath::Evaluator. Types do not mix, except that a number and a string that
// reads as the same number are equal, as in Jayway.
#include <algorithm>

#include "engine/expr/jsonpath/evaluator.h"
#include "engine/value/json.h"
#include "engine/value/number.h"

namespace pawl::expr::jsonpath {
namespace {

bool NumberEqualsText(const Value& number, const std::string& text) {
  return internal::IsJsonNumber(text) && number == Value::NumberFromText(text);
}

bool AreEqual(const Value& left, const Value& right) {
  if (left.is_number() && right.is_string()) return NumberEqualsText(left, right.AsString());
  if (left.is_string() && right.is_number()) return NumberEqualsText(right, left.AsString());
  return left == right;
}

// <0, 0, >0 for two numbers or two strings; nullopt for anything else.
absl::optional<int> Order(const Value& left, const Value& right) {
  if (left.is_string() && right.is_string()) {
    const int order = left.AsString().compare(right.AsString());
    return order < 0 ? -1 : (order > 0 ? 1 : 0);
  }
  if (!left.is_number() || !right.is_number()) return absl::nullopt;
  if (left == right) return 0;
  int64_t a = 0, b = 0;
  if (left.ToInt64(&a) && right.ToInt64(&b)) return a < b ? -1 : 1;
  return left.AsDouble() < right.AsDouble() ? -1 : 1;
}

bool Contains(const Value& list, const Value& value) {
  const Value::Elements& elements = list.AsArray();
  return std::any_of(elements.begin(), elements.end(),
                     [&](const Value& element) { return AreEqual(element, value); });
}

// How many elements of `left` are among those of `right`.
size_t CountShared(const Value& left, const Value& right) {
  const Value::Elements& elements = left.AsArray();
  return static_cast<size_t>(
      std::count_if(elements.begin(), elements.end(),
                    [&](const Value& element) { return Contains(right, element); }));
}

absl::optional<size_t> SizeOf(const Value& value) {
  if (value.is_string()) return value.AsString().size();
  if (value.is_array()) return value.AsArray().size();
  if (value.is_object()) return value.AsObject().size();
  return absl::nullopt;
}

bool MatchesRegex(const Regex& regex, const Value& value) {
  if (value.is_string()) return regex.FullMatch(value.AsString());
  if (value.is_number() || value.is_bool()) return regex.FullMatch(ToJson(value));
  return false;
}

bool CompareValues(Operator comparison, const Value& left, const Value& right) {
  const bool are_lists = left.is_array() && right.is_array();
  switch (comparison) {
    case Operator::kEqual:
      return AreEqual(left, right);
    case Operator::kNotEqual:
      return !AreEqual(left, right);
    case Operator::kLess:
      return Order(left, right).value_or(1) < 0;
    case Operator::kLessOrEqual:
      return Order(left, right).value_or(1) <= 0;
    case Operator::kGreater:
      return Order(left, right).value_or(-1) > 0;
    case Operator::kGreaterOrEqual:
      return Order(left, right).value_or(-1) >= 0;
    case Operator::kIn:
      return right.is_array() && Contains(right, left);
    case Operator::kNotIn:
      return !(right.is_array() && Contains(right, left));
    case Operator::kSubsetOf:
      return are_lists && CountShared(left, right) == left.AsArray().size();
    case Operator::kAnyOf:
      return are_lists && CountShared(left, right) > 0;
    case Operator::kNoneOf:
      return are_lists && CountShared(left, right) == 0;
    case Operator::kAll:
      return are_lists && CountShared(right, left) == right.AsArray().size();
    case Operator::kContains:
      if (left.is_array()) return Contains(left, right);
      return left.is_string() && right.is_string() &&
             left.AsString().find(right.AsString()) != std::string::npos;
    case Operator::kSize: {
      int64_t size = 0;
      const absl::optional<size_t> actual = SizeOf(left);
      return actual && right.ToInt64(&size) && size == static_cast<int64_t>(*actual);
    }
    case Operator::kEmpty: {
      const absl::optional<size_t> actual = SizeOf(left);
      return actual && right.is_bool() && (*actual == 0) == right.AsBool();
    }
    case Operator::kMatches:
      return false;  // has a regular expression on one side, see Compare
  }
  return false;
}

}  // namespace

bool Evaluator::Accepts(const Filter& filter, const Scope& scope) {
  if (!TakeStep()) return false;
  const auto accepts = [&](const Filter& f) { return Accepts(f, scope); };
  switch (filter.kind) {
    case Filter::Kind::kAnd:
      return std::all_of(filter.operands.begin(), filter.operands.end(), accepts);
    case Filter::Kind::kOr:
      return std::any_of(filter.operands.begin(), filter.operands.end(), accepts);
    case Filter::Kind::kNot:
      return !accepts(filter.operands[0]);
    case Filter::Kind::kExists:
      return Exists(*filter.left.path, scope);
    case Filter::Kind::kCompare:
      return Compare(filter, scope);
  }
  return false;
}

bool Evaluator::Compare(const Filter& filter, const Scope& scope) {
  Value left, right;
  if (filter.comparison == Operator::kMatches) {
    const bool is_left = filter.left.regex != nullptr;
    const Operand& text = is_left ? filter.right : filter.left;
    const Regex& regex = is_left ? *filter.left.regex : *filter.right.regex;
    return text.regex == nullptr && Resolve(text, scope, &left) && MatchesRegex(regex, left);
  }
  const bool has_left = Resolve(filter.left, scope, &left);
  const bool has_right = Resolve(filter.right, scope, &right);
  if (!has_left || !has_right) {
    // What is missing equals nothing and is in no list.
    return filter.comparison == Operator::kNotEqual || filter.comparison == Operator::kNotIn;
  }
  // Comparing containers takes time in proportion to their size.
  const uint64_t cost = std::min(left.weight(), right.weight()) / 64;
  steps_left_ -= std::min(steps_left_, cost);
  return CompareValues(filter.comparison, left, right);
}

bool Evaluator::Exists(const Path& path, const Scope& scope) {
  const Result result = WalkNested(path, scope);
  if (result.kind != Result::Kind::kFound) return false;
  return !path.yields_array || !result.value.AsArray().empty();
}

bool Evaluator::Resolve(const Operand& operand, const Scope& scope, Value* value) {
  if (operand.path == nullptr) {
    *value = operand.literal;
    return true;
  }
  Result result = WalkNested(*operand.path, scope);
  if (result.kind != Result::Kind::kFound) return false;
  *value = std::move(result.value);
  return true;
}

// A path in a filter or among arguments: it starts at "@", or at "$", the document being walked.
Result Evaluator::WalkNested(const Path& path, const Scope& scope) {
  const Value& start = path.root == Path::Root::kCurrent ? scope.current : scope.document;
  return Walk(path, start, Scope{scope.document, start});
}

}  // namespace pawl::expr::jsonpath
