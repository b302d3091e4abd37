// Completion scripts, made from the table of commands. Names of machines and executions are asked
// of the engine while the user types.
#pragma once

#include <string>

namespace pawl::cli {

std::string BashCompletion();
std::string ZshCompletion();
std::string FishCompletion();

}  // namespace pawl::cli
