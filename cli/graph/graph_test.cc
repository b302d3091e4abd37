#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "cli/graph/condition_text.h"
#include "cli/graph/dot.h"
#include "cli/graph/layout.h"
#include "cli/graph/svg.h"
#include "cli/graph/text.h"
#include "cli/text.h"
#include "engine/asl/compile.h"

namespace pawl::cli {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const asl::StateMachine> Compile(const std::string& text) {
  std::vector<asl::Diagnostic> problems;
  auto machine = asl::Compile(text, {}, &problems);
  EXPECT_NE(machine, nullptr) << (problems.empty() ? "" : problems[0].message);
  return machine;
}

std::string Draw(const std::string& text) {
  const GraphBlock graph = BuildGraph(*Compile(text));
  return "\n" + DrawText(LayOut(graph, nullptr, {}), nullptr, Palette());
}

constexpr char kOrder[] = R"({"StartAt":"Check","States":{
  "Check":{"Type":"Choice","Choices":[
    {"Variable":"$.total","NumericGreaterThan":100,"Next":"Approve"}],"Default":"Fan"},
  "Approve":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Next":"Fan"},
  "Fan":{"Type":"Parallel","Next":"Done","Catch":[{"ErrorEquals":["States.ALL"],"Next":"Refund"}],
    "Branches":[
      {"StartAt":"Charge","States":{"Charge":{"Type":"Task","Resource":"pawl:Charge","End":true}}},
      {"StartAt":"Items","States":{"Items":{"Type":"Map","MaxConcurrency":2,"End":true,
        "ItemProcessor":{"StartAt":"Pick","States":{"Pick":{"Type":"Wait","Seconds":2,"Next":"Pack"},
          "Pack":{"Type":"Pass","End":true}}}}}}]},
  "Refund":{"Type":"Pass","End":true},
  "Done":{"Type":"Succeed"}}})";

TEST(Graph, DrawsChoiceParallelMapAndCatch) {
  EXPECT_EQ(Draw(kOrder), R"(
                           ●
                           ▼
                      ╭────────╮
                      │ Check  │
                      │ Choice │
                      ╰────┬───╯
                     ╭─────┴──────╮
               $.total > 100   default
                  ╭──╯            ╰───╮
                  ▼                   │
 ╭────────────────────────────────╮   │
 │ Approve                        │   │
 │ Task · sqs:sendMessage + token │   │
 ╰────────────────┬───────────────╯   │
                  ╰───┬───────────────╯
                      ▼
╭───────────────────────────────────────────╮
│ Fan                                       │
│ Parallel                                  │
│ ╭───────────────╮  ┊  ╭─────────────────╮ │
│ │ Charge        │  ┊  │ Items           │ │
│ │ Task · Charge │  ┊  │ Map · 2 at once │ │
│ ╰───────────────╯  ┊  │  ╭───────────╮  │ │
│                    ┊  │  │ Pick      │  │ │
│                    ┊  │  │ Wait · 2s │  │ │
│                    ┊  │  ╰─────┬─────╯  │ │
│                    ┊  │        ▼        │ │
│                    ┊  │    ╭──────╮     │ │
│                    ┊  │    │ Pack │     │ │
│                    ┊  │    │ Pass │     │ │
│                    ┊  │    ╰──────╯     │ │
│                    ┊  ╰─────────────────╯ │
╰─────────────────────┬───────────────────┬─╯
                      │          ╭┄┄┄┄┄┄┄┄╯
                      ▼          ┆
                 ╭─────────╮   catch
                 │ Done    │     ┆
                 │ Succeed │     ┆
                 ╰─────────╯     ┆
                                 ▼
                            ╭────────╮
                            │ Refund │
                            │ Pass   │
                            ╰────────╯
)");
}

TEST(Graph, DrawsTheProcessorOfADistributedMap) {
  EXPECT_EQ(Draw(R"({"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,
      "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
        "StartAt":"Charge","States":{"Charge":{"Type":"Pass","End":true}}}}}})"),
            R"(
          ●
          ▼
╭───────────────────╮
│ Each              │
│ Map · distributed │
│    ╭────────╮     │
│    │ Charge │     │
│    │ Pass   │     │
│    ╰────────╯     │
╰───────────────────╯
)");
}

