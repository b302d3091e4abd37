#include "cli/graph/layers.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pawl::cli {
namespace {

constexpr double kStraight = 4;         // weight of the line from the start mark
constexpr int kGap = 3;                 // columns between two items
constexpr double kIndifferent = 0.001;  // weight of an item without neighbours
constexpr int kOrderSweeps = 12;
constexpr int kPlaceSweeps = 16;
constexpr size_t kMostCrossings = 4000;  // items of a block beyond which the order is left as it is

struct Neighbour {
  int item;
  double weight;
};

struct Neighbours {
  std::vector<std::vector<Neighbour>> up;
  std::vector<std::vector<Neighbour>> down;
};

Neighbours NeighboursOf(const LayeredBlock& block) {
  Neighbours all;
  all.up.resize(block.items.size());
  all.down.resize(block.items.size());
  for (const LayerLeg& leg : block.legs) {
    all.down[static_cast<size_t>(leg.from)].push_back({leg.to, leg.weight});
    all.up[static_cast<size_t>(leg.to)].push_back({leg.from, leg.weight});
  }
  return all;
}

// Which edges lead back to a node that is being visited, and the nodes in reverse post-order.
struct DepthFirst {
  std::vector<bool> is_back;
  std::vector<int> order;
};

DepthFirst Visit(size_t node_count, const std::vector<LayerEdge>& edges) {
  DepthFirst result;
  result.is_back.resize(edges.size());
  std::vector<std::vector<size_t>> out(node_count);
  for (size_t e = 0; e < edges.size(); ++e) out[static_cast<size_t>(edges[e].from)].push_back(e);
  enum class Mark { kNew, kOpen, kDone };
  std::vector<Mark> marks(node_count, Mark::kNew);
  for (size_t root = 0; root < node_count; ++root) {
    if (marks[root] != Mark::kNew) continue;
    std::vector<std::pair<size_t, size_t>> stack = {{root, 0}};  // node, next edge
    marks[root] = Mark::kOpen;
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      if (next == out[node].size()) {
        marks[node] = Mark::kDone;
        result.order.push_back(static_cast<int>(node));
        stack.pop_back();
        continue;
      }
      const size_t edge = out[node][next++];
      const auto to = static_cast<size_t>(edges[edge].to);
      if (marks[to] == Mark::kOpen) {
        result.is_back[edge] = true;
      } else if (marks[to] == Mark::kNew) {
        marks[to] = Mark::kOpen;
        stack.emplace_back(to, 0);
      }
    }
  }
  std::reverse(result.order.begin(), result.order.end());
  return result;
}

class Builder {
 public:
  Builder(const std::vector<LayerSize>& nodes, const std::vector<LayerEdge>& edges)
      : nodes_(nodes), edges_(edges) {}

  LayeredBlock Build(bool has_start_mark) {
    const DepthFirst visit = Visit(nodes_.size(), edges_);
    AddNodes(visit, has_start_mark ? 1 : 0);
    if (has_start_mark) {
      const int mark = AddItem(LayerItem::Kind::kStart, -1, {1, 1}, 0);
      block_.legs.push_back({mark, 0, -1, kStraight});
    }
    for (size_t e = 0; e < edges_.size(); ++e) AddEdge(static_cast<int>(e), visit.is_back[e]);
    int deepest = 0;
    for (const LayerItem& item : block_.items) deepest = std::max(deepest, item.layer);
    block_.layers.resize(static_cast<size_t>(deepest) + 1);
    for (size_t i = 0; i < block_.items.size(); ++i) {
      block_.layers[static_cast<size_t>(block_.items[i].layer)].push_back(static_cast<int>(i));
    }
    return std::move(block_);
  }

 private:
  int AddItem(LayerItem::Kind kind, int ref, LayerSize size, int layer) {
    block_.items.push_back({kind, ref, size.width, size.height, layer});
    return static_cast<int>(block_.items.size()) - 1;
  }

