// Which variables each state reads, as AWS lists them of a machine ("variableReferences").
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/asl/state_machine.h"

namespace pawl::asl {

// Names without the "$", sorted, by the name of the state; states of all levels, those that read no
// variable left out.
std::map<std::string, std::vector<std::string>> VariableReferences(const StateMachine& machine);

}  // namespace pawl::asl
