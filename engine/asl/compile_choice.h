#pragma once

#include <string>

#include "engine/asl/field_reader.h"
#include "engine/asl/state_machine.h"
#include "engine/value/value.h"

namespace pawl::asl {

// One Choice rule's comparison (ASL, "Choice Rules"), with And, Or and Not below it. Members that
// belong to the rule itself (Next, Assign, Output) must have been taken from `reader` before.
Condition CompileCondition(FieldReader* reader);

}  // namespace pawl::asl
