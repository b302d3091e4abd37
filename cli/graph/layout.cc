#include "cli/graph/layout.h"

#include <algorithm>
#include <utility>

#include "cli/graph/layers.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

constexpr int kFrame = 4;      // columns of a box's sides and its padding
constexpr int kTextRows = 4;   // of a box: border, name, detail, border
constexpr int kBranchGap = 5;  // columns between two branches, a divider in the middle

bool IsLabelled(const GraphEdge& edge) { return !edge.label.empty(); }

// The usual way down is straight; what is caught makes room for it.
double WeightOf(const GraphEdge& edge) {
  switch (edge.kind) {
    case GraphEdge::Kind::kNext:
      return 4;
    case GraphEdge::Kind::kChoice:
    case GraphEdge::Kind::kDefault:
      return 1;
    case GraphEdge::Kind::kCatch:
      return 0.02;
  }
  return 1;
}

// A block and all blocks inside, laid out with its top left corner at (0, 0).
class BlockLayout {
 public:
  BlockLayout(const GraphBlock& block, const GraphProgress* progress, const LayoutOptions& options,
              bool is_outermost)
      : block_(block), progress_(progress), options_(options) {
    std::vector<LayerSize> sizes;
    sizes.reserve(block.nodes.size());
    for (const GraphNode& node : block.nodes) sizes.push_back(Measure(node));
    std::vector<LayerEdge> edges;
    std::vector<bool> is_catch;
    for (const GraphEdge& edge : block.edges) {
      labels_.push_back(Truncate(edge.label, options.longest_label));
      edges.push_back({edge.from, edge.to, IsLabelled(edge) ? DisplayWidth(labels_.back()) : 0,
                       WeightOf(edge)});
      is_catch.push_back(edge.kind == GraphEdge::Kind::kCatch);
    }
    layers_ = MakeLayers(sizes, edges, is_outermost);
    routes_ = RouteEdges(layers_, is_catch);
  }

  int width() const { return routes_.width; }
  int height() const { return routes_.height; }

  void Draw(int x, int y, Drawing* drawing) const {
    for (const LayerItem& item : layers_.items) DrawItem(item, x, y, drawing);
    for (const Route& route : routes_.routes) {
      PlacedEdge edge;
      edge.has_arrow = route.has_arrow;
      // Nets are told apart within a block; blocks do not touch.
      edge.net = route.net;
      if (route.edge >= 0) {
        edge.kind = EdgeOf(route.edge).kind;
        edge.was_taken = WasTaken(route.edge);
      } else {
        edge.was_taken = progress_ != nullptr;
      }
      for (const Point& point : route.points) edge.points.push_back({x + point.x, y + point.y});
      drawing->edges.push_back(std::move(edge));
    }
  }

 private:
  const GraphEdge& EdgeOf(int edge) const { return block_.edges[static_cast<size_t>(edge)]; }

  bool WasTaken(int e) const {
    const GraphEdge& edge = EdgeOf(e);
    return progress_ != nullptr &&
           progress_->was_taken(block_.nodes[static_cast<size_t>(edge.from)].name,
                                block_.nodes[static_cast<size_t>(edge.to)].name);
  }

  LayerSize Measure(const GraphNode& node) {
    PlacedNode text;
    text.node = &node;
    text.title = Truncate(node.name, options_.longest_name);
    text.detail = Truncate(node.detail, options_.longest_name);
    if (progress_ != nullptr) text.badge = BadgeOf(progress_->Of(node.name));
    const int badge = text.badge.empty() ? 0 : DisplayWidth(text.badge) + 2;
    LayerSize size;
    size.width = kFrame + std::max(DisplayWidth(text.title) + badge, DisplayWidth(text.detail));
    size.height = kTextRows;
    std::vector<BlockLayout> inner;
    int inner_width = 0, inner_height = 0;
    for (const GraphBlock& block : node.blocks) {
      inner.emplace_back(block, progress_, options_, false);
      inner_width += inner.back().width() + (inner.size() > 1 ? kBranchGap : 0);
      inner_height = std::max(inner_height, inner.back().height());
    }
    size.width = std::max(size.width, inner_width + kFrame);
    if (!inner.empty()) size.height += inner_height;
    texts_.push_back(std::move(text));
    inner_.push_back(std::move(inner));
    return size;
  }

  void DrawItem(const LayerItem& item, int x, int y, Drawing* drawing) const {
    const int left = x + item.left();
    const int top = y + routes_.tops[static_cast<size_t>(item.layer)];
    switch (item.kind) {
      case LayerItem::Kind::kDummy:
        return;
      case LayerItem::Kind::kStart:
        drawing->start = {left, top};
        return;
      case LayerItem::Kind::kLabel:
        drawing->labels.push_back({labels_[static_cast<size_t>(item.ref)], left, top, x + item.port,
                                   EdgeOf(item.ref).kind, WasTaken(item.ref)});
        return;
      case LayerItem::Kind::kNode:
        break;
    }
    PlacedNode node = texts_[static_cast<size_t>(item.ref)];
    node.x = left;
    node.y = top;
    node.width = item.width;
    node.height = item.height;
    drawing->nodes.push_back(std::move(node));
    DrawInside(inner_[static_cast<size_t>(item.ref)], left, top, item, drawing);
  }

  static void DrawInside(const std::vector<BlockLayout>& blocks, int left, int top,
                         const LayerItem& item, Drawing* drawing) {
    int inner_width = 0;
    for (const BlockLayout& block : blocks) inner_width += block.width();
    inner_width += kBranchGap * std::max(0, static_cast<int>(blocks.size()) - 1);
    int x = left + (item.width - inner_width) / 2;
    const int y = top + kTextRows - 1;
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (i > 0) drawing->dividers.push_back({x - kBranchGap / 2 - 1, y, top + item.height - 2});
      blocks[i].Draw(x, y, drawing);
      x += blocks[i].width() + kBranchGap;
    }
  }

  const GraphBlock& block_;
  const GraphProgress* progress_;
  const LayoutOptions& options_;
  std::vector<PlacedNode> texts_;                // by node
  std::vector<std::vector<BlockLayout>> inner_;  // by node
  std::vector<std::string> labels_;              // by edge
  LayeredBlock layers_;
  RoutedBlock routes_;
};

}  // namespace

Drawing LayOut(const GraphBlock& graph, const GraphProgress* progress,
               const LayoutOptions& options) {
  const BlockLayout layout(graph, progress, options, true);
  Drawing drawing;
  drawing.width = layout.width();
  drawing.height = layout.height();
  layout.Draw(0, 0, &drawing);
  return drawing;
}

}  // namespace pawl::cli
