// The functions that may end a path: $.prices.sum().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/expr/jsonpath/ast.h"
#include "engine/value/value.h"

namespace pawl::expr::jsonpath {

// What ApplyFunction will cost.
uint64_t StepsOf(Function function, const Value& operand, const std::vector<Value>& arguments);

// False, with the reason in *why, where the function has no value (the minimum of nothing).
bool ApplyFunction(Function function, const Value& operand, const std::vector<Value>& arguments,
                   Value* result, std::string* why);

}  // namespace pawl::expr::jsonpath
