// The state under test, cut out of its definition and made a machine of its own.
#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/asl/state_machine.h"
#include "engine/test_state/test_state.h"
#include "engine/value/value.h"

namespace pawl::test_state {

// By AWS's record the state under test has this name, whatever it is called in its machine.
inline constexpr char kTestedStateName[] = "StateName";

struct TestedState {
  std::shared_ptr<const asl::StateMachine> machine;  // starts at the state under test
  Value json;                                        // of the state alone

  const asl::State& state() const;
};

// Compiles all of the definition, then the state alone; where it may go next stand Succeed states.
absl::optional<Refusal> FindTestedState(const Request& request, TestedState* out);

// The state of that name anywhere below `block` (a machine, branch, processor: something with
// "States"); nullptr where there is none.
const Value* FindState(const Value& block, absl::string_view name);
// The same below a Parallel or Map state.
const Value* FindStateInside(const Value& state, absl::string_view name);

}  // namespace pawl::test_state
