// One function per state type (ASL, "State Types"); fields that several types share come first.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/asl/compile_choice.h"
#include "engine/asl/compiler.h"
#include "engine/asl/resource.h"
#include "engine/asl/static_warnings.h"
#include "engine/expr/jsonata_template.h"
#include "engine/expr/timestamp.h"

namespace pawl::asl {
namespace {

constexpr int64_t kMaxSeconds = 99'999'999;

constexpr char kOnlyStandard[] =
    "a STANDARD machine can: give it that type, or call the task without waiting";

absl::optional<StateType> TypeFromName(absl::string_view name) {
  for (StateType type :
       {StateType::kTask, StateType::kPass, StateType::kChoice, StateType::kWait,
        StateType::kSucceed, StateType::kFail, StateType::kParallel, StateType::kMap}) {
    if (StateTypeName(type) == name) return type;
  }
  return absl::nullopt;
}

absl::optional<StateType> TakeType(FieldReader* reader) {
  const absl::optional<std::string> name = reader->TakeString("Type");
  if (!name.has_value()) {
    reader->Require({"Type"});
    return absl::nullopt;
  }
  const absl::optional<StateType> type = TypeFromName(*name);
  if (!type.has_value()) {
    reader->RejectValue("Type",
                        {"Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"},
                        "The field 'Type' should have one of these values: ");
  }
  return type;
}

}  // namespace

State Compiler::CompileState(StateIndex index, const Value& json) {
  const State& declared = machine_->state(index);
  State state;
  state.name = declared.name;
  state.pointer = declared.pointer;
  state.block = declared.block;
  bool is_language_refused = false;
  state.language = LanguageOf(json, state.pointer, &is_language_refused);
  FieldReader reader(sink_, json, state.pointer, state.language);
  if (is_language_refused) reader.IgnoreOtherLanguage();
  reader.Take("QueryLanguage");
  const absl::optional<StateType> type = TakeType(&reader);
  if (!type.has_value()) {
    unclear_blocks_.insert(state.block);
    return state;
  }
  state.type = *type;
  const bool produces_result = state.type == StateType::kTask ||
                               state.type == StateType::kParallel || state.type == StateType::kMap;
  const StatesScope scope = produces_result ? StatesScope::kWithResult : StatesScope::kPlain;
  if (state.type != StateType::kFail) {
    if (reader.is_jsonata()) {
      state.output = reader.TakeTemplate("Output", scope);
    } else {
      state.input_path = reader.TakePath("InputPath");
      state.output_path = reader.TakePath("OutputPath");
    }
    if (state.type != StateType::kSucceed) {
      state.assign = TakeAssign(&reader, scope, state.block);
    }
  }
  switch (state.type) {
    case StateType::kTask:
      CompileTask(&reader, &state);
      break;
    case StateType::kPass:
      CompilePass(&reader, &state);
      break;
    case StateType::kChoice:
      CompileChoice(&reader, &state);
      break;
    case StateType::kWait:
      CompileWait(&reader, &state);
      break;
    case StateType::kSucceed:
      state.is_terminal = true;
      state.fields = SucceedFields{};
      break;
    case StateType::kFail:
      CompileFail(&reader, &state);
      break;
    case StateType::kParallel:
      CompileParallel(&reader, &state, index);
      break;
    case StateType::kMap:
      CompileMap(&reader, &state, index);
      break;
  }
  reader.RejectUnknown();
  if (!reader.is_jsonata() && json.is_object()) WarnOfStaticPaths(state, json, sink_);
  return state;
}

// *is_refused: a machine in JSONata has no states in JSONPath. The state is then read as one in
// JSONPath, and nothing is said about what belongs to the other language.
QueryLanguage Compiler::LanguageOf(const Value& state, const std::string& pointer,
                                   bool* is_refused) {
  if (!state.is_object()) return language_;  // the caller reports it
  FieldReader reader(sink_, state, pointer);
  const QueryLanguage language = TakeLanguage(&reader, language_);
  *is_refused = language == QueryLanguage::kJsonPath && language_ == QueryLanguage::kJsonata;
  if (*is_refused) {
    sink_->Schema(pointer,
                  "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state "
                  "machine",
                  "leave QueryLanguage out of the machine and give \"JSONata\" to its states");
  }
  return language;
}

// Also notes the names for the check against outer scopes.
expr::ExpressionPtr Compiler::TakeAssign(FieldReader* reader, StatesScope scope, BlockIndex block) {
  std::vector<std::string> names;
  expr::ExpressionPtr assign = reader->TakeAssign(scope, &names);
  for (std::string& name : names) {
    assignments_.push_back(Assignment{std::move(name), block, reader->PointerTo("Assign"),
                                      scope == StatesScope::kWithErrorOutput});
  }
  return assign;
}

// InputPath apart: Parameters, ResultSelector and ResultPath, or Arguments.
void Compiler::CompileDataFlow(FieldReader* reader, State* state) {
  if (reader->is_jsonata()) {
    state->parameters = reader->TakeTemplate("Arguments");
    return;
  }
  state->parameters = reader->TakeTemplate("Parameters");
  state->result_selector = reader->TakeTemplate("ResultSelector");
  state->result_path = reader->TakeResultPath("ResultPath");
}

// Next and End: exactly one of them.
void Compiler::CompileFlow(FieldReader* reader, State* state) {
  state->is_terminal = reader->TakeBool("End").value_or(false);
  const absl::optional<StateIndex> next = TakeTarget(reader, "Next", state->block);
  state->next = next.value_or(kNone);
  if (state->is_terminal) return reader->RejectSeveral({"Next", "End"});
  if (next.has_value()) return;
  unclear_blocks_.insert(state->block);
  if (reader->Has("Next")) return;
  sink_->Schema(state->pointer, "You must specify one of [Next, End]",
                "say what comes after it with \"Next\", or end here with \"End\": true");
}

void Compiler::CompileTask(FieldReader* reader, State* state) {
  CompileFlow(reader, state);
  TaskFields task;
  reader->Require({"Resource"});
  if (const absl::optional<std::string> text = reader->TakeString("Resource")) {
    absl::StatusOr<Resource> resource = ParseResource(*text);
    if (resource.ok()) {
      task.resource = *std::move(resource);
    } else {
      reader->Error("Resource", std::string(resource.status().message()),
                    "give the ARN of a Lambda function or an activity, a service integration "
                    "(arn:aws:states:::SERVICE:ACTION), or a queue of workers (pawl:NAME)");
    }
  }
  if (options_.type == MachineType::kExpress) {
    if (task.resource.kind == Resource::Kind::kActivity) {
      reader->Error("Resource", "Express state machine does not support Activity ARN",
                    kOnlyStandard);
    } else if (task.resource.pattern == IntegrationPattern::kWaitForTaskToken) {
      reader->Error(
          "Resource",
          "Express state machine does not support '.waitForTaskToken' service integration ",
          kOnlyStandard);
    } else if (task.resource.pattern != IntegrationPattern::kRequestResponse) {
      reader->Error("Resource",
                    "Express state machine does not support '.sync' service integration",
                    kOnlyStandard);
    }
  }
  task.timeout_seconds = reader->TakeNumberField("TimeoutSeconds", 1, kMaxSeconds);
  task.heartbeat_seconds = reader->TakeNumberField("HeartbeatSeconds", 1, kMaxSeconds);
  if (task.timeout_seconds.literal.has_value() && task.heartbeat_seconds.literal.has_value() &&
      *task.heartbeat_seconds.literal >= *task.timeout_seconds.literal) {
    reader->Error("HeartbeatSeconds", "HeartbeatSeconds must be smaller than TimeoutSeconds",
                  "a heartbeat that may be as late as the task's end says nothing");
  }
  if (reader->Has("Credentials")) {
    if (const Value* credentials = reader->TakeObject("Credentials")) {
      if (credentials->Find("RoleArn") == nullptr && credentials->Find("RoleArn.$") == nullptr) {
        reader->Error("Credentials", "The field 'RoleArn' is required but was missing",
                      "add \"RoleArn\": the role that the task is called with");
      } else if (credentials->AsObject().size() != 1) {
        reader->Error("Credentials", "The only field supported is RoleArn", "take the others out");
      }
      task.credentials = reader->TakeTemplate("Credentials");
    }
  }
  CompileDataFlow(reader, state);
  state->fields = std::move(task);
  CompileRetry(reader, state);
  CompileCatch(reader, state);
}

void Compiler::CompilePass(FieldReader* reader, State* state) {
  CompileFlow(reader, state);
  PassFields pass;
  if (!reader->is_jsonata()) {
    if (const Value* result = reader->Take("Result"); result != nullptr) {
      pass.result = Payload::FromValue(*result);
    }
    state->parameters = reader->TakeTemplate("Parameters");
    state->result_path = reader->TakeResultPath("ResultPath");
  }
  state->fields = std::move(pass);
}

void Compiler::CompileChoice(FieldReader* reader, State* state) {
  ChoiceFields choice;
  reader->Require({"Choices"});
  if (const Value* rules = reader->TakeArray("Choices")) {
    if (rules->AsArray().empty()) {
      reader->Error("Choices", "Value cannot be empty", "add a rule, or make it a Pass state");
    }
    int i = 0;
    for (const Value& json : rules->AsArray()) {
      FieldReader rule_reader(sink_, json, absl::StrCat(reader->PointerTo("Choices"), "/", i++),
                              state->language);
      ChoiceRule rule;
      rule.assign = TakeAssign(&rule_reader, StatesScope::kPlain, state->block);
      rule_reader.Require({"Next"});
      const absl::optional<StateIndex> next = TakeTarget(&rule_reader, "Next", state->block);
      if (!next.has_value()) unclear_blocks_.insert(state->block);
      rule.next = next.value_or(kNone);
      if (rule_reader.is_jsonata()) {
        rule_reader.Require({"Condition"});
        rule.output = rule_reader.TakeTemplate("Output");
        rule.predicate = TakeCondition(&rule_reader);
      } else {
        rule.condition = CompileCondition(&rule_reader);
      }
      rule_reader.RejectUnknown();
      choice.rules.push_back(std::move(rule));
    }
  }
  const absl::optional<StateIndex> next = TakeTarget(reader, "Default", state->block);
  if (reader->Has("Default") && !next.has_value()) unclear_blocks_.insert(state->block);
  choice.default_next = next.value_or(kNone);
  state->fields = std::move(choice);
}

// A JSONata Choice rule's test: an expression, or true or false.
expr::ExpressionPtr Compiler::TakeCondition(FieldReader* reader) {
  const Value* condition = reader->Take("Condition");
  if (condition == nullptr) return nullptr;
  const bool is_expression = condition->is_string() && expr::IsJsonata(condition->AsString());
  if (!is_expression && !condition->is_bool()) {
    reader->Error("Condition", "Value must be a boolean or a JSONata expression ({% ... %})",
                  "begin it with '{%' and end it with '%}'");
    return nullptr;
  }
  return reader->TakeTemplate("Condition");
}

void Compiler::CompileWait(FieldReader* reader, State* state) {
  CompileFlow(reader, state);
  WaitFields wait;
  std::vector<absl::string_view> fields = {"Seconds", "Timestamp"};
  if (!reader->is_jsonata()) fields = {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"};
  const auto given = std::count_if(fields.begin(), fields.end(),
                                   [&](absl::string_view field) { return reader->Has(field); });
  if (given != 1) {
    sink_->Schema(
        state->pointer,
        absl::StrCat("You must specify exactly one of [", absl::StrJoin(fields, ", "), "]"),
        "Seconds counts from the entry of the state, Timestamp is a point in time");
  }
  wait.seconds = reader->TakeNumberField("Seconds", 0, kMaxSeconds);
  wait.timestamp = reader->TakeStringField("Timestamp", /*allow_intrinsic=*/false);
  if (wait.timestamp.literal.has_value()) {
    const absl::optional<absl::Time> time = expr::ParseTimestamp(*wait.timestamp.literal);
    if (time.has_value()) {
      wait.literal_time = *time;
    } else {
      reader->Error("Timestamp", "String does not match RFC3339 timestamp",
                    "write it like 2030-01-31T23:59:59Z, with T and with Z or an offset");
    }
  }
  state->fields = std::move(wait);
}

void Compiler::CompileFail(FieldReader* reader, State* state) {
  FailFields fail;
  state->is_terminal = true;
  fail.error = reader->TakeStringField("Error");
  fail.cause = reader->TakeStringField("Cause");
  state->fields = std::move(fail);
}

void Compiler::CompileParallel(FieldReader* reader, State* state, StateIndex index) {
  CompileFlow(reader, state);
  ParallelFields parallel;
  reader->Require({"Branches"});
  if (const Value* branches = reader->TakeArray("Branches")) {
    if (branches->AsArray().empty()) {
      reader->Error("Branches", "Value cannot be empty", "add a branch with StartAt and States");
    }
    const int nesting = NestingOf(state->block) + 1;
    int i = 0;
    for (const Value& json : branches->AsArray()) {
      FieldReader branch(sink_, json, absl::StrCat(reader->PointerTo("Branches"), "/", i++));
      parallel.branches.push_back(DeclareBlock(&branch, index, nesting));
      branch.RejectUnknown();
    }
  }
  CompileDataFlow(reader, state);
  state->fields = std::move(parallel);
  CompileRetry(reader, state);
  CompileCatch(reader, state);
}

}  // namespace pawl::asl
