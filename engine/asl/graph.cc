#include "engine/asl/graph.h"

#include <algorithm>

namespace pawl::asl {

std::vector<StateIndex> Successors(const State& state) {
  std::vector<StateIndex> next = {state.next};
  for (const Catcher& catcher : state.catchers) next.push_back(catcher.next);
  if (const auto* choice = std::get_if<ChoiceFields>(&state.fields)) {
    for (const ChoiceRule& rule : choice->rules) next.push_back(rule.next);
    next.push_back(choice->default_next);
  }
  next.erase(std::remove(next.begin(), next.end(), kNone), next.end());
  return next;
}

std::vector<int> Components(const StateMachine& machine) {
  struct Visit {
    StateIndex state;
    std::vector<StateIndex> next;
    size_t at = 0;
  };
  const size_t count = machine.states().size();
  std::vector<int> component(count, -1), order(count, -1), low(count, 0);
  std::vector<StateIndex> stack;
  std::vector<Visit> visits;  // instead of a recursion as deep as the machine is long
  int visited = 0, components = 0;
  const auto enter = [&](StateIndex state) {
    order[static_cast<size_t>(state)] = low[static_cast<size_t>(state)] = visited++;
    stack.push_back(state);
    visits.push_back(Visit{state, Successors(machine.state(state))});
  };
  for (StateIndex root = 0; root < static_cast<StateIndex>(count); ++root) {
    if (order[static_cast<size_t>(root)] < 0) enter(root);
    while (!visits.empty()) {
      const auto here = static_cast<size_t>(visits.back().state);
      if (visits.back().at < visits.back().next.size()) {
        const StateIndex next = visits.back().next[visits.back().at++];
        const auto n = static_cast<size_t>(next);
        if (order[n] < 0) {
          enter(next);
        } else if (component[n] < 0) {
          low[here] = std::min(low[here], order[n]);
        }
        continue;
      }
      if (low[here] == order[here]) {
        for (StateIndex member = kNone; member != static_cast<StateIndex>(here);) {
          member = stack.back();
          stack.pop_back();
          component[static_cast<size_t>(member)] = components;
        }
        ++components;
      }
      visits.pop_back();
      if (visits.empty()) continue;
      const auto before = static_cast<size_t>(visits.back().state);
      low[before] = std::min(low[before], low[here]);
    }
  }
  return component;
}

}  // namespace pawl::asl
