#include "engine/asl/variable_references.h"

#include <algorithm>
#include <utility>

#include "engine/asl/state_expressions.h"

namespace pawl::asl {
namespace {

using References = std::map<std::string, std::vector<std::string>>;

void Add(const StateMachine& machine, References* references) {
  for (const State& state : machine.states()) {
    std::vector<std::string> names;
    EachExpression(state, [&names](const std::string&, const expr::Expression& expression) {
      expression.AddVariables(&names);
    });
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (!names.empty()) references->emplace(state.name, std::move(names));
    const auto* map = std::get_if<MapFields>(&state.fields);
    if (map != nullptr && map->distributed != nullptr)
      Add(*map->distributed->processor, references);
  }
}

}  // namespace

References VariableReferences(const StateMachine& machine) {
  References references;
  Add(machine, &references);
  return references;
}

}  // namespace pawl::asl
