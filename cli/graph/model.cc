#include "cli/graph/model.h"

#include <algorithm>
#include <deque>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "cli/graph/condition_text.h"
#include "cli/names.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

std::string NumberText(const asl::NumberField& field) {
  if (field.literal.has_value()) return absl::StrCat(*field.literal);
  return field.expression != nullptr ? field.expression->text() : std::string();
}

std::string WaitText(const asl::WaitFields& wait) {
  if (wait.seconds.literal.has_value()) {
    const absl::Duration span = absl::Seconds(*wait.seconds.literal);
    return span < absl::Minutes(1) ? absl::StrCat(*wait.seconds.literal, "s") : FormatSpan(span);
  }
  if (wait.seconds.present()) return absl::StrCat(NumberText(wait.seconds), " s");
  if (wait.timestamp.literal.has_value()) return absl::StrCat("until ", *wait.timestamp.literal);
  return wait.timestamp.expression != nullptr
             ? absl::StrCat("until ", wait.timestamp.expression->text())
             : "";
}

std::string TaskText(const asl::Resource& resource) {
  const bool waits = resource.pattern == asl::IntegrationPattern::kWaitForTaskToken;
  return absl::StrCat(resource.queue, waits ? " + token" : "");
}

std::string MapText(const asl::MapFields& map) {
  const std::string limit = NumberText(map.max_concurrency);
  const bool is_distributed = map.distributed != nullptr;
  return absl::StrCat(is_distributed ? "distributed" : "",
                      limit.empty() || limit == "0"
                          ? ""
                          : absl::StrCat(is_distributed ? ", " : "", limit, " at once"));
}

std::string DetailOf(const asl::State& state) {
  std::string more;
  switch (state.type) {
    case asl::StateType::kTask:
      more = TaskText(state.As<asl::TaskFields>().resource);
      break;
    case asl::StateType::kWait:
      more = WaitText(state.As<asl::WaitFields>());
      break;
    case asl::StateType::kMap:
      more = MapText(state.As<asl::MapFields>());
      break;
    case asl::StateType::kFail:
      more = state.As<asl::FailFields>().error.literal.value_or("");
      break;
    case asl::StateType::kPass:
    case asl::StateType::kChoice:
    case asl::StateType::kSucceed:
    case asl::StateType::kParallel:
      break;
  }
  return absl::StrCat(asl::StateTypeName(state.type), more.empty() ? "" : " · ", OneLine(more));
}

std::string CatchText(const asl::Catcher& catcher) {
  const bool is_all = catcher.error_equals.size() == 1 && catcher.error_equals[0] == "States.ALL";
  return is_all ? "catch" : absl::StrCat("catch ", absl::StrJoin(catcher.error_equals, ", "));
}

struct Target {
  asl::StateIndex state;
  GraphEdge::Kind kind;
  std::string label;
};

std::vector<Target> TargetsOf(const asl::State& state) {
  std::vector<Target> targets;
  if (state.next != asl::kNone) targets.push_back({state.next, GraphEdge::Kind::kNext, ""});
  if (state.type == asl::StateType::kChoice) {
    const auto& choice = state.As<asl::ChoiceFields>();
    for (const asl::ChoiceRule& rule : choice.rules) {
      targets.push_back({rule.next, GraphEdge::Kind::kChoice, OneLine(RuleText(rule))});
    }
    if (choice.default_next != asl::kNone) {
      targets.push_back({choice.default_next, GraphEdge::Kind::kDefault, "default"});
    }
  }
  for (const asl::Catcher& catcher : state.catchers) {
    targets.push_back({catcher.next, GraphEdge::Kind::kCatch, OneLine(CatchText(catcher))});
  }
  return targets;
}

GraphBlock BuildBlock(const asl::StateMachine& machine, asl::BlockIndex index);

GraphNode BuildNode(const asl::StateMachine& machine, const asl::State& state) {
  GraphNode node;
  node.name = OneLine(state.name);
  node.type = state.type;
  node.detail = DetailOf(state);
  if (state.type == asl::StateType::kParallel) {
    for (const asl::BlockIndex branch : state.As<asl::ParallelFields>().branches) {
      node.blocks.push_back(BuildBlock(machine, branch));
    }
  } else if (state.type == asl::StateType::kMap) {
    const auto& map = state.As<asl::MapFields>();
    node.blocks.push_back(map.distributed != nullptr ? BuildBlock(*map.distributed->processor, 0)
                                                     : BuildBlock(machine, map.processor));
  }
  return node;
}

// Breadth first from the start, then what cannot be reached, in the order of the text.
std::vector<asl::StateIndex> StatesOf(const asl::StateMachine& machine, asl::BlockIndex index) {
  std::vector<asl::StateIndex> order;
  std::map<asl::StateIndex, bool> seen;
  const auto visit = [&](asl::StateIndex start) {
    std::deque<asl::StateIndex> queue = {start};
    while (!queue.empty()) {
      const asl::StateIndex state = queue.front();
      queue.pop_front();
      if (std::exchange(seen[state], true)) continue;
      order.push_back(state);
      for (const Target& target : TargetsOf(machine.state(state))) queue.push_back(target.state);
    }
  };
  visit(machine.block(index).start_at);
  for (asl::StateIndex i = 0; i < static_cast<asl::StateIndex>(machine.states().size()); ++i) {
    if (machine.state(i).block == index) visit(i);
  }
  return order;
}

GraphBlock BuildBlock(const asl::StateMachine& machine, asl::BlockIndex index) {
  GraphBlock block;
  const std::vector<asl::StateIndex> states = StatesOf(machine, index);
  std::map<asl::StateIndex, int> place;
  for (const asl::StateIndex state : states) {
    place[state] = static_cast<int>(block.nodes.size());
    block.nodes.push_back(BuildNode(machine, machine.state(state)));
  }
  for (const asl::StateIndex state : states) {
    for (Target& target : TargetsOf(machine.state(state))) {
      block.edges.push_back(
          {place[state], place[target.state], target.kind, std::move(target.label)});
    }
  }
  return block;
}

}  // namespace

GraphBlock BuildGraph(const asl::StateMachine& machine) { return BuildBlock(machine, 0); }

const StateCounts& GraphProgress::Of(const std::string& state) const {
  static const StateCounts none;
  const auto found = states.find(state);
  return found == states.end() ? none : found->second;
}

Style StyleOf(StateProgress progress) {
  switch (progress) {
    case StateProgress::kNotReached:
      return Style::kDim;
    case StateProgress::kRunning:
      return Style::kRunning;
    case StateProgress::kSucceeded:
      return Style::kGood;
    case StateProgress::kFailed:
      return Style::kBad;
    case StateProgress::kCaught:
    case StateProgress::kStopped:
      return Style::kWarn;
  }
  return Style::kPlain;
}

std::string BadgeOf(const StateCounts& counts) {
  const char* mark = "";
  switch (counts.progress) {
    case StateProgress::kNotReached:
      return "";
    case StateProgress::kRunning:
      mark = "▶";
      break;
    case StateProgress::kSucceeded:
      mark = "✔";
      break;
    case StateProgress::kFailed:
      mark = "✘";
      break;
    case StateProgress::kCaught:
      mark = "!";
      break;
    case StateProgress::kStopped:
      mark = "■";
      break;
  }
  return absl::StrCat(mark, counts.visits > 1 ? absl::StrCat(" ×", counts.visits) : "",
                      counts.retries > 0 ? absl::StrCat(" ↻", counts.retries) : "");
}

}  // namespace pawl::cli
