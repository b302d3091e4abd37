#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/asl/graph.h"
#include "engine/asl/lint_rules.h"

namespace pawl::asl {
namespace {

// Whether the state can end something: by its kind, or as a Choice that may match nothing.
bool CanEnd(const State& state) {
  const auto* choice = std::get_if<ChoiceFields>(&state.fields);
  return state.is_terminal || (choice != nullptr && choice->default_next == kNone);
}

}  // namespace

void LintLoops(const LintSubject& subject) {
  const StateMachine& machine = subject.machine;
  // TimeoutSeconds of the machine ends every loop.
  if (machine.timeout() != absl::InfiniteDuration()) return;
  const std::vector<int> component = Components(machine);
  std::vector<bool> has_way_out(machine.states().size(), false);
  std::vector<std::vector<StateIndex>> members(machine.states().size());
  for (StateIndex i = 0; i < static_cast<StateIndex>(component.size()); ++i) {
    const auto own = static_cast<size_t>(component[static_cast<size_t>(i)]);
    members[own].push_back(i);
    if (CanEnd(machine.state(i))) has_way_out[own] = true;
    for (StateIndex next : Successors(machine.state(i))) {
      if (component[static_cast<size_t>(next)] != component[static_cast<size_t>(i)]) {
        has_way_out[own] = true;
      }
    }
  }
  for (size_t c = 0; c < members.size(); ++c) {
    if (members[c].empty() || has_way_out[c]) continue;
    constexpr size_t kShown = 5;
    std::vector<std::string> names;
    for (StateIndex i : members[c]) {
      if (names.size() < kShown) names.push_back(absl::StrCat("'", machine.state(i).name, "'"));
    }
    const StateIndex first = *std::min_element(members[c].begin(), members[c].end());
    subject.sink->Warn(
        "PAWL_ENDLESS_LOOP", machine.state(first).pointer,
        absl::StrCat("once here, the execution never ends: no transition leads out of ",
                     absl::StrJoin(names, ", "), members[c].size() > kShown ? ", ..." : ""),
        "let a Choice lead out of the loop, or give the machine TimeoutSeconds");
  }
}

}  // namespace pawl::asl
