// One function per state type (ASL, "State Types"); fields that several types share come first.
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/asl/compile_choice.h"
#include "engine/asl/compiler.h"
#include "engine/asl/resource.h"
#include "engine/expr/timestamp.h"

namespace pawl::asl {
namespace {

constexpr int64_t kMaxSeconds = 99'999'999;

absl::optional<StateType> TypeFromName(absl::string_view name) {
  for (StateType type :
       {StateType::kTask, StateType::kPass, StateType::kChoice, StateType::kWait,
        StateType::kSucceed, StateType::kFail, StateType::kParallel, StateType::kMap}) {
    if (StateTypeName(type) == name) return type;
  }
  return absl::nullopt;
}

}  // namespace

State Compiler::CompileState(StateIndex index, const Value& json) {
  const State& declared = machine_->state(index);
  State state;
  state.name = declared.name;
  state.pointer = declared.pointer;
  state.block = declared.block;
  FieldReader reader(sink_, json, state.pointer);
  const absl::optional<std::string> type_name = reader.TakeString("Type");
  const absl::optional<StateType> type =
      type_name.has_value() ? TypeFromName(*type_name) : absl::nullopt;
  if (!type.has_value()) {
    if (type_name.has_value()) {
      reader.Error("Type", absl::StrCat("Value must be one of Task, Pass, Choice, Wait, Succeed, "
                                        "Fail, Parallel, Map, but is '",
                                        *type_name, "'"));
    } else {
      reader.Require({"Type"});
    }
    return state;
  }
  state.type = *type;
  if (const absl::optional<std::string> language = reader.TakeString("QueryLanguage")) {
    if (*language == "JSONata") {
      sink_->Unsupported(reader.PointerTo("QueryLanguage"), "JSONata");
      return state;
    }
    if (*language != "JSONPath") reader.Error("QueryLanguage", "Value must be JSONPath or JSONata");
  }
  if (reader.Take("Assign") != nullptr) {
    sink_->Unsupported(reader.PointerTo("Assign"), "Variables (Assign)");
  }
  if (state.type != StateType::kFail) {
    state.input_path = reader.TakePath("InputPath");
    state.output_path = reader.TakePath("OutputPath");
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
  return state;
}

// Next and End: exactly one of them.
void Compiler::CompileFlow(FieldReader* reader, State* state) {
  const absl::optional<bool> end = reader->TakeBool("End");
  const absl::optional<std::string> next = reader->TakeString("Next");
  const bool is_end = end.value_or(false);
  if (is_end && next.has_value()) {
    sink_->Schema(state->pointer, "You can specify only one of [Next, End]");
  } else if (!is_end && !reader->Has("Next")) {
    sink_->Schema(state->pointer, "You must specify one of [Next, End]");
  }
  if (next.has_value()) state->next = Resolve(*next, state->block, reader->PointerTo("Next"));
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
      reader->Error("Resource", std::string(resource.status().message()));
    }
  }
  if (options_.type == MachineType::kExpress) {
    if (task.resource.kind == Resource::Kind::kActivity) {
      reader->Error("Resource", "Express state machine does not support Activity ARN");
    } else if (task.resource.pattern == IntegrationPattern::kWaitForTaskToken) {
      reader->Error(
          "Resource",
          "Express state machine does not support '.waitForTaskToken' service integration ");
    } else if (task.resource.pattern != IntegrationPattern::kRequestResponse) {
      reader->Error("Resource",
                    "Express state machine does not support '.sync' service integration ");
    }
  }
  task.timeout_seconds = reader->TakeNumberField("TimeoutSeconds", 1, kMaxSeconds);
  task.heartbeat_seconds = reader->TakeNumberField("HeartbeatSeconds", 1, kMaxSeconds);
  if (task.timeout_seconds.literal.has_value() && task.heartbeat_seconds.literal.has_value() &&
      *task.heartbeat_seconds.literal >= *task.timeout_seconds.literal) {
    reader->Error("HeartbeatSeconds", "HeartbeatSeconds must be smaller than TimeoutSeconds");
  }
  const bool waits_for_others = task.resource.kind == Resource::Kind::kActivity ||
                                task.resource.pattern == IntegrationPattern::kWaitForTaskToken;
  if (waits_for_others && !task.timeout_seconds.present() && !task.heartbeat_seconds.present()) {
    sink_->Add(Severity::kWarning, "PAWL_NO_TIMEOUT", state->pointer,
               "This state waits for an answer from outside without TimeoutSeconds or "
               "HeartbeatSeconds: if the answer never comes, the execution waits for ever");
  }
  if (reader->Has("Credentials")) {
    if (const Value* credentials = reader->TakeObject("Credentials")) {
      if (credentials->Find("RoleArn") == nullptr && credentials->Find("RoleArn.$") == nullptr) {
        reader->Error("Credentials", "The field 'RoleArn' is required but was missing");
      } else if (credentials->AsObject().size() != 1) {
        reader->Error("Credentials", "The only field supported is RoleArn");
      }
      task.credentials = reader->TakeTemplate("Credentials");
    }
  }
  state->parameters = reader->TakeTemplate("Parameters");
  state->result_selector = reader->TakeTemplate("ResultSelector");
  state->result_path = reader->TakeResultPath("ResultPath");
  state->fields = std::move(task);
  CompileRetry(reader, state);
  CompileCatch(reader, state);
}

