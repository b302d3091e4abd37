#include "cli/graph/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "cli/text.h"

namespace pawl::cli {
namespace {

// The sides of its cell that a line touches.
constexpr uint8_t kNorth = 1, kEast = 2, kSouth = 4, kWest = 8;

struct Stroke {
  int net;
  uint8_t sides;
  bool is_dashed;
  Style style;
};

// A cell holds a glyph of some text, or strokes that become a box character together.
struct GridCell {
  std::string glyph;  // "" : none; "\x01": the right half of a wide glyph
  Style style = Style::kPlain;
  std::vector<Stroke> strokes;
};

// Later ones win where strokes of several styles share a cell.
int Rank(Style style) {
  constexpr std::array<Style, 6> kOrder = {Style::kDim,  Style::kPlain,   Style::kWarn,
                                           Style::kGood, Style::kRunning, Style::kBad};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), style) - kOrder.begin());
}

const char* BoxGlyph(uint8_t sides, bool is_dashed) {
  static constexpr std::array<const char*, 16> kGlyphs = {" ", "│", "─", "╰", "│", "│", "╭", "├",
                                                          "─", "╯", "─", "┴", "╮", "┤", "┬", "┼"};
  if (is_dashed && (sides == (kNorth | kSouth) || sides == kNorth || sides == kSouth)) return "┆";
  if (is_dashed && (sides == (kEast | kWest) || sides == kEast || sides == kWest)) return "┄";
  return kGlyphs[sides];
}

class Grid {
 public:
  Grid(int width, int height)
      : width_(width), cells_(static_cast<size_t>(width) * static_cast<size_t>(height)) {}

  void Text(int x, int y, const std::string& text, Style style) {
    for (const auto& [glyph, width] : Glyphs(text)) {
      At(x, y) = {glyph, style, {}};
      if (width == 2) At(x + 1, y) = {"\x01", style, {}};
      x += width;
    }
  }

  void Line(Point from, Point to, int net, bool is_dashed, Style style) {
    const int dx = (to.x > from.x) - (to.x < from.x);
    const int dy = (to.y > from.y) - (to.y < from.y);
    while (from.x != to.x || from.y != to.y) {
      Add(from, dx > 0 ? kEast : dx < 0 ? kWest : dy > 0 ? kSouth : kNorth, net, is_dashed, style);
      from.x += dx;
      from.y += dy;
      Add(from, dx > 0 ? kWest : dx < 0 ? kEast : dy > 0 ? kNorth : kSouth, net, is_dashed, style);
    }
  }

  void Box(int x, int y, int width, int height, int net, Style style) {
    const int right = x + width - 1, bottom = y + height - 1;
    Line({x, y}, {right, y}, net, false, style);
    Line({right, y}, {right, bottom}, net, false, style);
    Line({right, bottom}, {x, bottom}, net, false, style);
    Line({x, bottom}, {x, y}, net, false, style);
  }

  std::string Render(const Palette& paint) const {
    std::string out;
    for (size_t row = 0; row * static_cast<size_t>(width_) < cells_.size(); ++row) {
      std::string line, run;
      Style style = Style::kPlain;
      size_t end = static_cast<size_t>(width_);
      while (end > 0 && IsEmpty(cells_[row * static_cast<size_t>(width_) + end - 1])) --end;
      for (size_t column = 0; column < end; ++column) {
        const auto [glyph, glyph_style] =
            Compose(cells_[row * static_cast<size_t>(width_) + column]);
        if (glyph_style != style) {
          line += paint(style, run);
          run.clear();
          style = glyph_style;
        }
        run += glyph;
      }
      out += line + paint(style, run) + "\n";
    }
    return out;
  }

