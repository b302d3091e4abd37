#include "engine/value/value_set.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "engine/value/json.h"
#include "engine/value/number.h"

namespace pawl {
namespace {

constexpr uint64_t kStepsPerLookup = 4;
constexpr uint64_t kStepsPerDouble = 15;   // written as text
constexpr uint64_t kStepsPerDecimal = 20;  // a number taken apart, besides its digits

size_t Mix(size_t hash, size_t part) { return (hash ^ part) * 0x9E3779B97F4A7C15 + 1; }

bool IsBig(const Value& value) { return value.kind() == Value::Kind::kBigNumber; }

uint64_t NumberSteps(const Value& a, const Value& b) {
  if (!IsBig(a) && !IsBig(b)) return 1;
  return kStepsPerDecimal + (a.weight() + b.weight()) / 4;
}

// Equal values have equal hashes: 1 and 1.0 do, and objects whatever the order of their members.
size_t HashOf(const Value& value, Meter* meter) {
  if (!meter->Charge(2)) return 0;
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
      if (!meter->Charge(steps::Scanned(value.AsString().size()))) return 0;
      return std::hash<std::string>()(value.AsString());
    case Value::Kind::kArray: {
      size_t hash = 4;
      for (const Value& v : value.AsArray()) hash = Mix(hash, HashOf(v, meter));
      return hash;
    }
    case Value::Kind::kObject: {
      size_t sum = 5;
      for (const Value::Member& m : value.AsObject()) {
        if (!meter->Charge(2 + steps::Scanned(m.first.size()))) return 0;
        sum += Mix(std::hash<std::string>()(m.first), HashOf(m.second, meter));
      }
      return sum;
    }
  }
  return 0;
}

std::string DecimalKey(const internal::Decimal& decimal) {
  return absl::StrCat(decimal.negative ? "-" : "", decimal.digits, "e", decimal.exponent);
}

bool AreObjectsEqual(const Value& a, const Value& b, Meter* meter) {
  for (const Value::Member& m : a.AsObject()) {
    if (!meter->Charge(kStepsPerLookup + steps::Scanned(m.first.size()))) return false;
    const Value* other = b.Find(m.first);
    if (other == nullptr || !AreEqual(m.second, *other, meter)) return false;
  }
  return true;
}

}  // namespace

bool AreEqual(const Value& a, const Value& b, Meter* meter) {
  if (!meter->Charge(1)) return false;
  if (a.is_number() && b.is_number()) return meter->Charge(NumberSteps(a, b)) && a == b;
  if (a.kind() != b.kind()) return false;
  if (a.is_string()) {
    const bool may_be = a.AsString().size() == b.AsString().size();
    return may_be && meter->Charge(steps::Copied(a.AsString().size())) && a == b;
  }
  if (a.is_array()) {
    const Value::Elements& x = a.AsArray();
    const Value::Elements& y = b.AsArray();
    if (&x == &y) return true;
    if (x.size() != y.size()) return false;
    for (size_t i = 0; i < x.size(); ++i) {
      if (!AreEqual(x[i], y[i], meter)) return false;
    }
    return true;
  }
  if (a.is_object()) {
    if (&a.AsObject() == &b.AsObject()) return true;
    return a.AsObject().size() == b.AsObject().size() && AreObjectsEqual(a, b, meter);
  }
  return a == b;
}

uint64_t JsonSteps(const Value& value) {
  uint64_t sum = 1;
  if (value.is_array()) {
    for (const Value& v : value.AsArray()) sum += JsonSteps(v);
  } else if (value.is_object()) {
    for (const Value::Member& m : value.AsObject()) {
      sum += 1 + steps::Scanned(m.first.size()) + JsonSteps(m.second);
    }
  } else if (value.is_string()) {
    sum += steps::Scanned(value.AsString().size());
  } else if (value.kind() == Value::Kind::kDouble) {
    sum += kStepsPerDouble;
  } else {
    sum += 1 + steps::Copied(static_cast<size_t>(value.weight()));
  }
  return sum;
}

uint64_t JsonParseSteps(absl::string_view text) {
  // A container and a scalar take the same time however short they are.
  constexpr uint64_t kStepsPerContainer = 20;
  constexpr uint64_t kStepsPerScalar = 6;
  uint64_t containers = 0, scalars = 0;
  for (char c : text) {
    containers += c == '[' || c == '{' ? 1 : 0;
    scalars += c == ',' || c == ':' ? 1 : 0;
  }
  return 1 + text.size() / 4 + kStepsPerContainer * containers + kStepsPerScalar * scalars;
}

bool NumberSet::Contains(const Value& number, Meter* meter) const {
  if (!meter->Charge(kStepsPerLookup)) return false;
  int64_t n = 0;
  if (!IsBig(number)) {
    const bool is_integer = number.ToInt64(&n);
    if (is_integer && integers_.contains(n)) return true;
    if (number.is_int()) {
      // A double equals an integer only where it is exactly that integer.
      const double d = number.AsDouble();
      int64_t exact = 0;
      return doubles_.contains(d) && internal::DoubleToInt64(d, &exact) && exact == n;
    }
    return doubles_.contains(number.AsDouble()) || nearest_.contains(number.AsDouble());
  }
  if (!meter->Charge(NumberSteps(number, number))) return false;
  if (doubles_.contains(number.AsDouble())) return true;
  if (number.ToInt64(&n)) return integers_.contains(n);
  return decimals_.contains(DecimalKey(internal::ParseDecimal(ToJson(number))));
}

void NumberSet::Insert(const Value& number, Meter* meter) {
  if (!meter->Charge(kStepsPerLookup)) return;
  int64_t n = 0;
  if (number.is_int()) {
    number.ToInt64(&n);
    integers_.insert(n);
  } else if (!IsBig(number)) {
    doubles_.insert(number.AsDouble());
  } else if (meter->Charge(NumberSteps(number, number))) {
    nearest_.insert(number.AsDouble());
    if (number.ToInt64(&n)) {
      integers_.insert(n);
    } else {
      decimals_.insert(DecimalKey(internal::ParseDecimal(ToJson(number))));
    }
  }
}

bool ValueSet::Contains(const Value& value) const {
  if (!meter_->Charge(kStepsPerLookup)) return false;
  if (value.is_null()) return has_null_;
  if (value.is_bool()) return has_bool_[value.AsBool() ? 1 : 0];
  if (value.is_number()) return numbers_.Contains(value, meter_);
  if (value.is_string()) {
    return meter_->Charge(steps::Scanned(value.AsString().size())) &&
           strings_.contains(value.AsString());
  }
  const auto found = containers_.find(HashOf(value, meter_));
  if (found == containers_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](const Value& other) { return pawl::AreEqual(other, value, meter_); });
}

void ValueSet::Insert(const Value& value) {
  if (!meter_->Charge(2 * kStepsPerLookup)) return;
  if (value.is_null()) {
    has_null_ = true;
  } else if (value.is_bool()) {
    has_bool_[value.AsBool() ? 1 : 0] = true;
  } else if (value.is_number()) {
    numbers_.Insert(value, meter_);
  } else if (value.is_string()) {
    if (!meter_->Charge(2 * steps::Scanned(value.AsString().size()))) return;
    strings_.insert(value.AsString());
  } else {
    std::vector<Value>& same_hash = containers_[HashOf(value, meter_)];
    same_hash.push_back(value);
  }
}

}  // namespace pawl
