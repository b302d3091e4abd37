// The transitions of a machine as a graph.
#pragma once

#include <vector>

#include "engine/asl/state_machine.h"

namespace pawl::asl {

// All states that `state` may go to next; kNone is left out.
std::vector<StateIndex> Successors(const State& state);

// The strongly connected components: a number for each state, and states have the same one where
// each can be reached from the other. Numbers fall along transitions: what comes later has a
// smaller one (Tarjan 1972).
std::vector<int> Components(const StateMachine& machine);

}  // namespace pawl::asl
