// The filter half of jsonpath::Evaluator. Types do not mix, except that a number and a string that
// reads as the same number are equal, as in Jayway.
#include <algorithm>
#include <utility>

#include "engine/expr/jsonpath/evaluator.h"
#include "engine/value/json.h"
#include "engine/value/text_search.h"
#include "engine/value/value_set.h"

namespace pawl::expr::jsonpath {
namespace {

// <0, 0, >0 for two numbers or two strings; nullopt for anything else.
absl::optional<int> Order(const Value& left, const Value& right, Meter* meter) {
  if (left.is_string() && right.is_string()) {
    const std::string& a = left.AsString();
    const std::string& b = right.AsString();
    if (!meter->Charge(steps::Copied(std::min(a.size(), b.size())))) return absl::nullopt;
    const int order = a.compare(b);
    return order < 0 ? -1 : (order > 0 ? 1 : 0);
  }
  if (!left.is_number() || !right.is_number()) return absl::nullopt;
  if (AreEqual(left, right, meter)) return 0;
  // Numbers of many digits are taken apart again.
  if (!meter->Charge(steps::Converted(static_cast<size_t>(left.weight() + right.weight())))) {
    return absl::nullopt;
  }
  int64_t a = 0, b = 0;
  if (left.ToInt64(&a) && right.ToInt64(&b)) return a < b ? -1 : 1;
  return left.AsDouble() < right.AsDouble() ? -1 : 1;
}

bool ContainsText(const std::string& text, const std::string& part, Meter* meter) {
  return meter->Charge(FindSteps(text.size(), part.size())) && FindText(text, part, 0) != kNotFound;
}

absl::optional<size_t> SizeOf(const Value& value) {
  if (value.is_string()) return value.AsString().size();
  if (value.is_array()) return value.AsArray().size();
  if (value.is_object()) return value.AsObject().size();
  return absl::nullopt;
}

}  // namespace

bool Evaluator::MatchesRegex(const Regex& regex, const Value& value) {
  const auto matches = [&](const std::string& text) {
    return meter_.Charge(regex.StepsFor(text.size())) && regex.FullMatch(text);
  };
  if (value.is_string()) return matches(value.AsString());
  if (!value.is_number() && !value.is_bool()) return false;
  return meter_.Charge(JsonSteps(value)) && matches(ToJson(value));
}

bool Evaluator::CompareValues(Operator comparison, const Value& left, const Value& right) {
  const bool are_lists = left.is_array() && right.is_array();
  switch (comparison) {
    case Operator::kEqual:
      return EqualInFilter(left, right, &meter_);
    case Operator::kNotEqual:
      return !EqualInFilter(left, right, &meter_);
    case Operator::kLess:
      return Order(left, right, &meter_).value_or(1) < 0;
    case Operator::kLessOrEqual:
      return Order(left, right, &meter_).value_or(1) <= 0;
    case Operator::kGreater:
      return Order(left, right, &meter_).value_or(-1) > 0;
    case Operator::kGreaterOrEqual:
      return Order(left, right, &meter_).value_or(-1) >= 0;
    case Operator::kIn:
      return right.is_array() && lists_.Contains(right, left, &meter_);
    case Operator::kNotIn:
      return !(right.is_array() && lists_.Contains(right, left, &meter_));
    case Operator::kSubsetOf:
      return are_lists && lists_.CountShared(left, right, &meter_) == left.AsArray().size();
    case Operator::kAnyOf:
      return are_lists && lists_.CountShared(left, right, &meter_) > 0;
    case Operator::kNoneOf:
      return are_lists && lists_.CountShared(left, right, &meter_) == 0;
    case Operator::kAll:
      return are_lists && lists_.CountShared(right, left, &meter_) == right.AsArray().size();
    case Operator::kContains:
      if (left.is_array()) return lists_.Contains(left, right, &meter_);
      return left.is_string() && right.is_string() &&
             ContainsText(left.AsString(), right.AsString(), &meter_);
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
  const bool explain = std::exchange(explain_, false);
  Result result = Walk(path, start, Scope{scope.document, start});
  explain_ = explain;
  return result;
}

}  // namespace pawl::expr::jsonpath
