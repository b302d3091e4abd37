// The flags of everything that is logged: the engine's log, executions, calls.
#pragma once

#include <vector>

#include "engine/flag_setters.h"

namespace pawl {

std::vector<Flag> LogFlags();

}  // namespace pawl
