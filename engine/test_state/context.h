// The context object of a state under test.
#pragma once

#include <string>

#include "absl/types/optional.h"
#include "engine/asl/state_machine.h"
#include "engine/test_state/test_state.h"
#include "engine/value/value.h"

namespace pawl::test_state {

// As AWS makes it: the execution is an EXPRESS one with made-up names.
Value MakeContext(const Request& request, const asl::State& state, const Value& input,
                  const World& world);

// A context that the request gives for `state`: an object with members that its context object has.
absl::optional<Refusal> CheckContext(const Value& context, const asl::State& state);

}  // namespace pawl::test_state