TEST(Graph, LeadsLoopsBackThroughARail) {
  EXPECT_EQ(Draw(R"({"StartAt":"Ask","States":{
    "Ask":{"Type":"Task","Resource":"pawl:Ask","Next":"Ready?"},
    "Ready?":{"Type":"Choice","Choices":[{"Variable":"$.ready","BooleanEquals":true,"Next":"End"}],
      "Default":"Pause"},
    "Pause":{"Type":"Wait","Seconds":90,"Next":"Ask"},
    "End":{"Type":"Succeed"}}})"),
            R"(
             ●
             ├──────────────────╮
             ▼                  │
      ╭────────────╮            │
      │ Ask        │            │
      │ Task · Ask │            │
      ╰──────┬─────╯            │
             ▼                  │
        ╭────────╮              │
        │ Ready? │              │
        │ Choice │              │
        ╰────┬───╯              │
        ╭────┴────╮             │
     $.ready   default          │
     ╭──╯         ╰───╮         │
     ▼                ▼         │
╭─────────╮   ╭───────────────╮ │
│ End     │   │ Pause         │ │
│ Succeed │   │ Wait · 1m 30s │ │
╰─────────╯   ╰───────┬───────╯ │
                      ╰─────────╯
)");
}

TEST(Graph, DrawsWideLettersInLine) {
  EXPECT_EQ(Draw(R"({"StartAt":"注文","States":{"注文":{"Type":"Pass","End":true}}})"), R"(
    ●
    ▼
╭──────╮
│ 注文 │
│ Pass │
╰──────╯
)");
}

// What makes a drawing wrong, for machines of any shape: boxes that overlap, text outside, lines
// through boxes.
void CheckDrawing(const std::string& text) {
  const auto machine = Compile(text);
  const GraphBlock graph = BuildGraph(*machine);
  const Drawing drawing = LayOut(graph, nullptr, {});
  for (const PlacedNode& node : drawing.nodes) {
    EXPECT_GE(node.x, 0);
    EXPECT_LE(node.x + node.width, drawing.width);
    EXPECT_LE(node.y + node.height, drawing.height);
  }
  for (size_t i = 0; i < drawing.nodes.size(); ++i) {
    for (size_t j = i + 1; j < drawing.nodes.size(); ++j) {
      const PlacedNode &a = drawing.nodes[i], &b = drawing.nodes[j];
      const bool apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y ||
                         b.y + b.height <= a.y;
      const bool inside = b.x > a.x && b.y > a.y && b.x + b.width < a.x + a.width &&
                          b.y + b.height < a.y + a.height;
      EXPECT_TRUE(apart || inside) << a.title << " and " << b.title;
    }
  }
  for (const PlacedEdge& edge : drawing.edges) {
    for (size_t i = 1; i < edge.points.size(); ++i) {
      const Point &from = edge.points[i - 1], &to = edge.points[i];
      EXPECT_TRUE(from.x == to.x || from.y == to.y);
      for (const PlacedNode& node : drawing.nodes) {
        if (!node.node->blocks.empty()) continue;
        const bool is_through =
            std::max(from.x, to.x) >= node.x && std::min(from.x, to.x) < node.x + node.width &&
            std::max(from.y, to.y) >= node.y && std::min(from.y, to.y) < node.y + node.height - 1;
        EXPECT_FALSE(is_through) << "an edge runs through " << node.title;
      }
    }
  }
}

// Machines drawn from a seed: every state goes on to a few others, forward and back.
TEST(Graph, KeepsEverythingApartInMachinesOfAnyShape) {
  uint64_t seed = 7;
  const auto next = [&seed](uint64_t n) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (seed >> 33) % n;
  };
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    const uint64_t count = 2 + next(14);
    std::string states;
    for (uint64_t i = 0; i < count; ++i) {
      std::string rules;
      for (uint64_t k = 0; k <= next(3); ++k) {
        absl::StrAppend(&rules, rules.empty() ? "" : ",", "{\"Variable\":\"$.a", k,
                        "\",\"IsPresent\":true,\"Next\":\"S", next(count), "\"}");
      }
      // The default leads on, so that every state is reached.
      absl::StrAppend(&states, "\"S", i, "\":{\"Type\":\"Choice\",\"Choices\":[", rules,
                      "],\"Default\":\"S", i + 1, "\"},");
    }
    CheckDrawing(absl::StrCat("{\"StartAt\":\"S0\",\"States\":{", states, "\"S", count,
                              "\":{\"Type\":\"Succeed\"}}}"));
  }
  CheckDrawing(kOrder);
}