  void AddNodes(const DepthFirst& visit, int first_layer) {
    std::vector<int> layer(nodes_.size(), first_layer);
    for (const int node : visit.order) {
      for (size_t e = 0; e < edges_.size(); ++e) {
        if (edges_[e].from != node || visit.is_back[e]) continue;
        int& to = layer[static_cast<size_t>(edges_[e].to)];
        to = std::max(to, layer[static_cast<size_t>(node)] + (edges_[e].label_width > 0 ? 2 : 1));
      }
    }
    for (size_t n = 0; n < nodes_.size(); ++n) {
      AddItem(LayerItem::Kind::kNode, static_cast<int>(n), nodes_[n], layer[n]);
    }
  }

  void AddEdge(int e, bool is_back) {
    const LayerEdge& edge = edges_[static_cast<size_t>(e)];
    int from = edge.from;
    int layer = block_.items[static_cast<size_t>(from)].layer;
    const auto step = [&](LayerItem::Kind kind, LayerSize size) {
      const int item = AddItem(kind, e, size, ++layer);
      block_.legs.push_back({from, item, e, edge.weight});
      from = item;
    };
    if (edge.label_width > 0) step(LayerItem::Kind::kLabel, {edge.label_width, 1});
    if (is_back) {
      block_.back_edges.push_back({from, edge.to, e});
      return;
    }
    const int target = block_.items[static_cast<size_t>(edge.to)].layer;
    while (layer + 1 < target) step(LayerItem::Kind::kDummy, {1, 1});
    block_.legs.push_back({from, edge.to, e, edge.weight});
  }

  const std::vector<LayerSize>& nodes_;
  const std::vector<LayerEdge>& edges_;
  LayeredBlock block_;
};

// --- order within layers -------------------------------------------------------------------------

using Places = std::vector<int>;  // of every item its place in its layer

Places PlacesOf(const LayeredBlock& block) {
  Places places(block.items.size());
  for (const std::vector<int>& layer : block.layers) {
    for (size_t i = 0; i < layer.size(); ++i)
      places[static_cast<size_t>(layer[i])] = static_cast<int>(i);
  }
  return places;
}

int64_t CountCrossings(const LayeredBlock& block, const Neighbours& neighbours) {
  const Places places = PlacesOf(block);
  int64_t crossings = 0;
  for (const std::vector<int>& layer : block.layers) {
    std::vector<int> ends;  // places of the lower ends, by upper item
    for (const int item : layer) {
      std::vector<int> own;
      for (const Neighbour& down : neighbours.down[static_cast<size_t>(item)]) {
        own.push_back(places[static_cast<size_t>(down.item)]);
      }
      for (const int place : own) {
        crossings += std::count_if(ends.begin(), ends.end(), [&](int end) { return end > place; });
      }
      ends.insert(ends.end(), own.begin(), own.end());
    }
  }
  return crossings;
}

void SortByMean(const std::vector<std::vector<Neighbour>>& neighbours, const Places& places,
                std::vector<int>* layer) {
  std::vector<std::pair<double, int>> keyed;
  for (size_t i = 0; i < layer->size(); ++i) {
    const int item = (*layer)[i];
    double sum = 0;
    for (const Neighbour& n : neighbours[static_cast<size_t>(item)]) {
      sum += places[static_cast<size_t>(n.item)];
    }
    const size_t count = neighbours[static_cast<size_t>(item)].size();
    keyed.emplace_back(count == 0 ? static_cast<double>(i) : sum / static_cast<double>(count),
                       item);
  }
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < keyed.size(); ++i) (*layer)[i] = keyed[i].second;
}

void OrderLayers(const Neighbours& neighbours, LayeredBlock* block) {
  if (block->items.size() > kMostCrossings) return;
  std::vector<std::vector<int>> best = block->layers;
  int64_t fewest = CountCrossings(*block, neighbours);
  for (int sweep = 0; sweep < kOrderSweeps && fewest > 0; ++sweep) {
    const size_t n = block->layers.size();
    for (size_t i = 1; i < n; ++i) {
      const size_t at = sweep % 2 == 0 ? i : n - 1 - i;
      SortByMean(sweep % 2 == 0 ? neighbours.up : neighbours.down, PlacesOf(*block),
                 &block->layers[at]);
    }
    const int64_t crossings = CountCrossings(*block, neighbours);
    if (crossings < fewest) {
      fewest = crossings;
      best = block->layers;
    }
  }
  block->layers = std::move(best);
}

