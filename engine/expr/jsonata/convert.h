// Between items and plain values; truth, equality and text of items.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/expr/jsonata/item.h"
#include "engine/expr/jsonata/workspace.h"

namespace pawl::expr::jsonata {

// What to do with what JSON has no word for.
enum class Fidelity {
  kExact,      // refuse it, and sequences that "[]" keeps too
  kResult,     // refuse functions and infinity
  kAwsResult,  // refuse functions; infinity is the string "Infinity"
};

// `item` as a JSON value; false where something in it is refused. Undefined elements become null.
bool ToValue(const Item& item, Fidelity fidelity, Workspace* workspace, Value* value);

// An object: a plain Value where that loses nothing, otherwise a Record.
Item MakeObject(std::vector<std::pair<std::string, Item>> members, Workspace* workspace);

// The member `key` of an object; of an array, that of all its elements in one sequence.
Item Lookup(const Item& input, absl::string_view key, Workspace* workspace);

// Calls visit(key, item) for every member of an object, in order.
template <typename Visit>
void ForEachMember(const Item& object, Visit visit) {
  if (object.record() != nullptr) {
    for (const auto& [key, item] : object.record()->members) visit(key, item);
  } else if (object.value() != nullptr && object.value()->is_object()) {
    for (const auto& [key, value] : object.value()->AsObject()) visit(key, Item(value));
  }
}

// The effective boolean value. Undefined is false. Raises D1001 for infinity.
bool ToBoolean(const Item& item, Workspace* workspace);

// Raises D1001 for infinity.
bool IsNumeric(const Item& item);
bool IsArrayOfNumbers(const Item& item, Workspace* workspace);
bool IsArrayOfStrings(const Item& item, Workspace* workspace);

// The order of strings, as CompareUtf16. Counts what is looked at.
int CompareText(const std::string& a, const std::string& b, Workspace* workspace);

bool DeepEquals(const Item& a, const Item& b, Workspace* workspace);

// $string: text as it is, everything else as JSON with numbers of 15 digits. Undefined is "".
// Raises D3001 for infinity.
std::string ToText(const Item& item, bool pretty, Workspace* workspace);
// As error messages show an item.
std::string ForMessage(const Item& item);

}  // namespace pawl::expr::jsonata
