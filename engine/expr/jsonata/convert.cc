#include "engine/expr/jsonata/convert.h"

#include <algorithm>
#include <cmath>

#include "absl/container/flat_hash_map.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/text.h"
#include "engine/value/value_set.h"

namespace pawl::expr::jsonata {
namespace {

absl::string_view NonFiniteName(double number) {
  if (std::isnan(number)) return "NaN";
  return number > 0 ? "Infinity" : "-Infinity";
}

bool ListToValue(const List& list, Fidelity fidelity, Workspace* workspace, Value* value) {
  // "[]" on a sequence of one must survive in an object under construction.
  if (fidelity == Fidelity::kExact && list.keep_singleton && list.items.size() == 1) {
    return false;
  }
  Value::Elements elements;
  elements.reserve(list.items.size());
  for (const Item& item : list.items) {
    if (!ToValue(item, fidelity, workspace, &elements.emplace_back())) return false;
  }
  workspace->Charge(elements.size() * sizeof(Value));
  *value = Value::Array(std::move(elements));
  return true;
}

bool RecordToValue(const Record& record, Fidelity fidelity, Workspace* workspace, Value* value) {
  Value::Members members;
  members.reserve(record.members.size());
  for (const auto& [key, item] : record.members) {
    if (item.is_undefined()) continue;
    workspace->Charge(key.size() + sizeof(Value));
    if (!ToValue(item, fidelity, workspace, &members.emplace_back(key, Value()).second))
      return false;
  }
  *value = Value::Object(std::move(members));
  return true;
}

// Of two members with one name the later wins, in the place of the first.
Item MakeRecord(std::vector<std::pair<std::string, Item>> members, Workspace* workspace) {
  Ref<Record> record(new Record);
  absl::flat_hash_map<std::string, size_t> places;
  for (auto& [key, item] : members) {
    workspace->Work(4 + steps::Scanned(key.size()));
    const auto [place, is_new] = places.try_emplace(key, record->members.size());
    if (is_new) {
      workspace->Add(record.get(), key, std::move(item));
    } else {
      workspace->Deepen(record.get(), item);
      record->members[place->second].second = std::move(item);
    }
  }
  return Item(std::move(record));
}

}  // namespace

bool ToValue(const Item& item, Fidelity fidelity, Workspace* workspace, Value* value) {
  workspace->Step();
  if (item.value() != nullptr) {
    *value = *item.value();
  } else if (item.is_undefined()) {
    *value = Value::Null();
  } else if (item.list() != nullptr) {
    return ListToValue(*item.list(), fidelity, workspace, value);
  } else if (item.record() != nullptr) {
    return RecordToValue(*item.record(), fidelity, workspace, value);
  } else if (item.tuple() != nullptr) {
    return ToValue(item.tuple()->item, fidelity, workspace, value);
  } else if (item.is_number() && fidelity == Fidelity::kAwsResult) {
    *value = Value::String(NonFiniteName(item.AsNumber()));
  } else {
    return false;
  }
  return true;
}

Item MakeObject(std::vector<std::pair<std::string, Item>> members, Workspace* workspace) {
  Value::Members plain;
  plain.reserve(members.size());
  bool is_plain = true;
  for (auto& [key, item] : members) {
    workspace->Charge(key.size() + sizeof(Value));
    workspace->Work(4);
    Value value;
    is_plain = is_plain && ToValue(item, Fidelity::kExact, workspace, &value);
    if (!is_plain) break;
    plain.emplace_back(key, std::move(value));
  }
  if (is_plain) {
    Value object = Value::Object(std::move(plain));
    workspace->CheckDepth(object.depth());
    return Item(std::move(object));
  }
  return MakeRecord(std::move(members), workspace);
}

Item Lookup(const Item& input, absl::string_view key, Workspace* workspace) {
  if (input.value() != nullptr && input.value()->is_object()) {
    const Value* member = input.value()->Find(key);
    return member == nullptr ? Item() : Item(*member);
  }
  if (input.record() != nullptr) {
    workspace->Work(input.record()->members.size() / 4);
    const Item* member = input.record()->Find(key);
    return member == nullptr ? Item() : *member;
  }
  if (!input.is_array()) return Item();
  const Elements elements(input);
  workspace->Step(elements.size());
  Ref<List> result = workspace->NewList(true);
  for (size_t i = 0; i < elements.size(); ++i) {
    const Item found = Lookup(elements[i], key, workspace);
    if (!found.is_undefined()) workspace->PushAll(result.get(), found);
  }
  return Item(std::move(result));
}

bool ToBoolean(const Item& item, Workspace* workspace) {
  workspace->Step();
  if (item.is_array()) {
    const Elements elements(item);
    for (size_t i = 0; i < elements.size(); ++i) {
      if (ToBoolean(elements[i], workspace)) return true;
    }
    return false;
  }
  if (item.is_number()) return IsNumeric(item) && item.AsNumber() != 0;
  if (item.is_string()) return !item.AsString().empty();
  if (item.record() != nullptr) return !item.record()->members.empty();
  if (item.is_object()) return !item.value()->AsObject().empty();
  return item.is_true();
}

bool IsNumeric(const Item& item) {
  if (!item.is_number() || item.value() != nullptr) return item.is_number();
  if (std::isnan(item.AsNumber())) return false;
  throw Raised("D1001").With("value", "null");
}

bool IsArrayOfNumbers(const Item& item, Workspace* workspace) {
  if (!item.is_array()) return false;
  const Elements elements(item);
  for (size_t i = 0; i < elements.size(); ++i) {
    workspace->Work(1);
    const Value* value = elements.value(i);
    if (value != nullptr ? !value->is_number() : !IsNumeric(elements[i])) return false;
  }
  return true;
}

bool IsArrayOfStrings(const Item& item, Workspace* workspace) {
  if (!item.is_array()) return false;
  const Elements elements(item);
  for (size_t i = 0; i < elements.size(); ++i) {
    workspace->Work(1);
    const Value* value = elements.value(i);
    if (value == nullptr || !value->is_string()) return false;
  }
  return true;
}

int CompareText(const std::string& a, const std::string& b, Workspace* workspace) {
  size_t common = 0;
  const int order = CompareUtf16(a, b, &common);
  workspace->Work(1 + steps::Scanned(common));
  return order;
}

bool DeepEquals(const Item& a, const Item& b, Workspace* workspace) {
  workspace->Step();
  if (a.value() != nullptr && b.value() != nullptr) {
    const bool equal = AreEqual(*a.value(), *b.value(), &workspace->meter());
    workspace->Work(0);  // raises where the comparison was cut short
    return equal;
  }
  if (a.is_number() && b.is_number()) return a.AsNumber() == b.AsNumber();
  if (a.is_array() && b.is_array()) {
    const Elements x(a);
    const Elements y(b);
    if (x.size() != y.size()) return false;
    for (size_t i = 0; i < x.size(); ++i) {
      if (!DeepEquals(x[i], y[i], workspace)) return false;
    }
    return true;
  }
  if (a.is_object() && b.is_object()) {
    size_t count = 0;
    bool equal = true;
    ForEachMember(a, [&](const std::string& key, const Item& item) {
      ++count;
      equal = equal && DeepEquals(item, Lookup(b, key, workspace), workspace);
    });
    ForEachMember(b, [&](const std::string&, const Item&) { --count; });
    return equal && count == 0;
  }
  return a.function() != nullptr && a.function() == b.function();
}

}  // namespace pawl::expr::jsonata
