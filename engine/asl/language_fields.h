// Internal to engine/asl: fields that a state has in one query language only (ASL, "Query
// language").
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "engine/asl/state_machine.h"

namespace pawl::asl {

// "JSONPath", "JSONata"
absl::string_view LanguageName(QueryLanguage language);

// Whether `field` belongs to the language that `language` is not.
bool IsFieldOfOther(absl::string_view field, QueryLanguage language);

// What stands in for such a field: "JSONata has Arguments instead".
std::string InOtherLanguage(absl::string_view field);

}  // namespace pawl::asl
