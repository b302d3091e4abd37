// A drawing as a self-contained SVG: no scripts, no fonts, no links. Pure.
#pragma once

#include <string>

#include "cli/graph/layout.h"

namespace pawl::cli {

// `progress` may be nullptr.
std::string DrawSvg(const Drawing& drawing, const GraphProgress* progress,
                    const std::string& title);

}  // namespace pawl::cli