 private:
  GridCell& At(int x, int y) {
    return cells_[static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x)];
  }

  static bool IsEmpty(const GridCell& cell) { return cell.glyph.empty() && cell.strokes.empty(); }

  void Add(Point at, uint8_t side, int net, bool is_dashed, Style style) {
    GridCell& cell = At(at.x, at.y);
    for (Stroke& stroke : cell.strokes) {
      if (stroke.net != net) continue;
      stroke.sides |= side;
      stroke.is_dashed = stroke.is_dashed && is_dashed;
      if (Rank(style) > Rank(stroke.style)) stroke.style = style;
      return;
    }
    cell.strokes.push_back({net, side, is_dashed, style});
  }

  static std::pair<std::string, Style> Compose(const GridCell& cell) {
    if (!cell.glyph.empty()) return {cell.glyph == "\x01" ? "" : cell.glyph, cell.style};
    if (cell.strokes.empty()) return {" ", Style::kPlain};
    // Nets that merely cross: the vertical one passes over the other.
    if (cell.strokes.size() == 2) {
      for (size_t i : {0U, 1U}) {
        if (cell.strokes[i].sides == (kNorth | kSouth) &&
            cell.strokes[1 - i].sides == (kEast | kWest)) {
          return {BoxGlyph(cell.strokes[i].sides, cell.strokes[i].is_dashed),
                  cell.strokes[i].style};
        }
      }
    }
    uint8_t sides = 0;
    bool is_dashed = true;
    Style style = cell.strokes[0].style;
    for (const Stroke& stroke : cell.strokes) {
      sides |= stroke.sides;
      is_dashed = is_dashed && stroke.is_dashed;
      if (Rank(stroke.style) > Rank(style)) style = stroke.style;
    }
    return {BoxGlyph(sides, is_dashed), style};
  }

  int width_;
  std::vector<GridCell> cells_;
};

Style EdgeStyle(const PlacedEdge& edge, bool has_progress) {
  if (has_progress && !edge.was_taken) return Style::kDim;
  if (edge.kind == GraphEdge::Kind::kCatch) return Style::kWarn;
  return has_progress ? Style::kGood : Style::kPlain;
}

void DrawNode(const PlacedNode& node, const GraphProgress* progress, int net, Grid* grid) {
  const Style style =
      progress == nullptr ? Style::kPlain : StyleOf(progress->Of(node.node->name).progress);
  const Style title = progress == nullptr ? Style::kBold : style;
  grid->Box(node.x, node.y, node.width, node.height, net, style);
  grid->Text(node.x + 2, node.y + 1, node.title, title);
  grid->Text(node.x + node.width - 2 - DisplayWidth(node.badge), node.y + 1, node.badge, style);
  grid->Text(node.x + 2, node.y + 2, node.detail, Style::kDim);
}

}  // namespace

std::string DrawText(const Drawing& drawing, const GraphProgress* progress, const Palette& paint) {
  Grid grid(drawing.width, drawing.height);
  int box_net = -1;  // nets of edges are not negative
  for (const PlacedNode& node : drawing.nodes) DrawNode(node, progress, box_net--, &grid);
  for (const Divider& divider : drawing.dividers) {
    for (int y = divider.top; y <= divider.bottom; ++y) grid.Text(divider.x, y, "┊", Style::kDim);
  }
  for (const PlacedEdge& edge : drawing.edges) {
    for (size_t i = 1; i < edge.points.size(); ++i) {
      grid.Line(edge.points[i - 1], edge.points[i], edge.net, edge.kind == GraphEdge::Kind::kCatch,
                EdgeStyle(edge, progress != nullptr));
    }
  }
  for (const PlacedEdge& edge : drawing.edges) {
    if (!edge.has_arrow) continue;
    grid.Text(edge.points.back().x, edge.points.back().y, "▼",
              EdgeStyle(edge, progress != nullptr));
  }
  for (const PlacedLabel& label : drawing.labels) {
    const bool is_dim = progress != nullptr && !label.was_taken;
    grid.Text(label.x, label.y, label.text,
              is_dim                                  ? Style::kDim
              : label.kind == GraphEdge::Kind::kCatch ? Style::kWarn
                                                      : Style::kAccent);
  }
  grid.Text(drawing.start.x, drawing.start.y, "●",
            progress == nullptr ? Style::kPlain : Style::kGood);
  return grid.Render(paint);
}

}  // namespace pawl::cli
