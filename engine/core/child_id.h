// The name of an execution that a task starts without naming it: the same for the same attempt, so
// that starting it again meets the first one.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "engine/core/event.h"

namespace pawl::core {

std::string ChildUuid(absl::string_view execution_arn, EventId scheduled);

}  // namespace pawl::core
