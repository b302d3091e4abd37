// Equality and membership of values, counted by a Meter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "engine/value/meter.h"
#include "engine/value/value.h"

namespace pawl {

// Whether a == b. The answer does not matter once the expression is spent.
bool AreEqual(const Value& a, const Value& b, Meter* meter);

// What writing `value` as JSON text costs, and what parsing such text costs, see meter.h.
uint64_t JsonSteps(const Value& value);
uint64_t JsonParseSteps(absl::string_view text);

// Numbers by Value's equality, which is not transitive: a double equals every number that reads as
// that double, two numbers of many digits are equal only digit by digit. Thread-compatible.
class NumberSet {
 public:
  bool Contains(const Value& number, Meter* meter) const;
  void Insert(const Value& number, Meter* meter);

 private:
  absl::flat_hash_set<int64_t> integers_;      // exact ones in int64 range
  absl::flat_hash_set<std::string> decimals_;  // exact ones beyond
  absl::flat_hash_set<double> doubles_;        // that were given as such
  absl::flat_hash_set<double> nearest_;        // of those that kept their text
};

// Values by Value's equality, in constant time each for scalars and for containers that differ in
// more than the last digits of their numbers; all else is charged. Thread-compatible.
class ValueSet {
 public:
  explicit ValueSet(Meter* meter) : meter_(meter) {}

  bool Contains(const Value& value) const;
  void Insert(const Value& value);

 private:
  Meter* const meter_;
  bool has_null_ = false;
  bool has_bool_[2] = {false, false};
  NumberSet numbers_;
  absl::flat_hash_set<std::string> strings_;
  absl::flat_hash_map<size_t, std::vector<Value>> containers_;  // by hash
};

}  // namespace pawl
