// Two JSON values compared, in words.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/value/value.h"

namespace pawl::machine_test {

// One line for each place that differs: "output.items[1].sku: expected "A", got "B"". `is_partial`:
// members of objects that `expected` does not name are not looked at.
std::vector<std::string> Differences(absl::string_view what, const Value& expected,
                                     const Value& actual, bool is_partial);

// Whether nothing of `part` is missing in `whole`.
bool Contains(const Value& whole, const Value& part);

}  // namespace pawl::machine_test