void Compiler::CompilePass(FieldReader* reader, State* state) {
  CompileFlow(reader, state);
  PassFields pass;
  if (const Value* result = reader->Take("Result"); result != nullptr) {
    pass.result = Payload::FromValue(*result);
  }
  state->parameters = reader->TakeTemplate("Parameters");
  state->result_path = reader->TakeResultPath("ResultPath");
  state->fields = std::move(pass);
}

void Compiler::CompileChoice(FieldReader* reader, State* state) {
  ChoiceFields choice;
  reader->Require({"Choices"});
  if (const Value* rules = reader->TakeArray("Choices")) {
    if (rules->AsArray().empty()) {
      reader->Error("Choices", "Choices must have at least one Choice Rule");
    }
    int i = 0;
    for (const Value& json : rules->AsArray()) {
      FieldReader rule_reader(sink_, json, absl::StrCat(reader->PointerTo("Choices"), "/", i++));
      ChoiceRule rule;
      if (rule_reader.Take("Assign") != nullptr) {
        sink_->Unsupported(rule_reader.PointerTo("Assign"), "Variables (Assign)");
      }
      rule_reader.Require({"Next"});
      if (const absl::optional<std::string> next = rule_reader.TakeString("Next")) {
        rule.next = Resolve(*next, state->block, rule_reader.PointerTo("Next"));
      }
      rule.condition = CompileCondition(&rule_reader);
      rule_reader.RejectUnknown();
      choice.rules.push_back(std::move(rule));
    }
  }
  if (const absl::optional<std::string> next = reader->TakeString("Default")) {
    choice.default_next = Resolve(*next, state->block, reader->PointerTo("Default"));
  }
  state->fields = std::move(choice);
}

