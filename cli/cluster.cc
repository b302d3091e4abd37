// pawl cluster
#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/table.h"

namespace pawl::cli {
namespace {

const ColumnOptions kNumber = {.right_aligned = true};

Cell Count(int64_t n, Style style = Style::kPlain) {
  return {absl::StrCat(n), n == 0 ? Style::kDim : style};
}

Table Nodes(const v1::ClusterDescribeResponse& cluster, absl::Time now) {
  Table table({{"NODE"},
               {"ADDRESS"},
               {"VERSION"},
               {"UP"},
               {"OPEN", kNumber},
               {"PARKED", kNumber},
               {"WORKERS", kNumber}});
  for (const v1::Node& node : cluster.nodes()) {
    table.Add({{node.name(), Style::kAccent},
               {node.address()},
               {node.version()},
               {FormatSpan(now - ToTime(node.start_time()))},
               Count(node.open_executions()),
               Count(node.parked_executions()),
               Count(node.connected_workers())});
  }
  return table;
}

Table Queues(const v1::ClusterDescribeResponse& cluster) {
  Table table({{"QUEUE", {.shrinks = true}},
               {"NAMESPACE"},
               {"READY", kNumber},
               {"RUNNING", kNumber},
               {"FREE", kNumber},
               {"WORKERS", kNumber},
               {""}});
  for (const v1::Queue& queue : cluster.queues()) {
    const bool is_stuck = queue.ready() > 0 && queue.workers() == 0;
    table.Add({{queue.name(), Style::kAccent},
               {queue.namespace_().empty() ? "all" : queue.namespace_()},
               Count(queue.ready(), is_stuck ? Style::kBad : Style::kWarn),
               Count(queue.running(), Style::kRunning),
               Count(queue.credits()),
               Count(queue.workers()),
               {is_stuck ? "nobody serves it" : "", Style::kBad}});
  }
  return table;
}

Table Ranges(const v1::ClusterDescribeResponse& cluster, absl::Time now) {
  Table table({{"SLOTS"}, {"OWNER"}, {"EPOCH", kNumber}, {"BATCH", kNumber}, {"LEASE"}});
  for (const v1::Range& range : cluster.ranges()) {
    const absl::Time until = ToTime(range.lease_until());
    table.Add({{absl::StrCat(range.first_slot(), "-", range.last_slot())},
               {range.owner(), Style::kAccent},
               {absl::StrCat(range.epoch())},
               {absl::StrCat(range.batch_seq())},
               {until > now ? absl::StrCat("ends ", FormatAgo(until, now))
                            : absl::StrCat("ended ", FormatAgo(until, now)),
                until > now ? Style::kPlain : Style::kBad}});
  }
  return table;
}

Table Limits(const v1::ClusterDescribeResponse& cluster) {
  Table table({{"LIMIT"}, {"VALUE", kNumber}, {"MEANING", {.shrinks = true}}});
  for (const v1::Limit& limit : cluster.limits()) {
    table.Add({{limit.flag(), Style::kAccent}, {absl::StrCat(limit.value())}, {limit.meaning()}});
  }
  return table;
}

void Print(Invocation& call, const v1::ClusterDescribeResponse& cluster) {
  Console& console = call.console();
  const Palette& paint = console.palette();
  const absl::Time now = absl::Now();
  console.Line(absl::StrCat(paint(Style::kBold, "pawl-engine "), cluster.version(),
                            paint(Style::kDim, "  at "), call.engine_address(),
                            paint(Style::kDim, "  store "), cluster.store()));
  const auto show = [&](const Table& table) {
    if (!table.is_empty()) console.Out(absl::StrCat("\n", table.Render(paint, console.width())));
  };
  show(Nodes(cluster, now));
  show(Queues(cluster));
  if (cluster.queues().empty()) console.Line(paint(Style::kDim, "\nno task queues in use"));
  show(Ranges(cluster, now));
  if (call.args().Has("limits")) show(Limits(cluster));
}

ExitCode Cluster(Invocation& call) {
  return AskAndPrint(call, v1::ClusterDescribeRequest(), &Print);
}

}  // namespace

std::vector<Command> ClusterCommands() {
  return {
      {"cluster",
       "",
       "nodes, task queues, slots and limits of the installation",
       "FREE is how many more tasks the workers of a queue would take now.",
       0,
       0,
       {{"limits", Flag::Kind::kSwitch, "", "also every limit, with the flag that sets it"}},
       {{"pawl cluster --json | jq '.queues[] | select(.ready > 0)'", "what waits for a worker"}},
       &Cluster}};
}

}  // namespace pawl::cli
