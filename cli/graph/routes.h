// The second half of drawing a block: in which row every edge turns, and the rows of the layers.
//
// Between two layers lies a channel. Edges that leave one port share a net (they fork); a net that
// has to go sideways gets a track of the channel, chosen so that two nets never run along each
// other. Edges that lead back up go through a rail, a column to the right of everything. Pure;
// deterministic.
#pragma once

#include <vector>

#include "cli/graph/layers.h"

namespace pawl::cli {

struct Point {
  int x = 0;
  int y = 0;
};

// A polyline of horizontal and vertical pieces. The last point of an edge that reaches a node is
// the cell above its box.
struct Route {
  int edge = -1;
  int net =
      0;  // routes of a net may touch; routes of different nets only cross or meet at their target
  bool has_arrow = false;
  std::vector<Point> points;
};

struct RoutedBlock {
  std::vector<int> tops;  // first row of every layer
  std::vector<Route> routes;
  int width = 0;  // with the rails
  int height = 0;
};

// `is_catch[edge]`: leaves by a port of its own.
RoutedBlock RouteEdges(const LayeredBlock& block, const std::vector<bool>& is_catch);

}  // namespace pawl::cli
