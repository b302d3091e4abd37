// Values inside causes.
#pragma once

#include <string>

#include "engine/value/value.h"

namespace pawl::expr {

// The JSON text of `value`, or its kind and size where that would be no message any more.
std::string JsonForMessage(const Value& value);

}  // namespace pawl::expr
