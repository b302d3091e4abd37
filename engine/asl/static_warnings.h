// Internal to engine/asl: AWS's own warnings (API reference, "ValidateStateMachineDefinition
// Diagnostic"): text that looks like a path where nothing evaluates it.
#pragma once

#include "engine/asl/diagnostic_sink.h"
#include "engine/asl/state_machine.h"
#include "engine/value/value.h"

namespace pawl::asl {

// NO_DOLLAR, NO_PATH and PASS_RESULT_IS_STATIC of a JSONPath state written as `json`.
void WarnOfStaticPaths(const State& state, const Value& json, DiagnosticSink* sink);

}  // namespace pawl::asl
