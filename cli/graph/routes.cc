#include "cli/graph/routes.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace pawl::cli {
namespace {

constexpr int kNoColumn = -1;
constexpr int kCatchPortWidth = 9;  // narrower boxes have one port for all

// What leaves one port into a channel, or comes out of a rail into it.
struct Net {
  int source = kNoColumn;    // column at the top; kNoColumn: from a rail
  std::vector<int> targets;  // columns at the bottom
  std::vector<int> rails;    // columns that lead up
  int track = kNoColumn;     // kNoColumn: straight down

  int min() const { return *std::min_element(columns.begin(), columns.end()); }
  int max() const { return *std::max_element(columns.begin(), columns.end()); }
  bool is_straight() const { return min() == max(); }
  std::vector<int> columns;
};

struct Channel {
  std::vector<Net> nets;
  std::map<std::pair<int, bool>, size_t> by_port;  // item, is_catch
  int tracks = 0;
  bool has_arrows = false;
  bool is_used = false;
};

class Router {
 public:
  Router(const LayeredBlock& block, const std::vector<bool>& is_catch)
      : block_(block), is_catch_(is_catch), channels_(block.layers.size() + 1) {}

  RoutedBlock Route() {
    for (const LayerLeg& leg : block_.legs) AddLeg(leg);
    PlaceRails();
    for (Channel& channel : channels_) AssignTracks(&channel);
    PlaceRows();
    for (const LayerLeg& leg : block_.legs) DrawLeg(leg);
    for (const BackEdge& edge : block_.back_edges) DrawBackEdge(edge);
    return std::move(routed_);
  }

 private:
  const LayerItem& Item(int item) const { return block_.items[static_cast<size_t>(item)]; }
  Channel& Below(int item) { return channels_[static_cast<size_t>(Item(item).layer) + 1]; }
  Channel& Above(int item) { return channels_[static_cast<size_t>(Item(item).layer)]; }

  bool LeavesByCatchPort(int item, int edge) const {
    return edge >= 0 && is_catch_[static_cast<size_t>(edge)] &&
           Item(item).kind == LayerItem::Kind::kNode && Item(item).width >= kCatchPortWidth;
  }

  int OutColumn(int item, int edge) const {
    const LayerItem& from = Item(item);
    return LeavesByCatchPort(item, edge) ? from.left() + from.width - 3 : from.port;
  }

  size_t NetOf(int item, int edge) {
    Channel& channel = Below(item);
    const auto [found, is_new] =
        channel.by_port.try_emplace({item, LeavesByCatchPort(item, edge)}, channel.nets.size());
    if (is_new) {
      Net net;
      net.source = OutColumn(item, edge);
      net.columns.push_back(net.source);
      channel.nets.push_back(std::move(net));
    }
    return found->second;
  }

  void AddLeg(const LayerLeg& leg) {
    Channel& channel = Below(leg.from);
    Net& net = channel.nets[NetOf(leg.from, leg.edge)];
    net.targets.push_back(Item(leg.to).port);
    net.columns.push_back(Item(leg.to).port);
    channel.is_used = true;
    if (Item(leg.to).kind == LayerItem::Kind::kNode) channel.has_arrows = true;
  }

