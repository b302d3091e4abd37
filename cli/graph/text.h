// A drawing in box characters. Pure.
#pragma once

#include <string>

#include "cli/colour.h"
#include "cli/graph/layout.h"

namespace pawl::cli {

// Lines that end in "\n". `progress` may be nullptr.
std::string DrawText(const Drawing& drawing, const GraphProgress* progress, const Palette& paint);

}  // namespace pawl::cli
