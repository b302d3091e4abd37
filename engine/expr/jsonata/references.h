// What an expression reads from outside: variables, and the context it may not have.
#pragma once

#include <vector>

#include "engine/expr/jsonata/ast.h"
#include "engine/expr/jsonata/program.h"

namespace pawl::expr::jsonata {

// The free variables of a resolved tree, in the order of the text.
std::vector<Reference> FindReferences(const Node& root, const Symbols& symbols);

// Raises kUnsupportedReference for "$", "$$" and field names that nothing gives a context to.
void CheckContextReferences(const Node& root);

}  // namespace pawl::expr::jsonata