  // One rail for all loops to a node. Shorter ones lie further in, so that rails cross less.
  void PlaceRails() {
    std::map<int, int> span;  // of the longest loop, by target
    for (const BackEdge& edge : block_.back_edges) {
      int& longest = span[edge.to];
      longest = std::max(longest, Item(edge.from).layer - Item(edge.to).layer);
    }
    std::vector<int> order;
    order.reserve(span.size());
    for (const auto& [target, length] : span) order.push_back(target);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return span[a] < span[b]; });
    int column = block_.width + 1;
    for (const int target : order) {
      rails_[target] = column;
      Channel& channel = Above(target);
      Net in;
      in.targets = {Item(target).port};
      in.columns = {column, Item(target).port};
      entries_[target] = channel.nets.size();
      channel.nets.push_back(std::move(in));
      channel.is_used = channel.has_arrows = true;
      column += 2;
    }
    for (const BackEdge& edge : block_.back_edges) {
      Net& out = Below(edge.from).nets[NetOf(edge.from, edge.edge)];
      out.rails.push_back(rails_[edge.to]);
      out.columns.push_back(rails_[edge.to]);
      Below(edge.from).is_used = true;
    }
    routed_.width = rails_.empty() ? block_.width : column - 1;
  }

  // `a` has to turn above `b`: where a's source stands over b's target they would run along each
  // other.
  static bool MustBeAbove(const Net& a, const Net& b) {
    return &a != &b && a.source != kNoColumn &&
           std::find(b.targets.begin(), b.targets.end(), a.source) != b.targets.end();
  }

  // They meet in their target, so they may as well meet before.
  static bool HaveOneTarget(const Net& a, const Net& b) {
    return a.rails.empty() && b.rails.empty() && a.targets.size() == 1 && a.targets == b.targets;
  }

  // Nets that go right are taken from the right, those that go left from the left: fewest
  // crossings.
  static std::tuple<int, int> Preference(const Net& net) {
    if (net.source == kNoColumn) return {2, -net.max()};
    const bool goes_right = net.max() - net.source > net.source - net.min();
    return goes_right ? std::make_tuple(1, -net.source) : std::make_tuple(0, net.source);
  }

  static void AssignTracks(Channel* channel) {
    std::vector<Net*> waiting;
    for (Net& net : channel->nets) {
      if (!net.is_straight()) waiting.push_back(&net);
    }
    std::stable_sort(waiting.begin(), waiting.end(),
                     [](const Net* a, const Net* b) { return Preference(*a) < Preference(*b); });
    std::vector<const Net*> placed;
    while (!waiting.empty()) {
      // One that nobody has to stand above; where they wait for each other in a circle, the first.
      auto next = std::find_if(waiting.begin(), waiting.end(), [&](const Net* net) {
        return std::none_of(waiting.begin(), waiting.end(),
                            [&](const Net* other) { return MustBeAbove(*other, *net); });
      });
      if (next == waiting.end()) next = waiting.begin();
      Net* net = *next;
      waiting.erase(next);
      int track = 0;
      for (const Net* other : placed) {
        if (MustBeAbove(*other, *net)) track = std::max(track, other->track + 1);
      }
      const auto is_free = [&] {
        return std::none_of(placed.begin(), placed.end(), [&](const Net* other) {
          return other->track == track && !HaveOneTarget(*other, *net) &&
                 other->min() <= net->max() + 1 && net->min() <= other->max() + 1;
        });
      };
      while (!is_free()) ++track;
      net->track = track;
      channel->tracks = std::max(channel->tracks, track + 1);
      placed.push_back(net);
    }
  }

  void PlaceRows() {
    int y = 0;
    for (size_t i = 0; i <= block_.layers.size(); ++i) {
      const Channel& channel = channels_[i];
      channel_tops_.push_back(y);
      if (channel.is_used) y += std::max(1, channel.tracks + (channel.has_arrows ? 1 : 0));
      if (i == block_.layers.size()) break;
      routed_.tops.push_back(y);
      int height = 1;
      for (const int item : block_.layers[i]) height = std::max(height, Item(item).height);
      heights_.push_back(height);
      y += height;
    }
    routed_.height = y;
  }

  // Dummies are lines: an edge passes them from their first row to the last of their layer.
  Point StartOf(int item, int edge) const {
    const auto layer = static_cast<size_t>(Item(item).layer);
    const int height =
        Item(item).kind == LayerItem::Kind::kDummy ? heights_[layer] : Item(item).height;
    return {OutColumn(item, edge), routed_.tops[layer] + height - 1};
  }

  Point EndOf(int item) const {
    const auto layer = static_cast<size_t>(Item(item).layer);
    const int top = routed_.tops[layer];
    switch (Item(item).kind) {
      case LayerItem::Kind::kNode:
        return {Item(item).port, top - 1};
      case LayerItem::Kind::kDummy:
        return {Item(item).port, top + heights_[layer] - 1};
      default:
        return {Item(item).port, top};
    }
  }

  int NetId(size_t channel, size_t net) const { return static_cast<int>(channel * 10'000 + net); }

  void DrawLeg(const LayerLeg& leg) {
    const size_t channel = static_cast<size_t>(Item(leg.from).layer) + 1;
    const size_t index = NetOf(leg.from, leg.edge);
    const Net& net = channels_[channel].nets[index];
    const Point start = StartOf(leg.from, leg.edge);
    const Point end = EndOf(leg.to);
    pawl::cli::Route route;
    route.edge = leg.edge;
    route.net = NetId(channel, index);
    route.has_arrow = Item(leg.to).kind == LayerItem::Kind::kNode;
    route.points.push_back(start);
    if (start.x != end.x) {
      const int y = channel_tops_[channel] + net.track;
      route.points.push_back({start.x, y});
      route.points.push_back({end.x, y});
    }
    route.points.push_back(end);
    routed_.routes.push_back(std::move(route));
  }

  void DrawBackEdge(const BackEdge& edge) {
    const size_t below = static_cast<size_t>(Item(edge.from).layer) + 1;
    const auto above = static_cast<size_t>(Item(edge.to).layer);
    const size_t net = NetOf(edge.from, edge.edge);
    const Point start = StartOf(edge.from, edge.edge);
    const Point end = EndOf(edge.to);
    const int low = channel_tops_[below] + channels_[below].nets[net].track;
    const int high = channel_tops_[above] + channels_[above].nets[entries_.at(edge.to)].track;
    pawl::cli::Route route;
    route.edge = edge.edge;
    route.net = NetId(below, net);
    route.has_arrow = true;
    route.points = {
        start, {start.x, low}, {rails_.at(edge.to), low}, {rails_.at(edge.to), high}, {end.x, high},
        end};
    routed_.routes.push_back(std::move(route));
  }

  const LayeredBlock& block_;
  const std::vector<bool>& is_catch_;
  std::vector<Channel> channels_;  // [i] lies above layer i
  std::vector<int> channel_tops_;
  std::vector<int> heights_;
  std::map<int, int> rails_;       // column, by target
  std::map<int, size_t> entries_;  // net in the channel above, by target
  RoutedBlock routed_;
};

}  // namespace

RoutedBlock RouteEdges(const LayeredBlock& block, const std::vector<bool>& is_catch) {
  return Router(block, is_catch).Route();
}

}  // namespace pawl::cli