// --- columns -------------------------------------------------------------------------------------

struct Wish {
  double port;
  double weight;
  int offset;  // from the first port of the layer, at the least
};

// Ports of a layer, in order, as near to the wishes as the widths allow: isotonic regression.
std::vector<int> Fit(const std::vector<Wish>& wishes) {
  struct Pool {
    double sum;
    double weight;
    int count;
    double mean() const { return sum / weight; }
  };
  std::vector<Pool> pools;
  for (const Wish& wish : wishes) {
    pools.push_back({(wish.port - wish.offset) * wish.weight, wish.weight, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
      const Pool last = pools.back();
      pools.pop_back();
      pools.back().sum += last.sum;
      pools.back().weight += last.weight;
      pools.back().count += last.count;
    }
  }
  std::vector<int> ports;
  for (const Pool& pool : pools) {
    const int base = static_cast<int>(std::floor(pool.mean() + 0.5));
    for (int i = 0; i < pool.count; ++i) ports.push_back(base + wishes[ports.size()].offset);
  }
  return ports;
}

void PlaceLayer(const std::vector<int>& layer,
                const std::vector<std::vector<Neighbour>>& neighbours, LayeredBlock* block) {
  std::vector<Wish> wishes;
  int offset = 0;
  for (size_t i = 0; i < layer.size(); ++i) {
    const LayerItem& item = block->items[static_cast<size_t>(layer[i])];
    if (i > 0) {
      const LayerItem& before = block->items[static_cast<size_t>(layer[i - 1])];
      offset += (before.width - before.width / 2) + kGap + item.width / 2;
    }
    double sum = 0, weight = 0;
    for (const Neighbour& n : neighbours[static_cast<size_t>(layer[i])]) {
      sum += n.weight * block->items[static_cast<size_t>(n.item)].port;
      weight += n.weight;
    }
    // Without neighbours on that side it stays, but gives way.
    wishes.push_back(weight == 0 ? Wish{static_cast<double>(item.port), kIndifferent, offset}
                                 : Wish{sum / weight, weight, offset});
  }
  const std::vector<int> ports = Fit(wishes);
  for (size_t i = 0; i < layer.size(); ++i) {
    block->items[static_cast<size_t>(layer[i])].port = ports[i];
  }
}

void PlaceColumns(const Neighbours& neighbours, LayeredBlock* block) {
  for (const std::vector<int>& layer : block->layers) PlaceLayer(layer, neighbours.up, block);
  for (int sweep = 0; sweep < kPlaceSweeps; ++sweep) {
    const size_t n = block->layers.size();
    for (size_t i = 0; i < n; ++i) {
      const size_t at = sweep % 2 == 0 ? n - 1 - i : i;
      PlaceLayer(block->layers[at], sweep % 2 == 0 ? neighbours.down : neighbours.up, block);
    }
  }
  int leftmost = 0;
  bool is_first = true;
  for (const LayerItem& item : block->items) {
    leftmost = is_first ? item.left() : std::min(leftmost, item.left());
    is_first = false;
  }
  for (LayerItem& item : block->items) {
    item.port -= leftmost;
    block->width = std::max(block->width, item.left() + item.width);
  }
}

}  // namespace

LayeredBlock MakeLayers(const std::vector<LayerSize>& nodes, const std::vector<LayerEdge>& edges,
                        bool has_start_mark) {
  LayeredBlock block = Builder(nodes, edges).Build(has_start_mark);
  const Neighbours neighbours = NeighboursOf(block);
  OrderLayers(neighbours, &block);
  PlaceColumns(neighbours, &block);
  return block;
}

}  // namespace pawl::cli
