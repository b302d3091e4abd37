// Where everything of a graph stands, in character cells: what the terminal prints as it is and the
// SVG scales. Pure; deterministic.
#pragma once

#include <string>
#include <vector>

#include "cli/graph/model.h"
#include "cli/graph/routes.h"

namespace pawl::cli {

struct LayoutOptions {
  int longest_name = 32;  // columns; longer ones are cut
  int longest_label = 30;
};

struct PlacedNode {
  const GraphNode* node = nullptr;
  std::string title;  // cut to what fits
  std::string detail;
  std::string badge;
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

struct PlacedLabel {
  std::string text;
  int x = 0;
  int y = 0;
  int port = 0;  // the column of the edge that it stands on
  GraphEdge::Kind kind = GraphEdge::Kind::kNext;
  bool was_taken = false;
};

struct PlacedEdge {
  GraphEdge::Kind kind = GraphEdge::Kind::kNext;
  bool was_taken = false;
  bool has_arrow = false;
  int net = 0;  // see Route
  std::vector<Point> points;
};

// Between the branches of a Parallel.
struct Divider {
  int x = 0;
  int top = 0;
  int bottom = 0;
};

struct Drawing {
  int width = 0;
  int height = 0;
  Point start;                    // of the start mark
  std::vector<PlacedNode> nodes;  // outer ones before inner ones
  std::vector<PlacedLabel> labels;
  std::vector<PlacedEdge> edges;
  std::vector<Divider> dividers;
};

// `progress` may be nullptr. The drawing refers to `graph`.
Drawing LayOut(const GraphBlock& graph, const GraphProgress* progress,
               const LayoutOptions& options);

}  // namespace pawl::cli
