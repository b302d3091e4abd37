// Internal to engine/asl.
#pragma once

#include <functional>
#include <string>

#include "engine/asl/state_machine.h"

namespace pawl::asl {

// Calls visit(pointer, expression) for every expression of a state but not of its branches or
// processor. `pointer` is that of the field, in the whole definition.
void EachExpression(
    const State& state,
    const std::function<void(const std::string& pointer, const expr::Expression&)>& visit);

}  // namespace pawl::asl
