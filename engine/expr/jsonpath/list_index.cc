#include "engine/expr/jsonpath/list_index.h"

#include <algorithm>

#include "engine/value/number.h"
#include "engine/value/value_set.h"

namespace pawl::expr::jsonpath {
namespace {

constexpr size_t kSmall = 8;     // elements; up to here a scan is as fast
constexpr size_t kMaxKnown = 4;  // lists: a filter rarely has more

bool NumberEqualsText(const Value& number, const std::string& text, Meter* meter) {
  return meter->Charge(steps::Scanned(text.size())) && internal::IsJsonNumber(text) &&
         meter->Charge(steps::Converted(text.size())) &&
         AreEqual(number, Value::NumberFromText(text), meter);
}

}  // namespace

bool EqualInFilter(const Value& left, const Value& right, Meter* meter) {
  if (left.is_number() && right.is_string()) {
    return NumberEqualsText(left, right.AsString(), meter);
  }
  if (left.is_string() && right.is_number()) {
    return NumberEqualsText(right, left.AsString(), meter);
  }
  return AreEqual(left, right, meter);
}

struct ListIndex::Index {
  Index(const Value& list, Meter* meter) : values(meter) {
    for (const Value& element : list.AsArray()) {
      if (meter->is_expression_spent()) return;
      values.Insert(element);
      if (element.is_string() && internal::IsJsonNumber(element.AsString())) {
        texts.Insert(Value::NumberFromText(element.AsString()), meter);
      }
    }
  }
  bool Contains(const Value& value, Meter* meter) const {
    if (values.Contains(value)) return true;
    if (value.is_number()) return texts.Contains(value, meter);
    if (!value.is_string() || !internal::IsJsonNumber(value.AsString())) return false;
    const Value number = Value::NumberFromText(value.AsString());
    return values.Contains(number);
  }

  ValueSet values;
  NumberSet texts;  // strings that read as numbers
};

ListIndex::ListIndex() = default;
ListIndex::~ListIndex() = default;

ListIndex::Known* ListIndex::Find(const Value& list) {
  for (Known& known : known_) {
    if (&known.list.AsArray() == &list.AsArray()) return &known;
  }
  if (known_.size() < kMaxKnown) {
    known_.push_back(Known{list, nullptr});
  } else {
    known_[oldest_] = Known{list, nullptr};
    oldest_ = (oldest_ + 1) % kMaxKnown;
  }
  return nullptr;
}

bool ListIndex::Contains(const Value& list, const Value& value, Meter* meter) {
  if (meter->is_expression_spent()) return false;
  const Value::Elements& elements = list.AsArray();
  if (elements.size() > kSmall) {
    if (Known* const known = Find(list); known != nullptr) {
      if (known->index == nullptr) known->index = std::make_unique<Index>(list, meter);
      return known->index->Contains(value, meter);
    }
  }
  return std::any_of(elements.begin(), elements.end(),
                     [&](const Value& element) { return EqualInFilter(element, value, meter); });
}

size_t ListIndex::CountShared(const Value& left, const Value& right, Meter* meter) {
  const Value::Elements& elements = left.AsArray();
  return static_cast<size_t>(
      std::count_if(elements.begin(), elements.end(),
                    [&](const Value& element) { return Contains(right, element, meter); }));
}

}  // namespace pawl::expr::jsonpath
