// What AWS's form of an execution's events needs beside them.
#pragma once

#include <string>

#include "engine/core/aws_history.h"
#include "persistence/types.h"

namespace pawl::runtime {

core::HistoryStyle StyleOf(const persistence::ExecutionRow& row, const std::string& role_arn,
                           const std::string& region);

}  // namespace pawl::runtime
