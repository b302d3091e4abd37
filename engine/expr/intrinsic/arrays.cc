#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "engine/expr/intrinsic/functions.h"

namespace pawl::expr::intrinsic {
namespace {

constexpr int64_t kMaxRange = 1000;  // elements, as AWS documents

size_t Mix(size_t hash, size_t part) { return (hash ^ part) * 0x9E3779B97F4A7C15 + 1; }

// Equal values have equal hashes: 1 and 1.0 do, and objects whatever the order of their members.
size_t HashOf(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return 1;
    case Value::Kind::kBool:
      return value.AsBool() ? 2 : 3;
    case Value::Kind::kInt:
    case Value::Kind::kDouble:
    case Value::Kind::kBigNumber: {
      const double d = value.AsDouble();
      return std::hash<double>()(d == 0 ? 0.0 : d);
    }
    case Value::Kind::kString:
      return std::hash<std::string>()(value.AsString());
    case Value::Kind::kArray: {
      size_t hash = 4;
      for (const Value& v : value.AsArray()) hash = Mix(hash, HashOf(v));
      return hash;
    }
    case Value::Kind::kObject: {
      size_t sum = 5;
      for (const Value::Member& m : value.AsObject()) {
        sum += Mix(std::hash<std::string>()(m.first), HashOf(m.second));
      }
      return sum;
    }
  }
  return 0;
}

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

bool ArrayPartition(const Arguments& arguments, const Context&, Value* result, std::string*) {
  int64_t size = 0;
  if (!arguments[0].is_array() || !TruncateToInt32(arguments[1], &size) || size < 1) return false;
  const Value::Elements& elements = arguments[0].AsArray();
  const auto chunk = static_cast<size_t>(size);
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

bool ArrayContains(const Arguments& arguments, const Context&, Value* result, std::string*) {
  if (!arguments[0].is_array()) return false;
  const Value::Elements& elements = arguments[0].AsArray();
  *result =
      Value::Bool(std::find(elements.begin(), elements.end(), arguments[1]) != elements.end());
  return true;
}

bool ArrayRange(const Arguments& arguments, const Context&, Value* result, std::string*) {
  int64_t first = 0, last = 0, step = 0;
  if (!TruncateToInt32(arguments[0], &first) || !TruncateToInt32(arguments[1], &last) ||
      !TruncateToInt32(arguments[2], &step) || step == 0) {
    return false;
  }
  const bool is_empty = step > 0 ? first > last : first < last;
  const int64_t count = is_empty ? 0 : (last - first) / step + 1;
  if (count > kMaxRange) return false;
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

bool ArrayUnique(const Arguments& arguments, const Context&, Value* result, std::string*) {
  if (!arguments[0].is_array()) return false;
  Value::Elements unique;
  absl::flat_hash_map<size_t, std::vector<size_t>> seen;  // hash to places in `unique`
  for (const Value& v : arguments[0].AsArray()) {
    std::vector<size_t>& places = seen[HashOf(v)];
    const bool is_new = std::none_of(places.begin(), places.end(),
                                     [&](size_t place) { return unique[place] == v; });
    if (!is_new) continue;
    places.push_back(unique.size());
    unique.push_back(v);
  }
  *result = Value::Array(std::move(unique));
  return true;
}

}  // namespace pawl::expr::intrinsic
