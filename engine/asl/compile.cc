#include "engine/asl/compile.h"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/asl/compiler.h"
#include "engine/asl/locate.h"
#include "engine/asl/names.h"
#include "engine/value/json.h"

namespace pawl::asl {
namespace {

constexpr size_t kMaxStateNameLength = 80;
constexpr int64_t kMaxSeconds = 99'999'999;

// All states that `state` may go to next.
std::vector<StateIndex> Successors(const State& state) {
  std::vector<StateIndex> next;
  if (state.next != kNone) next.push_back(state.next);
  for (const Catcher& catcher : state.catchers) next.push_back(catcher.next);
  if (const auto* choice = std::get_if<ChoiceFields>(&state.fields)) {
    for (const ChoiceRule& rule : choice->rules) next.push_back(rule.next);
    next.push_back(choice->default_next);
  }
  return next;
}

bool IsTerminal(const State& state) {
  return state.type != StateType::kChoice && state.next == kNone;
}

}  // namespace

absl::string_view StateTypeName(StateType type) {
  switch (type) {
    case StateType::kTask:
      return "Task";
    case StateType::kPass:
      return "Pass";
    case StateType::kChoice:
      return "Choice";
    case StateType::kWait:
      return "Wait";
    case StateType::kSucceed:
      return "Succeed";
    case StateType::kFail:
      return "Fail";
    case StateType::kParallel:
      return "Parallel";
    case StateType::kMap:
      return "Map";
  }
  return "";
}

StateIndex StateMachine::Find(absl::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? kNone : it->second;
}

std::shared_ptr<const DistributedMap> StateMachine::FindDistributed(absl::string_view label) const {
  for (const State& state : states_) {
    const auto* map = std::get_if<MapFields>(&state.fields);
    if (map == nullptr || map->distributed == nullptr) continue;
    if (map->distributed->label == label) return map->distributed;
    if (auto found = map->distributed->processor->FindDistributed(label)) return found;
  }
  return nullptr;
}

absl::optional<QueryLanguage> ParseLanguage(const Value& value) {
  if (!value.is_string()) return absl::nullopt;
  if (value.AsString() == "JSONPath") return QueryLanguage::kJsonPath;
  if (value.AsString() == "JSONata") return QueryLanguage::kJsonata;
  return absl::nullopt;
}

Compiler::Compiler(const Compiler& outer, MachineType type)
    : options_(outer.options_),
      sink_(outer.sink_),
      language_(outer.language_),
      names_(outer.names_) {
  options_.type = type;
}

std::shared_ptr<StateMachine> Compiler::Run(const Value& document, absl::string_view text) {
  machine_->definition_ = std::string(text);
  FieldReader reader(sink_, document, "");
  if (const absl::optional<std::string> comment = reader.TakeString("Comment")) {
    machine_->comment_ = *comment;
  }
  reader.TakeString("Version");
  if (const Value* given = reader.Take("QueryLanguage")) {
    const absl::optional<QueryLanguage> language = ParseLanguage(*given);
    if (!language.has_value()) {
      reader.Error("QueryLanguage", "Value must be JSONPath or JSONata");
    } else {
      language_ = *language;
    }
  }
  if (const absl::optional<int64_t> seconds =
          reader.TakeInteger("TimeoutSeconds", 1, kMaxSeconds)) {
    machine_->timeout_ = absl::Seconds(*seconds);
  }
  DeclareBlock(&reader, kNone, 0);
  reader.RejectUnknown();
  CompileDeclared();
  return machine_;
}

void Compiler::CompileDeclared() {
  // Compiling a Parallel or Map declares more states: the vector grows under the loop.
  for (StateIndex i = 0; i < static_cast<StateIndex>(declared_.size()); ++i) {
    const Declared declared = declared_[static_cast<size_t>(i)];
    State state = CompileState(declared.index, declared.json);
    machine_->states_[static_cast<size_t>(i)] = std::move(state);
  }
  CheckTransitions();
  CheckAssignments();
}

BlockIndex Compiler::DeclareBlock(FieldReader* reader, StateIndex owner, int nesting) {
  const auto block = static_cast<BlockIndex>(machine_->blocks_.size());
  machine_->blocks_.push_back(Block{kNone, owner});
  reader->Require({"States", "StartAt"});
  const absl::optional<std::string> start_at = reader->TakeString("StartAt");
  const Value* states = reader->TakeObject("States");
  if (nesting + outer_nesting_ > options_.max_nesting) {
    sink_->Schema(reader->pointer(), absl::StrCat("Parallel and Map states are nested deeper than ",
                                                  options_.max_nesting));
    return block;
  }
  if (states == nullptr) return block;
  if (states->AsObject().empty()) reader->Error("States", "Value cannot be empty");
  for (const Value::Member& member : states->AsObject()) {
    DeclareState(member.first, member.second,
                 absl::StrCat(reader->PointerTo("States"), "/", EscapePointer(member.first)),
                 block);
  }
  if (start_at.has_value()) {
    const StateIndex index = machine_->Find(*start_at);
    if (index == kNone || machine_->state(index).block != block) {
      sink_->Add(Severity::kError, "MISSING_TRANSITION_TARGET", reader->PointerTo("StartAt"),
                 absl::StrCat("Missing 'StartAt' target: ", *start_at));
    } else {
      machine_->blocks_[static_cast<size_t>(block)].start_at = index;
    }
  }
  return block;
}

void Compiler::DeclareState(const std::string& name, const Value& json, std::string pointer,
                            BlockIndex block) {
  const auto index = static_cast<StateIndex>(machine_->states_.size());
  const auto count = static_cast<int>(names_->states.size());
  if (count >= options_.max_states) {
    if (count == options_.max_states) {
      sink_->Schema(pointer, absl::StrCat("The machine has more than ", options_.max_states,
                                          " states (flag --max-states)"));
    }
    return;
  }
  if (CodePoints(name) > kMaxStateNameLength) {
    sink_->Schema(pointer, "State name must not be longer than 80 characters");
  }
  machine_->by_name_.emplace(name, index);
  if (!names_->states.insert(name).second) {
    sink_->Schema(pointer,
                  absl::StrCat("State name '", name,
                               "' is used twice: names must be unique in the whole machine"));
  }
  State state;
  state.name = name;
  state.pointer = std::move(pointer);
  state.block = block;
  machine_->states_.push_back(std::move(state));
  declared_.push_back(Declared{index, json});
}

StateIndex Compiler::Resolve(absl::string_view name, BlockIndex block, const std::string& pointer) {
  const StateIndex index = machine_->Find(name);
  if (index != kNone && machine_->state(index).block == block) return index;
  sink_->Add(Severity::kError, "MISSING_TRANSITION_TARGET", pointer,
             absl::StrCat("Missing 'Next' target: ", std::string(name)));
  return kNone;
}

int Compiler::NestingOf(BlockIndex block) const {
  int nesting = 0;
  while (machine_->block(block).owner != kNone) {
    block = machine_->state(machine_->block(block).owner).block;
    ++nesting;
  }
  return nesting;
}

void Compiler::CheckTransitions() {
  for (BlockIndex b = 0; b < static_cast<BlockIndex>(machine_->blocks_.size()); ++b) CheckBlock(b);
}

// ASL, "Variables": an inner scope reads the variables of the scopes around it, but may not assign
// them.
void Compiler::CheckAssignments() {
  absl::flat_hash_set<std::pair<BlockIndex, std::string>> assigned;
  for (const Assignment& assignment : assignments_) {
    assigned.emplace(assignment.block, assignment.name);
  }
  for (const Assignment& assignment : assignments_) {
    for (BlockIndex block = assignment.block; machine_->block(block).owner != kNone;) {
      block = machine_->state(machine_->block(block).owner).block;
      if (!assigned.contains(std::make_pair(block, assignment.name))) continue;
      sink_->Schema(assignment.pointer,
                    absl::StrCat("Variable '", assignment.name,
                                 "' is assigned in an outer scope and can not be assigned here"),
                    "give the inner variable another name");
      break;
    }
  }
}

// Every block can end, and every state of it can be reached.
void Compiler::CheckBlock(BlockIndex block) {
  if (machine_->block(block).start_at == kNone) return;  // reported already
  std::vector<bool> reached(machine_->states_.size(), false);
  std::deque<StateIndex> open = {machine_->block(block).start_at};
  reached[static_cast<size_t>(open.front())] = true;
  while (!open.empty()) {
    const State& state = machine_->state(open.front());
    open.pop_front();
    for (StateIndex next : Successors(state)) {
      if (next == kNone || reached[static_cast<size_t>(next)]) continue;
      reached[static_cast<size_t>(next)] = true;
      open.push_back(next);
    }
  }
  bool has_end = false;
  for (const State& state : machine_->states_) {
    if (state.block == block && IsTerminal(state)) has_end = true;
  }
  if (!has_end) {
    // AWS gives no place for this one, and says nothing of reachability beside it.
    const StateIndex owner = machine_->block(block).owner;
    sink_->Add(
        Severity::kError, "MISSING_END_STATE",
        owner == kNone ? "/States" : machine_->state(owner).pointer,
        "There is no terminal state: at least one state must have \"End\": true or be of type "
        "Succeed or Fail");
    return;
  }
  for (size_t i = 0; i < machine_->states_.size(); ++i) {
    const State& state = machine_->states_[i];
    if (state.block == block && !reached[i]) {
      sink_->Add(Severity::kError, "MISSING_TRANSITION_TARGET", state.pointer,
                 absl::StrCat("State \"", state.name, "\" is not reachable."));
    }
  }
}

std::shared_ptr<const StateMachine> Compile(absl::string_view text, const CompileOptions& options,
                                            std::vector<Diagnostic>* diagnostics) {
  DiagnosticSink sink(diagnostics);
  if (text.size() > options.max_definition_bytes) {
    sink.Add(Severity::kError, "SCHEMA_VALIDATION_FAILED", "/",
             absl::StrCat("The definition has ", text.size(), " bytes, more than the limit of ",
                          options.max_definition_bytes, " (flag --max-definition-bytes)"));
    return nullptr;
  }
  absl::StatusOr<Value> document = ParseJson(text);
  if (!document.ok()) {
    sink.Add(Severity::kError, "INVALID_JSON_DESCRIPTION", "/",
             std::string(document.status().message()));
    Diagnostic& diagnostic = diagnostics->back();
    // "invalid JSON at line 3, column 7: ...": the parser knows the place.
    if (std::sscanf(diagnostic.message.c_str(), "invalid JSON at line %d, column %d",
                    &diagnostic.line, &diagnostic.column) != 2) {
      diagnostic.line = diagnostic.column = 1;
    }
    return nullptr;
  }
  Compiler compiler(options, &sink);
  std::shared_ptr<StateMachine> machine = compiler.Run(*document, text);
  for (Diagnostic& diagnostic : *diagnostics) {
    const TextPosition position = Locate(text, diagnostic.pointer);
    diagnostic.line = position.line;
    diagnostic.column = position.column;
  }
  std::stable_sort(diagnostics->begin(), diagnostics->end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::tie(a.line, a.column) < std::tie(b.line, b.column);
                   });
  if (HasErrors(*diagnostics)) return nullptr;
  return machine;
}

}  // namespace pawl::asl
