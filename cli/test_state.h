// pawl machine test-state
#pragma once

#include "cli/command.h"

namespace pawl::cli {

Command TestStateCommand();

}  // namespace pawl::cli
