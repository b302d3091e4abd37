// Colours of pictures (SVG, Graphviz); those of the terminal are colour.h's.
#pragma once

#include "cli/graph/model.h"

namespace pawl::cli {

struct PictureColours {
  const char* line;
  const char* fill;
  const char* text;
};

// nullptr: a machine without an execution.
inline PictureColours ColoursOf(const StateCounts* counts) {
  if (counts == nullptr) return {"#5b6472", "#ffffff", "#1f2630"};
  switch (counts->progress) {
    case StateProgress::kNotReached:
      return {"#c3c8d0", "#fafbfc", "#8a93a0"};
    case StateProgress::kRunning:
      return {"#1f6feb", "#e3efff", "#0b3d91"};
    case StateProgress::kSucceeded:
      return {"#2f9e57", "#e6f6ec", "#1b5e37"};
    case StateProgress::kFailed:
      return {"#d1343b", "#fdeaea", "#8f1d22"};
    case StateProgress::kCaught:
    case StateProgress::kStopped:
      return {"#c98a00", "#fff6dd", "#7a5400"};
  }
  return {"#5b6472", "#ffffff", "#1f2630"};
}

}  // namespace pawl::cli
