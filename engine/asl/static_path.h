// Internal to engine/asl: what can be said of paths and results without evaluating anything.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/asl/state_machine.h"
#include "engine/value/value.h"

namespace pawl::asl {

struct StaticPath {
  bool is_input = false;           // begins with "$", not with "$$" or a variable
  std::vector<std::string> names;  // the plain names it begins with: $.a.b[0].c has a, b
};

StaticPath ParseStaticPath(absl::string_view text);

// The name that is looked up in vain in the template or literal `json`; nullopt where all are there
// or where that is not known.
absl::optional<std::string> MissingName(const Value& json, bool is_template,
                                        const std::vector<std::string>& names);

// The field that says what the state's result is, where its members can be read off; nullptr
// otherwise.
const char* ResultField(const State& state);

}  // namespace pawl::asl
