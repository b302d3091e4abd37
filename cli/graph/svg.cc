#include "cli/graph/svg.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "cli/graph/picture_colours.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

constexpr int kCellWidth = 8;
constexpr int kCellHeight = 18;
constexpr int kMargin = 20;
constexpr int kTitleHeight = 30;
constexpr int kCorner = 7;  // radius where an edge turns

constexpr char kTaken[] = "#2f9e57";
constexpr char kNotTaken[] = "#c3c8d0";
constexpr char kEdge[] = "#5b6472";
constexpr char kCatchEdge[] = "#c98a00";

int PixelX(int column) { return kMargin + column * kCellWidth + kCellWidth / 2; }
int PixelY(int row) { return kMargin + kTitleHeight + row * kCellHeight + kCellHeight / 2; }

std::string Escape(absl::string_view text) {
  return absl::StrReplaceAll(OneLine(text),
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

std::string Text(int x, int y, const char* style, const char* colour, absl::string_view text,
                 const char* anchor = "start") {
  return absl::StrFormat(
      "<text x=\"%d\" y=\"%d\" class=\"%s\" fill=\"%s\" text-anchor=\"%s\">%s</text>\n", x, y,
      style, colour, anchor, Escape(text));
}

struct Pixel {
  int x;
  int y;
};

// A polyline with round corners.
std::string PathOf(const std::vector<Pixel>& points) {
  std::string path = absl::StrFormat("M%d %d", points[0].x, points[0].y);
  for (size_t i = 1; i < points.size(); ++i) {
    const Pixel& at = points[i];
    if (i + 1 == points.size()) {
      absl::StrAppendFormat(&path, " L%d %d", at.x, at.y);
      break;
    }
    const Pixel& before = points[i - 1];
    const Pixel& after = points[i + 1];
    const auto toward = [&](const Pixel& other) {
      const int distance = std::abs(other.x - at.x) + std::abs(other.y - at.y);
      const int radius = std::min(kCorner, distance / 2);
      return Pixel{at.x + (other.x > at.x   ? radius
                           : other.x < at.x ? -radius
                                            : 0),
                   at.y + (other.y > at.y   ? radius
                           : other.y < at.y ? -radius
                                            : 0)};
    };
    absl::StrAppendFormat(&path, " L%d %d Q%d %d %d %d", toward(before).x, toward(before).y, at.x,
                          at.y, toward(after).x, toward(after).y);
  }
  return path;
}

std::string EdgeMarkup(const PlacedEdge& edge, bool has_progress) {
  const bool is_catch = edge.kind == GraphEdge::Kind::kCatch;
  const char* colour = has_progress && !edge.was_taken ? kNotTaken
                       : is_catch                      ? kCatchEdge
                       : has_progress                  ? kTaken
                                                       : kEdge;
  std::vector<Pixel> points;
  points.reserve(edge.points.size());
  for (const Point& point : edge.points) points.push_back({PixelX(point.x), PixelY(point.y)});
  // The arrow ends at the box, not in the cell above it.
  if (edge.has_arrow) points.back().y += kCellHeight - 5;
  std::string out =
      absl::StrFormat("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s/>\n",
                      PathOf(points), colour, has_progress && edge.was_taken ? "2" : "1.4",
                      is_catch ? " stroke-dasharray=\"5 4\"" : "");
  if (edge.has_arrow) {
    const Pixel tip = {points.back().x, points.back().y + 4};
    absl::StrAppendFormat(&out, "<path d=\"M%d %d l-4 -8 h8 z\" fill=\"%s\"/>\n", tip.x, tip.y,
                          colour);
  }
  return out;
}

std::string NodeMarkup(const PlacedNode& node, const GraphProgress* progress) {
  const StateCounts counts = progress == nullptr ? StateCounts() : progress->Of(node.node->name);
  const PictureColours colours = ColoursOf(progress == nullptr ? nullptr : &counts);
  const bool is_container = !node.node->blocks.empty();
  const int left = PixelX(node.x), right = PixelX(node.x + node.width - 1);
  std::string out = absl::StrFormat(
      "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"9\" fill=\"%s\" fill-opacity=\"%s\" "
      "stroke=\"%s\" "
      "stroke-width=\"1.4\"><title>%s</title></rect>\n",
      left, PixelY(node.y), right - left, (node.height - 1) * kCellHeight, colours.fill,
      is_container ? "0.45" : "1", colours.line, Escape(node.node->name));
  const int text = left + 12;
  absl::StrAppend(&out, Text(text, PixelY(node.y + 1) + 4, "n", colours.text, node.title),
                  Text(text, PixelY(node.y + 2) + 3, "d", "#6b7480", node.detail));
  if (!node.badge.empty()) {
    absl::StrAppend(&out,
                    Text(right - 10, PixelY(node.y + 1) + 4, "n", colours.line, node.badge, "end"));
  }
  return out;
}

}  // namespace

std::string DrawSvg(const Drawing& drawing, const GraphProgress* progress,
                    const std::string& title) {
  const int width = 2 * kMargin + drawing.width * kCellWidth;
  const int height = 2 * kMargin + kTitleHeight + drawing.height * kCellHeight;
  std::string out = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
      "role=\"img\">\n"
      "<title>%s</title>\n"
      "<style>text{font-family:Inter,'Helvetica "
      "Neue',Helvetica,Arial,sans-serif}.t{font-size:15px;font-weight:600}"
      ".n{font-size:13px;font-weight:600}.d{font-size:11px}.l{font-size:11px;font-style:italic}</"
      "style>\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
      width, height, width, height, Escape(title));
  absl::StrAppend(&out, Text(kMargin, kMargin + 10, "t", "#1f2630", title));
  for (const PlacedNode& node : drawing.nodes) out += NodeMarkup(node, progress);
  for (const Divider& divider : drawing.dividers) {
    absl::StrAppendFormat(&out,
                          "<path d=\"M%d %d V%d\" stroke=\"#c3c8d0\" stroke-dasharray=\"2 4\"/>\n",
                          PixelX(divider.x), PixelY(divider.top), PixelY(divider.bottom));
  }
  // Edges that were taken lie over those that were not, where they share a piece.
  for (const bool taken : {false, true}) {
    for (const PlacedEdge& edge : drawing.edges) {
      if (edge.was_taken == taken) out += EdgeMarkup(edge, progress != nullptr);
    }
  }
  for (const PlacedLabel& label : drawing.labels) {
    const bool is_dim = progress != nullptr && !label.was_taken;
    const int columns = static_cast<int>(label.text.size());
    const int label_width = std::min(columns, 40) * 6 + 4;
    const int middle = PixelX(label.port);
    absl::StrAppendFormat(&out,
                          "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#ffffff\" "
                          "fill-opacity=\"0.9\"/>\n",
                          middle - label_width / 2, PixelY(label.y) - 7, label_width, 14);
    absl::StrAppend(&out, Text(middle, PixelY(label.y) + 4, "l",
                               is_dim                                  ? "#8a93a0"
                               : label.kind == GraphEdge::Kind::kCatch ? "#8a5f00"
                                                                       : "#3b4657",
                               label.text, "middle"));
  }
  absl::StrAppendFormat(&out, "<circle cx=\"%d\" cy=\"%d\" r=\"6\" fill=\"#3b4657\"/>\n",
                        PixelX(drawing.start.x), PixelY(drawing.start.y));
  return absl::StrCat(out, "</svg>\n");
}

}  // namespace pawl::cli
