#include "engine/expr/jsonpath/functions.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "engine/value/json.h"
#include "engine/value/value_set.h"

namespace pawl::expr::jsonpath {
namespace {

constexpr absl::string_view kNothingToAggregate =
    "Aggregation function attempted to calculate value using empty array";

void AddNumbers(const Value& value, Value::Elements* numbers) {
  if (value.is_number()) {
    numbers->push_back(value);
  } else if (value.is_array()) {
    for (const Value& v : value.AsArray()) {
      if (v.is_number()) numbers->push_back(v);
    }
  }
}

bool IsLess(const Value& a, const Value& b) {
  if (a.is_int() && b.is_int()) {
    int64_t left = 0, right = 0;
    return a.ToInt64(&left) && b.ToInt64(&right) && left < right;
  }
  return a.AsDouble() < b.AsDouble();
}

Value FiniteDouble(double d) { return std::isfinite(d) ? Value::Double(d) : Value::Null(); }

// Integers add up to an integer, so that the sum may stand where ASL wants one.
Value Sum(const Value::Elements& numbers) {
  int64_t total = 0;
  double approximate = 0;
  bool is_exact = true;
  for (const Value& v : numbers) {
    int64_t n = 0;
    is_exact = is_exact && v.is_int() && v.ToInt64(&n) && !__builtin_add_overflow(total, n, &total);
    approximate += v.AsDouble();
  }
  return is_exact ? Value::Int(total) : FiniteDouble(approximate);
}

double Mean(const Value::Elements& numbers) {
  double sum = 0;
  for (const Value& v : numbers) sum += v.AsDouble();
  return sum / static_cast<double>(numbers.size());
}

// Of the whole population.
double StandardDeviation(const Value::Elements& numbers) {
  const double mean = Mean(numbers);
  double squares = 0;
  for (const Value& v : numbers) squares += (v.AsDouble() - mean) * (v.AsDouble() - mean);
  return std::sqrt(squares / static_cast<double>(numbers.size()));
}

Value Aggregate(Function function, const Value::Elements& numbers) {
  if (function == Function::kMin) {
    return *std::min_element(numbers.begin(), numbers.end(), IsLess);
  }
  if (function == Function::kMax) {
    return *std::max_element(numbers.begin(), numbers.end(), IsLess);
  }
  if (function == Function::kSum) return Sum(numbers);
  return FiniteDouble(function == Function::kAvg ? Mean(numbers) : StandardDeviation(numbers));
}

Value Length(const Value& value) {
  if (value.is_array()) return Value::Int(static_cast<int64_t>(value.AsArray().size()));
  if (value.is_object()) return Value::Int(static_cast<int64_t>(value.AsObject().size()));
  return Value::Null();
}

Value Keys(const Value& value) {
  if (!value.is_object()) return Value::Null();
  Value::Elements keys;
  keys.reserve(value.AsObject().size());
  for (const Value::Member& m : value.AsObject()) keys.push_back(Value::String(m.first));
  return Value::Array(std::move(keys));
}

void AppendText(const Value& value, std::string* out) {
  if (value.is_string()) {
    out->append(value.AsString());
  } else if (value.is_array()) {
    for (const Value& v : value.AsArray()) AppendText(v, out);
  } else if (value.is_number() || value.is_bool()) {
    AppendJson(value, out);
  }
}

bool ElementAt(const Value& array, int64_t index, Value* result, std::string* why) {
  const auto count = array.is_array() ? static_cast<int64_t>(array.AsArray().size()) : 0;
  const int64_t target = index < 0 ? index + count : index;
  if (target < 0 || target >= count) {
    *why = absl::StrCat("Target index:", target, " larger than object count:", count);
    return false;
  }
  *result = array.AsArray()[static_cast<size_t>(target)];
  return true;
}

}  // namespace

uint64_t StepsOf(Function function, const Value& operand, const std::vector<Value>& arguments) {
  const auto size_of = [](const Value& value) {
    return value.is_array() ? value.AsArray().size() : size_t{1};
  };
  uint64_t sum = 1;
  switch (function) {
    case Function::kMin:
    case Function::kMax:
    case Function::kAvg:
    case Function::kStddev:
    case Function::kSum:
      for (const Value& argument : arguments) sum += 4 * size_of(argument);
      return sum + 4 * size_of(operand);
    case Function::kConcat:
      for (const Value& argument : arguments) sum += JsonSteps(argument);
      return sum + JsonSteps(operand);
    case Function::kKeys:
      return operand.is_object() ? sum + 10 * operand.AsObject().size() +
                                       steps::Copied(static_cast<size_t>(operand.weight()))
                                 : sum;
    case Function::kAppend:
      return sum + size_of(operand) + arguments.size();
    case Function::kLength:
    case Function::kFirst:
    case Function::kLast:
    case Function::kIndex:
      return sum;
  }
  return sum;
}

bool ApplyFunction(Function function, const Value& operand, const std::vector<Value>& arguments,
                   Value* result, std::string* why) {
  switch (function) {
    case Function::kMin:
    case Function::kMax:
    case Function::kAvg:
    case Function::kStddev:
    case Function::kSum: {
      Value::Elements numbers;
      if (operand.is_array()) AddNumbers(operand, &numbers);
      for (const Value& argument : arguments) AddNumbers(argument, &numbers);
      if (numbers.empty()) {
        *why = std::string(kNothingToAggregate);
        return false;
      }
      *result = Aggregate(function, numbers);
      return true;
    }
    case Function::kLength:
      *result = Length(arguments.empty() ? operand : arguments[0]);
      return true;
    case Function::kKeys:
      *result = Keys(operand);
      return true;
    case Function::kConcat: {
      std::string text;
      if (operand.is_array()) AppendText(operand, &text);
      for (const Value& argument : arguments) AppendText(argument, &text);
      *result = Value::String(std::move(text));
      return true;
    }
    case Function::kAppend: {
      if (!operand.is_array()) {
        *result = operand;
        return true;
      }
      Value::Elements elements = operand.AsArray();
      elements.insert(elements.end(), arguments.begin(), arguments.end());
      *result = Value::Array(std::move(elements));
      return true;
    }
    case Function::kFirst:
      return ElementAt(operand, 0, result, why);
    case Function::kLast:
      return ElementAt(operand, -1, result, why);
    case Function::kIndex: {
      int64_t index = 0;
      if (arguments.empty() || !arguments[0].ToInt64(&index)) {
        *why = "index() takes an integer";
        return false;
      }
      return ElementAt(operand, index, result, why);
    }
  }
  return false;
}

}  // namespace pawl::expr::jsonpath
