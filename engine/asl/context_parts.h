// What the context object ($$, $states.context) consists of. Source: AWS guide, "Context object".
#pragma once

#include <vector>

#include "absl/strings/string_view.h"

namespace pawl::asl {

struct ContextPart {
  absl::string_view name;                  // "Execution"
  std::vector<absl::string_view> members;  // "Id", "Input"...
};

// Task is there in Task states only, Map in a Map state and inside of it.
const std::vector<ContextPart>& ContextParts();

}  // namespace pawl::asl
