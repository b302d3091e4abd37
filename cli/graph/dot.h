// A state machine for Graphviz: a cluster per Parallel, Map and branch. Pure.
#pragma once

#include <string>

#include "cli/graph/model.h"

namespace pawl::cli {

// `progress` may be nullptr.
std::string DrawDot(const GraphBlock& graph, const GraphProgress* progress,
                    const std::string& title);

}  // namespace pawl::cli