TEST(ConditionText, IsReadable) {
  const auto machine =
      Compile(R"({"StartAt":"C","States":{"E":{"Type":"Succeed"},"C":{"Type":"Choice","Default":"E",
    "Choices":[{"Next":"E","And":[{"Variable":"$.a","StringEquals":"x"},
      {"Or":[{"Variable":"$.b","IsPresent":false},{"Not":{"Variable":"$.c","BooleanEquals":true}}]},
      {"Variable":"$.d","NumericLessThanEqualsPath":"$.max"}]}]}}})");
  const auto& choice = machine->state(machine->Find("C")).As<asl::ChoiceFields>();
  EXPECT_EQ(RuleText(choice.rules[0]),
            "$.a = \"x\" and ($.b is not present or not $.c) and $.d ≤ $.max");
}

GraphProgress Progress() {
  GraphProgress progress;
  progress.states["Check"] = {StateProgress::kSucceeded, 1, 0};
  progress.states["Fan"] = {StateProgress::kRunning, 1, 0};
  progress.states["Charge"] = {StateProgress::kFailed, 1, 2};
  progress.states["Pick"] = {StateProgress::kSucceeded, 5, 0};
  progress.transitions[{"Check", "Fan"}] = 1;
  return progress;
}

TEST(Graph, ShowsProgressInColourAndCounts) {
  const GraphBlock graph = BuildGraph(*Compile(kOrder));
  const GraphProgress progress = Progress();
  const Drawing drawing = LayOut(graph, &progress, {});
  const std::string plain = DrawText(drawing, &progress, Palette());
  EXPECT_THAT(plain, HasSubstr("│ Charge   ✘ ↻2 │"));
  EXPECT_THAT(plain, HasSubstr("│ Pick  ✔ ×5 │"));
  const std::string coloured = DrawText(drawing, &progress, Palette(true));
  EXPECT_THAT(coloured, HasSubstr("\x1b[91mCharge\x1b[0m"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[94mFan\x1b[0m"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[90mRefund\x1b[0m"));
}

TEST(GraphDot, NestsClustersAndEscapes) {
  const GraphBlock graph = BuildGraph(*Compile(kOrder));
  const std::string dot = DrawDot(graph, nullptr, "a \"b\" \\");
  EXPECT_THAT(dot, HasSubstr("digraph \"a \\\"b\\\" \\\\\" {"));
  EXPECT_THAT(dot, HasSubstr("\"Check\" -> \"Approve\" [label=\"$.total > 100\"];"));
  EXPECT_THAT(dot, HasSubstr("\"Fan\" -> \"Refund\" [label=\"catch\", style=dashed];"));
  EXPECT_THAT(dot, HasSubstr("subgraph cluster_3 {"));
  EXPECT_EQ(std::count(dot.begin(), dot.end(), '{'), std::count(dot.begin(), dot.end(), '}'));
}

// Tags are balanced, and nothing but our own markup is in it.
void CheckXml(const std::string& xml) {
  std::vector<std::string> open;
  for (size_t i = xml.find('<'); i != std::string::npos; i = xml.find('<', i + 1)) {
    const size_t end = xml.find('>', i);
    ASSERT_NE(end, std::string::npos);
    const std::string tag = xml.substr(i + 1, end - i - 1);
    if (tag[0] == '/') {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), tag.substr(1));
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(tag.substr(0, tag.find_first_of(" \n")));
    }
  }
  EXPECT_TRUE(open.empty());
}

TEST(GraphSvg, IsWellFormedWhateverTheNames) {
  const auto machine =
      Compile(R"({"StartAt":"<a&\"b\">","States":{"<a&\"b\">":{"Type":"Pass","End":true}}})");
  const GraphBlock graph = BuildGraph(*machine);
  const std::string svg = DrawSvg(LayOut(graph, nullptr, {}), nullptr, "<script>&");
  EXPECT_THAT(svg, HasSubstr("&lt;a&amp;&quot;b&quot;&gt;"));
  EXPECT_EQ(svg.find("<script>"), std::string::npos);
  CheckXml(svg);

  const GraphBlock order = BuildGraph(*Compile(kOrder));
  const GraphProgress progress = Progress();
  CheckXml(DrawSvg(LayOut(order, &progress, {}), &progress, "order"));
}

}  // namespace
}  // namespace pawl::cli
