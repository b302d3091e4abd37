#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/expr/intrinsic/functions.h"
#include "engine/value/value_set.h"

namespace pawl::expr::intrinsic {
namespace {

constexpr int64_t kMaxRange = 1000;  // elements, as AWS documents

}  // namespace

bool TruncateToInt32(const Value& value, int64_t* n) {
  if (!value.is_number()) return false;
  if (!value.ToInt64(n)) {
    const double whole = std::trunc(value.AsDouble());
    if (std::abs(whole) > 0x1p32) return false;
    *n = static_cast<int64_t>(whole);
  }
  return *n >= std::numeric_limits<int32_t>::min() && *n <= std::numeric_limits<int32_t>::max();
}

bool Array(const Arguments& arguments, const Context&, Value* result, std::string*) {
  *result = Value::Array(arguments);
  return true;
}

bool ArrayPartition(const Arguments& arguments, const Context& context, Value* result,
                    std::string*) {
  int64_t size = 0;
  if (!arguments[0].is_array() || !TruncateToInt32(arguments[1], &size) || size < 1) return false;
  const Value::Elements& elements = arguments[0].AsArray();
  const auto chunk = static_cast<size_t>(size);
  constexpr uint64_t kStepsPerChunk = 12;
  if (!context.meter.Charge(elements.size() + kStepsPerChunk * (elements.size() / chunk))) {
    return false;
  }
  Value::Elements chunks;
  chunks.reserve(elements.size() / chunk + 1);
  for (auto at = elements.begin(); at != elements.end();) {
    const auto length = std::min(chunk, static_cast<size_t>(elements.end() - at));
    const auto end = at + static_cast<ptrdiff_t>(length);
    chunks.push_back(Value::Array(Value::Elements(at, end)));
    at = end;
  }
  *result = Value::Array(std::move(chunks));
  return true;
}

bool ArrayContains(const Arguments& arguments, const Context& context, Value* result,
                   std::string*) {
  if (!arguments[0].is_array()) return false;
  const Value::Elements& elements = arguments[0].AsArray();
  *result = Value::Bool(std::any_of(elements.begin(), elements.end(), [&](const Value& element) {
    return AreEqual(element, arguments[1], &context.meter);
  }));
  return true;
}

bool ArrayRange(const Arguments& arguments, const Context& context, Value* result, std::string*) {
  int64_t first = 0, last = 0, step = 0;
  if (!TruncateToInt32(arguments[0], &first) || !TruncateToInt32(arguments[1], &last) ||
      !TruncateToInt32(arguments[2], &step) || step == 0) {
    return false;
  }
  const bool is_empty = step > 0 ? first > last : first < last;
  const int64_t count = is_empty ? 0 : (last - first) / step + 1;
  if (count > kMaxRange || !context.meter.Charge(static_cast<uint64_t>(count))) return false;
  Value::Elements elements;
  elements.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) elements.push_back(Value::Int(first + i * step));
  *result = Value::Array(std::move(elements));
  return true;
}

bool ArrayGetItem(const Arguments& arguments, const Context&, Value* result, std::string*) {
  int64_t index = 0;
  if (!arguments[0].is_array() || !TruncateToInt32(arguments[1], &index) || index < 0) return false;
  const Value::Elements& elements = arguments[0].AsArray();
  if (elements.empty()) {
    *result = Value();  // observed on AWS, though an index past a longer array is a failure
    return true;
  }
  if (index >= static_cast<int64_t>(elements.size())) return false;
  *result = elements[static_cast<size_t>(index)];
  return true;
}

bool ArrayLength(const Arguments& arguments, const Context&, Value* result, std::string*) {
  if (!arguments[0].is_array()) return false;
  *result = Value::Int(static_cast<int64_t>(arguments[0].AsArray().size()));
  return true;
}

bool ArrayUnique(const Arguments& arguments, const Context& context, Value* result, std::string*) {
  if (!arguments[0].is_array()) return false;
  Value::Elements unique;
  ValueSet seen(&context.meter);
  for (const Value& v : arguments[0].AsArray()) {
    if (seen.Contains(v)) continue;
    if (context.meter.is_expression_spent()) return false;
    seen.Insert(v);
    unique.push_back(v);
  }
  *result = Value::Array(std::move(unique));
  return true;
}

}  // namespace pawl::expr::intrinsic
