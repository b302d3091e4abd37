#include "cli/graph/dot.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/graph/picture_colours.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

std::string Quote(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(OneLine(text), {{"\\", "\\\\"}, {"\"", "\\\""}}),
                      "\"");
}

class DotWriter {
 public:
  explicit DotWriter(const GraphProgress* progress) : progress_(progress) {}

  void Block(const GraphBlock& block, int depth) {
    for (const GraphNode& node : block.nodes) Node(node, depth);
    for (const GraphEdge& edge : block.edges) Edge(block, edge, depth);
  }

  std::string Take() { return std::move(out_); }

 private:
  void Line(int depth, absl::string_view text) {
    absl::StrAppend(&out_, std::string(static_cast<size_t>(2 * depth), ' '), text, "\n");
  }

  void Node(const GraphNode& node, int depth) {
    const StateCounts counts = progress_ == nullptr ? StateCounts() : progress_->Of(node.name);
    const std::string badge = BadgeOf(counts);
    const PictureColours colours = ColoursOf(progress_ == nullptr ? nullptr : &counts);
    const std::string text = absl::StrCat(node.name, badge.empty() ? "" : "  ", badge);
    const std::string label = absl::StrCat(Quote(text).substr(0, Quote(text).size() - 1), "\\n",
                                           Quote(node.detail).substr(1));
    const std::string look = absl::StrCat("[label=", label, ", color=\"", colours.line,
                                          "\", fillcolor=\"", colours.fill, "\"];");
    if (node.blocks.empty()) return Line(depth, absl::StrCat(Quote(node.name), " ", look));
    Line(depth, absl::StrCat("subgraph cluster_", clusters_++, " {"));
    Line(depth + 1, absl::StrCat("label=\"\"; style=rounded; color=\"", colours.line, "\";"));
    Line(depth + 1, absl::StrCat(Quote(node.name), " ", look));
    for (const GraphBlock& block : node.blocks) {
      Line(depth + 1, absl::StrCat("subgraph cluster_", clusters_++, " {"));
      Line(depth + 2, "label=\"\"; style=\"rounded,dashed\"; color=\"#b6bcc6\";");
      Block(block, depth + 2);
      Line(depth + 1, "}");
      Line(depth + 1, absl::StrCat(Quote(node.name), " -> ", Quote(block.nodes[0].name),
                                   " [style=dotted, arrowhead=none];"));
    }
    Line(depth, "}");
  }

  void Edge(const GraphBlock& block, const GraphEdge& edge, int depth) {
    const std::string& from = block.nodes[static_cast<size_t>(edge.from)].name;
    const std::string& to = block.nodes[static_cast<size_t>(edge.to)].name;
    std::string look = absl::StrCat("label=", Quote(edge.label));
    if (edge.kind == GraphEdge::Kind::kCatch) absl::StrAppend(&look, ", style=dashed");
    if (progress_ != nullptr) {
      absl::StrAppend(&look,
                      progress_->was_taken(from, to) ? ", penwidth=2" : ", color=\"#b6bcc6\"");
    }
    Line(depth, absl::StrCat(Quote(from), " -> ", Quote(to), " [", look, "];"));
  }

  const GraphProgress* progress_;
  int clusters_ = 0;
  std::string out_;
};

}  // namespace

std::string DrawDot(const GraphBlock& graph, const GraphProgress* progress,
                    const std::string& title) {
  DotWriter writer(progress);
  writer.Block(graph, 1);
  return absl::StrCat(
      "digraph ", Quote(title), " {\n",
      "  rankdir=TB; fontname=\"Helvetica\"; compound=true;\n"
      "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11];\n"
      "  edge [fontname=\"Helvetica\", fontsize=10];\n"
      "  start [shape=circle, label=\"\", width=0.15, fillcolor=\"#3b4252\"];\n"
      "  start -> ",
      Quote(graph.nodes[0].name), ";\n", writer.Take(), "}\n");
}

}  // namespace pawl::cli
