// The binary operators on two values, as they are after evaluation. ("and" and "or" are the
// evaluator's: they may leave the right side alone.)
#pragma once

#include "engine/expr/jsonata/ast.h"
#include "engine/expr/jsonata/item.h"
#include "engine/expr/jsonata/workspace.h"

namespace pawl::expr::jsonata {

// Raises T2001 to T2010, D1001 and D2014, without offset and token.
Item ApplyBinary(BinaryOp op, const Item& lhs, const Item& rhs, Workspace* workspace);

}  // namespace pawl::expr::jsonata
