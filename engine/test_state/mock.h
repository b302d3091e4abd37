// What a request may ask together, and what a mock may hold for a kind of state.
#pragma once

#include "absl/types/optional.h"
#include "engine/asl/state_machine.h"
#include "engine/core/inspection.h"
#include "engine/test_state/definition.h"
#include "engine/test_state/test_state.h"

namespace pawl::test_state {

// Refuses members that need a mock, or that exclude one. Needs no definition.
absl::optional<Refusal> CheckCombination(const Request& request);

// Refuses a state that cannot be tested in this way, with a mock or without one.
absl::optional<Refusal> CheckStateType(const Request& request, const asl::State& state,
                                       bool requires_role);

// The mock as the core takes it, its result checked against the state and the service's API.
absl::optional<Refusal> MakeMock(const Request& request, const TestedState& tested,
                                 core::StateMock* out);

}  // namespace pawl::test_state
