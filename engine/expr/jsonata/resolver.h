// Turns the raw tree of the parser into the one that is evaluated: locations become paths with
// steps, predicates and groupings move to the step they belong to, and every "%" finds the step
// whose input it means.
#pragma once

#include "engine/expr/jsonata/ast.h"

namespace pawl::expr::jsonata {

// Raises S0201 to S0217.
NodePtr Resolve(NodePtr raw, Symbols* symbols);

}  // namespace pawl::expr::jsonata
