#include "engine/asl/compile.h"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/asl/compiler.h"
#include "engine/asl/graph.h"
#include "engine/asl/locate.h"
#include "engine/asl/names.h"
#include "engine/asl/place.h"
#include "engine/value/json.h"
#include "engine/value/json_diagnosis.h"

namespace pawl::asl {
namespace {

constexpr size_t kMaxStateNameLength = 80;
constexpr int64_t kMaxSeconds = 99'999'999;

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

QueryLanguage TakeLanguage(FieldReader* reader, QueryLanguage inherited) {
  if (!reader->Has("QueryLanguage")) return inherited;
  const absl::optional<std::string> text = reader->TakeString("QueryLanguage");
  const absl::optional<QueryLanguage> language =
      text.has_value() ? ParseLanguage(Value::String(*text)) : absl::nullopt;
  if (text.has_value() && !language.has_value()) {
    reader->RejectValue("QueryLanguage", {"JSONPath", "JSONata"});
  }
  return language.value_or(QueryLanguage::kJsonata);
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
  language_ = TakeLanguage(&reader, QueryLanguage::kJsonPath);
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
    sink_->Error("TOO_DEEPLY_NESTED", reader->pointer(),
                 absl::StrCat("Parallel and Map states are nested deeper than ",
                              options_.max_nesting, " levels"),
                 "make a machine of its own of the inner part, and start it with "
                 "states:startExecution");
    return block;
  }
  if (states == nullptr) return block;
  if (states->AsObject().empty()) reader->Error("States", "Value cannot be empty", "add a state");
  for (const Value::Member& member : states->AsObject()) {
    DeclareState(member.first, member.second,
                 absl::StrCat(reader->PointerTo("States"), "/", EscapePointer(member.first)),
                 block);
  }
  if (start_at.has_value()) {
    const StateIndex index = machine_->Find(*start_at);
    if (index == kNone || machine_->state(index).block != block) {
      Resolve(*start_at, block, reader->PointerTo("StartAt"));
      lost_blocks_.insert(block);
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
    sink_->Error("INVALID_STATE_NAME", pointer,
                 absl::StrCat("State name must not be longer than ", kMaxStateNameLength,
                              " characters, but has ", CodePoints(name)),
                 "shorten it; a Comment has room for more");
    unclear_blocks_.insert(block);
    return;
  }
  machine_->by_name_.emplace(name, index);
  if (!names_->states.insert(name).second) {
    sink_->Error("DUPLICATE_STATE_NAME", pointer, absl::StrCat("Duplicate State name: ", name),
                 "names are unique in the whole machine, with all branches and processors: give "
                 "one of them another");
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
  std::string remedy;
  if (index != kNone) {
    remedy = "that state is in another block: a transition can not enter or leave a branch";
  } else if (sink_->has_time_for_suggestions()) {
    remedy = DidYouMean(*sink_, name, NamesIn(block));
  }
  if (remedy.empty()) remedy = "name a state of the same States object, or add one of that name";
  sink_->Error("MISSING_TRANSITION_TARGET", pointer,
               absl::StrCat("Missing 'Next' target: ", std::string(name)), std::move(remedy));
  return kNone;
}

// The state that `field` names: kNone where there is no such state, nullopt where `field` is
// missing or no name.
absl::optional<StateIndex> Compiler::TakeTarget(FieldReader* reader, absl::string_view field,
                                                BlockIndex block) {
  const absl::optional<std::string> name = reader->TakeString(field);
  if (!name.has_value()) return absl::nullopt;
  return Resolve(*name, block, reader->PointerTo(field));
}

std::vector<absl::string_view> Compiler::NamesIn(BlockIndex block) const {
  std::vector<absl::string_view> names;
  for (const State& state : machine_->states_) {
    if (state.block == block) names.push_back(state.name);
  }
  return names;
}

int Compiler::NestingOf(BlockIndex block) const {
  int nesting = 0;
  while (machine_->block(block).owner != kNone) {
    block = machine_->state(machine_->block(block).owner).block;
    ++nesting;
  }
  return nesting;
}

// As on AWS, only the machine's own block must have an end; and where it has none, nothing is said
// of what can not be reached.
void Compiler::CheckTransitions() {
  const bool has_end =
      is_processor() || unclear_blocks_.contains(0) || machine_->states_.empty() ||
      std::any_of(machine_->states_.begin(), machine_->states_.end(),
                  [](const State& state) { return state.block == 0 && state.is_terminal; });
  if (!has_end) {
    sink_->AddWithoutPlace("MISSING_END_STATE", "Workflow has no terminal state",
                           "give one of its states \"End\": true, or add a Succeed or Fail state");
    return;
  }
  for (BlockIndex b = 0; b < static_cast<BlockIndex>(machine_->blocks_.size()); ++b) CheckBlock(b);
}

// ASL, "Variables": an inner scope reads the variables of the scopes around it, but may not assign
// them.
void Compiler::CheckAssignments() {
  absl::flat_hash_set<std::pair<BlockIndex, std::string>> assigned;
  for (const Assignment& assignment : assignments_) {
    // What only a catcher assigns comes after the branches, never before them.
    if (!assignment.is_by_catcher) assigned.emplace(assignment.block, assignment.name);
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

// Every state of a block can be reached.
void Compiler::CheckBlock(BlockIndex block) {
  const StateIndex start = machine_->block(block).start_at;
  const bool is_clear = start != kNone || lost_blocks_.contains(block);
  if (!is_clear || unclear_blocks_.contains(block)) return;  // reported already
  std::vector<bool> reached(machine_->states_.size(), false);
  std::deque<StateIndex> open;
  const auto reach = [&reached, &open](StateIndex state) {
    if (state == kNone || reached[static_cast<size_t>(state)]) return;
    reached[static_cast<size_t>(state)] = true;
    open.push_back(state);
  };
  reach(start);
  while (!open.empty()) {
    const State& state = machine_->state(open.front());
    open.pop_front();
    for (StateIndex next : Successors(state)) reach(next);
  }
  for (size_t i = 0; i < reached.size(); ++i) {
    const State& state = machine_->states_[i];
    if (state.block != block || reached[i]) continue;
    sink_->Error("MISSING_TRANSITION_TARGET", state.pointer,
                 absl::StrCat("State \"", state.name, "\" is not reachable."),
                 "let a Next, Default or Catch lead to it, or take it out");
  }
}

namespace {

bool IsStatesObject(const std::vector<std::string>& tokens) {
  const size_t n = tokens.size();
  if (n == 0 || tokens[n - 1] != "States") return false;
  if (n == 1) return true;
  return tokens[n - 2] == "ItemProcessor" || tokens[n - 2] == "Iterator" ||
         (n > 2 && tokens[n - 3] == "Branches");
}

// Of two members with one name the parser keeps the last: nobody meant that.
void CheckRepeatedMembers(absl::string_view text, DiagnosticSink* sink) {
  constexpr size_t kEnough = 100;
  for (std::vector<std::string>& tokens : FindRepeatedMembers(text, kEnough)) {
    const std::string pointer = JoinPointer(tokens);
    const std::string name = tokens.back();
    tokens.pop_back();
    if (IsStatesObject(tokens)) {
      sink->Error("DUPLICATE_STATE_NAME", pointer, absl::StrCat("Duplicate State name: ", name),
                  "give one of the two another name");
    } else {
      sink->Error("INVALID_JSON_DESCRIPTION", pointer, absl::StrCat("Duplicate field '", name, "'"),
                  "take one of the two out");
    }
  }
}

void AddInvalidJson(absl::string_view text, const absl::Status& status, DiagnosticSink* sink,
                    std::vector<Diagnostic>* diagnostics) {
  sink->AddWithoutPlace(
      "INVALID_JSON_DESCRIPTION", std::string(status.message()),
      "what is expected there is JSON (RFC 8259): no comments, no trailing commas, "
      "names and texts in double quotes");
  Diagnostic& diagnostic = diagnostics->back();
  // "invalid JSON at line 3, column 7: ...": the parser knows the place.
  if (std::sscanf(diagnostic.message.c_str(), "invalid JSON at line %d, column %d",
                  &diagnostic.line, &diagnostic.column) != 2) {
    diagnostic.line = diagnostic.column = 1;
  }
  if (absl::optional<JsonDiagnosis> diagnosis = DiagnoseJson(text)) {
    diagnostic.message = std::move(diagnosis->message);
    diagnostic.aws_message = std::move(diagnosis->aws_message);
    diagnostic.location = std::move(diagnosis->aws_location);
  }
}

}  // namespace

std::shared_ptr<const StateMachine> Compile(absl::string_view text, const CompileOptions& options,
                                            std::vector<Diagnostic>* diagnostics) {
  DiagnosticSink sink(diagnostics);
  if (text.size() > options.max_definition_bytes) {
    sink.AddWithoutPlace(
        "SCHEMA_VALIDATION_FAILED",
        absl::StrCat("The definition has ", text.size(), " bytes, more than the limit of ",
                     options.max_definition_bytes),
        "make several machines of it that start each other, or raise the flag "
        "--max-definition-bytes");
    return nullptr;
  }
  if (text.find_first_not_of(" \t\r\n") == absl::string_view::npos) {
    sink.AddWithoutPlace("SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object",
                         "the text is empty: give an object with StartAt and States");
    return nullptr;
  }
  absl::StatusOr<Value> document = ParseJson(text);
  if (!document.ok()) {
    AddInvalidJson(text, document.status(), &sink, diagnostics);
    return nullptr;
  }
  CheckRepeatedMembers(text, &sink);
  Compiler compiler(options, &sink);
  std::shared_ptr<StateMachine> machine = compiler.Run(*document, text);
  Place(text, *document, diagnostics);
  if (HasErrors(*diagnostics)) return nullptr;
  return machine;
}

}  // namespace pawl::asl
