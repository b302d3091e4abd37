// A state machine as something to draw: nodes, edges with short labels, and what an execution has
// made of them. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cli/colour.h"
#include "engine/asl/state_machine.h"

namespace pawl::cli {

struct GraphEdge {
  enum class Kind { kNext, kChoice, kDefault, kCatch };
  int from = 0;  // indices into the block's nodes
  int to = 0;
  Kind kind = Kind::kNext;
  std::string label;  // "$.total > 100", "default", "catch Timeout"; "" of kNext
};

struct GraphBlock;

struct GraphNode {
  std::string name;
  asl::StateType type = asl::StateType::kPass;
  std::string detail;              // "Task · Charge", "Wait · 5s", "Map · 2 at once"
  std::vector<GraphBlock> blocks;  // Parallel's branches, Map's processor
};

// One "States" object; nodes[0] is where it starts, the rest in the order of their distance from
// it.
struct GraphBlock {
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;
};

GraphBlock BuildGraph(const asl::StateMachine& machine);

enum class StateProgress { kNotReached, kRunning, kSucceeded, kFailed, kCaught, kStopped };

// What is known of one state in one execution; names are unique in a machine.
struct StateCounts {
  StateProgress progress = StateProgress::kNotReached;
  int64_t visits = 0;
  int64_t retries = 0;
};

struct GraphProgress {
  std::map<std::string, StateCounts> states;
  std::map<std::pair<std::string, std::string>, int64_t> transitions;  // from, to

  const StateCounts& Of(const std::string& state) const;
  bool was_taken(const std::string& from, const std::string& to) const {
    return transitions.count({from, to}) > 0;
  }
};

Style StyleOf(StateProgress progress);
// "✔ ×3", "▶", "✘ 2 retries"; "" where it was not reached.
std::string BadgeOf(const StateCounts& counts);

}  // namespace pawl::cli