void Compiler::CompileWait(FieldReader* reader, State* state) {
  CompileFlow(reader, state);
  WaitFields wait;
  int given = 0;
  for (absl::string_view field : {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"}) {
    given += reader->Has(field) ? 1 : 0;
  }
  if (given != 1) {
    sink_->Schema(
        state->pointer,
        "You must specify exactly one of [Seconds, SecondsPath, Timestamp, TimestampPath]");
  }
  wait.seconds = reader->TakeNumberField("Seconds", 0, kMaxSeconds);
  // TakeStringField would take an intrinsic function as well: TimestampPath is a path only.
  wait.timestamp.literal = reader->TakeString("Timestamp");
  wait.timestamp.path = reader->TakePathExpression("TimestampPath", /*allow_intrinsic=*/false);
  wait.timestamp.field = wait.timestamp.path != nullptr ? "TimestampPath" : "Timestamp";
  if (wait.timestamp.literal.has_value()) {
    const absl::optional<absl::Time> time = expr::ParseTimestamp(*wait.timestamp.literal);
    if (time.has_value()) {
      wait.literal_time = *time;
    } else {
      reader->Error("Timestamp", "String does not match RFC3339 timestamp");
    }
  }
  state->fields = std::move(wait);
}

void Compiler::CompileFail(FieldReader* reader, State* state) {
  FailFields fail;
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
      reader->Error("Branches", "Branches must have at least one branch");
    }
    const int nesting = NestingOf(state->block) + 1;
    int i = 0;
    for (const Value& json : branches->AsArray()) {
      FieldReader branch(sink_, json, absl::StrCat(reader->PointerTo("Branches"), "/", i++));
      parallel.branches.push_back(DeclareBlock(&branch, index, nesting));
      branch.RejectUnknown();
    }
  }
  state->parameters = reader->TakeTemplate("Parameters");
  state->result_selector = reader->TakeTemplate("ResultSelector");
  state->result_path = reader->TakeResultPath("ResultPath");
  state->fields = std::move(parallel);
  CompileRetry(reader, state);
  CompileCatch(reader, state);
}

void Compiler::CompileMap(FieldReader* reader, State* state, StateIndex index) {
  CompileFlow(reader, state);
  MapFields map;
  const absl::string_view field = reader->Has("Iterator") ? "Iterator" : "ItemProcessor";
  if (reader->Has("Iterator") && reader->Has("ItemProcessor")) {
    sink_->Schema(state->pointer, "You can specify only one of [ItemProcessor, Iterator]");
    reader->Take("ItemProcessor");
  }
  reader->Require({field});
  if (const Value* processor = reader->TakeObject(field)) {
    FieldReader block(sink_, *processor, reader->PointerTo(field));
    if (const Value* config = block.TakeObject("ProcessorConfig")) {
      FieldReader config_reader(sink_, *config, block.PointerTo("ProcessorConfig"));
      const std::string mode = config_reader.TakeString("Mode").value_or("INLINE");
      config_reader.TakeString("ExecutionType");
      if (mode == "DISTRIBUTED") {
        map.is_distributed = true;
        sink_->Unsupported(config_reader.PointerTo("Mode"), "Distributed Map");
      } else if (mode != "INLINE") {
        config_reader.Error("Mode", "Value must be INLINE or DISTRIBUTED");
      }
      config_reader.RejectUnknown();
    }
    map.processor = DeclareBlock(&block, index, NestingOf(state->block) + 1);
    block.RejectUnknown();
  }
  map.items_path = reader->TakePath("ItemsPath", /*allow_null=*/false);
  if (reader->Has("Parameters") && reader->Has("ItemSelector")) {
    sink_->Schema(state->pointer, "You can specify only one of [ItemSelector, Parameters]");
  }
  map.item_selector =
      reader->TakeTemplate(reader->Has("ItemSelector") ? "ItemSelector" : "Parameters");
  map.max_concurrency = reader->TakeNumberField("MaxConcurrency", 0, kMaxSeconds);
  map.tolerated_failure_count = reader->TakeNumberField("ToleratedFailureCount", 0, 10'000'000);
  map.tolerated_failure_percentage = reader->TakeNumberField("ToleratedFailurePercentage", 0, 100);
  for (absl::string_view distributed_only : {"ItemReader", "ItemBatcher", "ResultWriter"}) {
    if (reader->Take(distributed_only) != nullptr && !map.is_distributed) {
      sink_->Unsupported(reader->PointerTo(distributed_only), "Distributed Map");
    }
  }
  reader->TakeString("Label");
  state->result_selector = reader->TakeTemplate("ResultSelector");
  state->result_path = reader->TakeResultPath("ResultPath");
  state->fields = std::move(map);
  CompileRetry(reader, state);
  CompileCatch(reader, state);
}

