#include "engine/test_state/definition.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/asl/aws_form.h"
#include "engine/asl/compile.h"
#include "engine/value/json.h"

namespace pawl::test_state {
namespace {

Refusal InvalidDefinition(absl::string_view what) {
  return {"InvalidDefinition",
          absl::StrCat("Invalid State Machine Definition: '", std::string(what), "'")};
}

absl::optional<Refusal> Compile(const std::string& text,
                                std::shared_ptr<const asl::StateMachine>* machine) {
  std::vector<asl::Diagnostic> diagnostics;
  *machine = asl::Compile(text, {}, &diagnostics);
  if (*machine != nullptr) return absl::nullopt;
  return Refusal{"InvalidDefinition", asl::InvalidDefinitionMessage(diagnostics)};
}

void AddTarget(const Value& object, absl::string_view member, std::set<std::string>* names) {
  const Value* target = object.Find(member);
  if (target != nullptr && target->is_string()) names->insert(target->AsString());
}

std::set<std::string> Targets(const Value& state) {
  std::set<std::string> names;
  AddTarget(state, "Next", &names);
  AddTarget(state, "Default", &names);
  for (const char* list : {"Choices", "Catch"}) {
    const Value* ways = state.Find(list);
    if (ways == nullptr || !ways->is_array()) continue;
    for (const Value& way : ways->AsArray()) AddTarget(way, "Next", &names);
  }
  return names;
}

// `language` is the machine's, which the state may have its own in place of.
Value MachineOf(const Value& state, const Value* language) {
  Value::Members states = {{kTestedStateName, state}};
  for (const std::string& name : Targets(state)) {
    if (name == kTestedStateName) continue;
    states.emplace_back(name, Value::Object({{"Type", Value::String("Succeed")}}));
  }
  Value::Members machine;
  if (language != nullptr) machine.emplace_back("QueryLanguage", *language);
  machine.emplace_back("StartAt", Value::String(kTestedStateName));
  machine.emplace_back("States", Value::Object(std::move(states)));
  return Value::Object(std::move(machine));
}

}  // namespace

const asl::State& TestedState::state() const {
  return machine->state(machine->Find(kTestedStateName));
}

const Value* FindStateInside(const Value& state, absl::string_view name) {
  for (const char* member : {"ItemProcessor", "Iterator"}) {
    if (const Value* block = state.Find(member)) {
      if (const Value* found = FindState(*block, name)) return found;
    }
  }
  const Value* branches = state.Find("Branches");
  if (branches == nullptr || !branches->is_array()) return nullptr;
  for (const Value& branch : branches->AsArray()) {
    if (const Value* found = FindState(branch, name)) return found;
  }
  return nullptr;
}

const Value* FindState(const Value& block, absl::string_view name) {
  const Value* states = block.Find("States");
  if (states == nullptr || !states->is_object()) return nullptr;
  if (const Value* state = states->Find(name)) return state;
  for (const auto& [other, state] : states->AsObject()) {
    if (const Value* found = FindStateInside(state, name)) return found;
  }
  return nullptr;
}

absl::optional<Refusal> FindTestedState(const Request& request, TestedState* out) {
  absl::StatusOr<Value> document = ParseJson(request.definition);
  if (!document.ok()) return Compile(request.definition, &out->machine);
  const Value* language = nullptr;
  if (request.state_name.has_value()) {
    if (absl::optional<Refusal> refusal = Compile(request.definition, &out->machine)) {
      return refusal;
    }
    const Value* state = FindState(*document, *request.state_name);
    if (state == nullptr) return Refusal{"ValidationException", "State not found in definition"};
    out->json = *state;
    language = document->Find("QueryLanguage");
  } else {
    if (document->Find("States") != nullptr && document->Find("Type") == nullptr) {
      return InvalidDefinition(
          "SCHEMA_VALIDATION_FAILED: The definition is that of a machine: name the state to test "
          "at /");
    }
    out->json = *document;
  }
  return Compile(ToJson(MachineOf(out->json, language)), &out->machine);
}

}  // namespace pawl::test_state
