// The first half of drawing a block: which layer every item is in, in which order, and in which
// column.
//
// The method is Sugiyama's: loops are set aside, layers come from the longest path, edges that span
// several layers get a dummy in each, the order within layers follows the mean of the neighbours,
// and columns are the least-squares fit to the neighbours' that keeps the order (pool adjacent
// violators). Labels are items with a layer of their own, so nothing is ever drawn over them. Pure;
// deterministic.
#pragma once

#include <string>
#include <vector>

namespace pawl::cli {

struct LayerItem {
  enum class Kind { kNode, kLabel, kDummy, kStart };
  Kind kind = Kind::kNode;
  int ref = -1;  // node, or edge of a label or dummy
  int width = 1;
  int height = 1;
  int layer = 0;
  int port = 0;  // the column where edges come in and go out; the item begins at port - width / 2

  int left() const { return port - width / 2; }
};

// A piece of an edge, from an item to one in the next layer.
struct LayerLeg {
  int from = 0;
  int to = 0;
  int edge = -1;  // -1: from the start mark
  double weight = 1;
};

// An edge that leads back up: from the item where its forward part ends to the node it leads to.
struct BackEdge {
  int from = 0;
  int to = 0;
  int edge = 0;
};

struct LayeredBlock {
  std::vector<LayerItem> items;
  std::vector<LayerLeg> legs;
  std::vector<BackEdge> back_edges;
  std::vector<std::vector<int>> layers;  // items, from left to right
  int width = 0;                         // of all items, without the rails of back edges
};

struct LayerSize {
  int width = 0;
  int height = 0;
};
struct LayerEdge {
  int from = 0;
  int to = 0;
  int label_width = 0;  // 0: no label
  double weight = 1;    // of its wish to be straight
};

// Node 0 is where the block starts. `has_start_mark`: a mark stands above it.
LayeredBlock MakeLayers(const std::vector<LayerSize>& nodes, const std::vector<LayerEdge>& edges,
                        bool has_start_mark);

}  // namespace pawl::cli