std::vector<std::string> Compiler::CompileErrorEquals(FieldReader* reader, bool is_last) {
  std::vector<std::string> names;
  reader->Require({"ErrorEquals"});
  const Value* list = reader->TakeArray("ErrorEquals");
  if (list == nullptr) return names;
  if (list->AsArray().empty()) reader->Error("ErrorEquals", "Array must have at least one element");
  for (const Value& name : list->AsArray()) {
    if (!name.is_string()) {
      reader->Error("ErrorEquals", "Expected elements of type String");
      continue;
    }
    names.push_back(name.AsString());
  }
  for (const std::string& name : names) {
    if (name != "States.ALL") continue;
    if (names.size() > 1) {
      reader->Error("ErrorEquals", "States.ALL must appear alone in the ErrorEquals array");
    } else if (!is_last) {
      reader->Error("ErrorEquals", "States.ALL must appear in the last element of the array only");
    }
  }
  return names;
}

void Compiler::CompileRetry(FieldReader* reader, State* state) {
  const Value* list = reader->TakeArray("Retry");
  if (list == nullptr) return;
  const size_t count = list->AsArray().size();
  for (size_t i = 0; i < count; ++i) {
    FieldReader entry(sink_, list->AsArray()[i], absl::StrCat(reader->PointerTo("Retry"), "/", i));
    Retrier retrier;
    retrier.error_equals = CompileErrorEquals(&entry, i + 1 == count);
    if (const auto seconds = entry.TakeInteger("IntervalSeconds", 1, kMaxSeconds)) {
      retrier.interval = absl::Seconds(*seconds);
    }
    if (const auto attempts = entry.TakeInteger("MaxAttempts", 0, kMaxSeconds)) {
      retrier.max_attempts = *attempts;
    }
    if (const auto rate = entry.TakeNumber("BackoffRate", 1.0, 1e9)) retrier.backoff_rate = *rate;
    if (const auto seconds = entry.TakeInteger("MaxDelaySeconds", 1, 31'622'400)) {
      retrier.max_delay = absl::Seconds(*seconds);
      if (retrier.max_delay <= retrier.interval) {
        entry.Error("MaxDelaySeconds", "MaxDelaySeconds must be greater than IntervalSeconds");
      }
    }
    if (const auto jitter = entry.TakeString("JitterStrategy")) {
      if (*jitter != "FULL" && *jitter != "NONE") {
        entry.Error("JitterStrategy", "Value must be FULL or NONE");
      }
      retrier.full_jitter = *jitter == "FULL";
    }
    entry.RejectUnknown();
    state->retriers.push_back(std::move(retrier));
  }
}

void Compiler::CompileCatch(FieldReader* reader, State* state) {
  const Value* list = reader->TakeArray("Catch");
  if (list == nullptr) return;
  const size_t count = list->AsArray().size();
  for (size_t i = 0; i < count; ++i) {
    FieldReader entry(sink_, list->AsArray()[i], absl::StrCat(reader->PointerTo("Catch"), "/", i));
    Catcher catcher;
    catcher.error_equals = CompileErrorEquals(&entry, i + 1 == count);
    if (entry.Take("Assign") != nullptr) {
      sink_->Unsupported(entry.PointerTo("Assign"), "Variables (Assign)");
    }
    entry.Require({"Next"});
    if (const auto next = entry.TakeString("Next")) {
      catcher.next = Resolve(*next, state->block, entry.PointerTo("Next"));
    }
    catcher.result_path = entry.TakeResultPath("ResultPath");
    entry.RejectUnknown();
    state->catchers.push_back(std::move(catcher));
  }
}

}  // namespace pawl::asl
