#include "engine/test_state/test_state.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/core/decide.h"
#include "engine/objects/item_reader.h"
#include "engine/objects/memory_store.h"
#include "engine/objects/reader_request.h"
#include "engine/test_state/context.h"
#include "engine/test_state/definition.h"
#include "engine/test_state/inspection_data.h"
#include "engine/test_state/mock.h"
#include "engine/value/json.h"
#include "engine/value/json_diagnosis.h"

namespace pawl::test_state {
namespace {

// Decide stops after so many events: one state is entered, and not the next one.
constexpr int kEventsOfOneState = 2;

class NoTokens final : public core::TokenMinter {
 public:
  std::string Mint(const core::Execution&, core::EventId) const override { return ""; }
};

// All that a request holds as text, read.
struct Prepared {
  TestedState tested;
  Value input = Value::EmptyObject();
  Value variables = Value::EmptyObject();
  core::Inspection inspection;
  TaskAnswer answer;                          // of a task without a mock
  absl::optional<Value> after_items_pointer;  // of a Map that has one
};

absl::optional<Refusal> ReadTexts(const Request& request, Prepared* out) {
  if (request.input.has_value()) {
    absl::StatusOr<Value> input = ParseJson(*request.input);
    if (!input.ok()) {
      const absl::optional<JsonDiagnosis> diagnosis = DiagnoseJson(*request.input);
      return Refusal{"InvalidExecutionInput",
                     absl::StrCat("Invalid State Machine Execution Input: '",
                                  diagnosis.has_value() ? diagnosis->message
                                                        : std::string(input.status().message()),
                                  "'")};
    }
    out->input = *std::move(input);
  }
  if (request.variables.has_value()) {
    absl::StatusOr<Value> variables = ParseJson(*request.variables);
    if (!variables.ok() || !variables->is_object()) {
      return Refusal{"ValidationException", "Variables must be a JSON object"};
    }
    out->variables = *std::move(variables);
  }
  if (request.context.has_value()) {
    absl::StatusOr<Value> context = ParseJson(*request.context);
    if (!context.ok()) {
      return Refusal{"ValidationException",
                     "Invalid Context object provided: it must be valid JSON"};
    }
    out->inspection.context = *std::move(context);
  }
  return absl::nullopt;
}

absl::optional<Refusal> Prepare(const Request& request, const World& world, Prepared* out) {
  if (request.definition.empty()) return Refusal{"ValidationException", "definition is empty"};
  if (request.state_name == "") return Refusal{"ValidationException", "stateName is empty"};
  if (auto refusal = CheckCombination(request)) return refusal;
  if (auto refusal = ReadTexts(request, out)) return refusal;
  if (auto refusal = FindTestedState(request, &out->tested)) return refusal;
  const asl::State& state = out->tested.state();
  if (auto refusal = CheckStateType(request, state, world.requires_role)) return refusal;
  if (out->inspection.context.has_value()) {
    if (auto refusal = CheckContext(*out->inspection.context, state)) return refusal;
  }
  if (request.mock.has_value()) {
    out->inspection.mock.emplace();
    if (auto refusal = MakeMock(request, out->tested, &*out->inspection.mock)) return refusal;
  } else if (state.type == asl::StateType::kTask && world.call_task == nullptr) {
    return Refusal{
        "ValidationException",
        "There is no worker to run the task here: specify a mock result or a mock error"};
  }
  if (!out->inspection.context.has_value()) {
    out->inspection.context = MakeContext(request, state, out->input, world);
  }
  out->inspection.prior_retries = request.configuration.retrier_retry_count.value_or(0);
  return absl::nullopt;
}

// The items that a Map's reader would find in `data`, which stands for the object it reads.
core::Command ReadItems(const core::ItemsToRead& read, const absl::optional<std::string>& data,
                        absl::optional<Value>* after_items_pointer) {
  if (!data.has_value()) {
    return core::ItemsRead{read.map_run, read.cursor, Payload::FromValue(Value::Array({})), "",
                           true};
  }
  objects::MemoryStore store;
  objects::ReaderSpec spec = objects::SpecOfRequest(read.request);
  // Of a list or a manifest the data is what it leads to.
  if (spec.kind != objects::ReaderSpec::Kind::kObject) {
    spec.format = objects::ReaderSpec::Format::kJson;
  }
  spec.kind = objects::ReaderSpec::Kind::kObject;
  spec.bucket = "mock";
  spec.key = "data";
  store.Put(spec.bucket, spec.key, *data);
  auto reader = objects::OpenItemReader(&store, spec, "");
  if (!reader.ok()) return core::ItemsFailed{read.map_run, reader.failure()};
  Value::Elements items;
  for (bool is_end = false; !is_end;) {
    OrFailure<objects::ItemChunk> chunk = (*reader)->Next(data->size() + 1, data->size() + 1);
    if (!chunk.ok()) return core::ItemsFailed{read.map_run, chunk.failure()};
    items.insert(items.end(), chunk->items.begin(), chunk->items.end());
    is_end = chunk->is_end;
  }
  Payload all = Payload::FromValue(Value::Array(std::move(items)));
  if (!spec.items_pointer.empty()) *after_items_pointer = all.value();
  return core::ItemsRead{read.map_run, read.cursor, std::move(all), "", true};
}

TaskCall CallOf(const core::TaskToRun& task, const Request& request) {
  return {task.queue, request.state_name.value_or(task.state), task.input.value(),
          task.times_out_at - task.scheduled_at, request.reveal_secrets};
}

core::Command CommandOf(const TaskAnswer& answer, core::EventId scheduled) {
  if (answer.result.has_value()) {
    core::CompleteTask command;
    command.scheduled = scheduled;
    command.output = Payload::FromValue(*answer.result);
    return command;
  }
  core::FailTask command;
  command.scheduled = scheduled;
  command.error = answer.error;
  command.cause = answer.cause;
  return command;
}

// Interprets the state until it is left, retried or failed; all its events.
std::vector<core::Event> Interpret(const Request& request, const World& world, Prepared* prepared) {
  core::ExecutionHeader header;
  header.start_time = world.now;
  core::Execution execution(header, prepared->tested.machine);
  NoTokens tokens;
  core::World core_world;
  core_world.now = world.now;
  core_world.random = world.random;
  core_world.tokens = &tokens;
  core_world.inspection = &prepared->inspection;
  core_world.limits.max_events_per_transition = kEventsOfOneState;
  core::StartExecution start{Payload::FromValue(prepared->input)};
  for (const auto& [name, value] : prepared->variables.AsObject()) {
    start.variables.push_back({name, Payload::FromValue(value)});
  }
  std::vector<core::Event> events;
  const auto decide = [&](core::Command command) {
    core::Decision decision = core::Decide(&execution, {std::move(command)}, core_world);
    for (core::Event& event : decision.events) events.push_back(std::move(event));
  };
  decide(std::move(start));
  if (execution.is_closed() || execution.wants_continue()) return events;
  const core::OutstandingWork work = core::Outstanding(execution);
  if (!work.reads.empty()) {
    decide(ReadItems(work.reads[0], request.configuration.map_item_reader_data,
                     &prepared->after_items_pointer));
  } else if (!work.tasks.empty()) {
    prepared->answer = world.call_task(CallOf(work.tasks[0], request));
    decide(CommandOf(prepared->answer, work.tasks[0].scheduled));
  } else if (prepared->tested.state().type == asl::StateType::kWait) {
    core_world.now = work.next_timer;
    decide(core::FireTimers{});
  }
  return events;
}

struct Ending {
  const core::StateExited* exited = nullptr;
  const core::RetryScheduled* retried = nullptr;
  absl::Time retried_at;
  Value::Elements child_inputs;  // of a Distributed Map
};

Ending EndingOf(const std::vector<core::Event>& events) {
  Ending ending;
  for (const core::Event& event : events) {
    if (const auto* started = event.As<core::MapChildrenStarted>()) {
      for (const Value& input : started->inputs.value().AsArray()) {
        ending.child_inputs.push_back(input);
      }
    }
    if (ending.retried == nullptr && event.Is<core::RetryScheduled>()) {
      ending.retried = event.As<core::RetryScheduled>();
      ending.retried_at = event.time;
    }
    if (ending.exited == nullptr) ending.exited = event.As<core::StateExited>();
  }
  return ending;
}

// The iterations that a Map would have run; nullopt where they are not known.
absl::optional<size_t> Iterations(const asl::State& state, const core::Inspection& seen,
                                  const Ending& ending) {
  const auto* map = std::get_if<asl::MapFields>(&state.fields);
  if (map == nullptr) return absl::nullopt;
  if (map->distributed != nullptr) {
    // A Map Run that failed before its children were made has none.
    if (seen.has_failed && ending.child_inputs.empty()) return absl::nullopt;
    return ending.child_inputs.size();
  }
  if (!seen.after_items_path.has_value()) return absl::nullopt;
  const Value& items = *seen.after_items_path;
  if (items.is_array()) return items.AsArray().size();
  if (items.is_object()) return items.AsObject().size();
  return absl::nullopt;
}

// What a mock may say of the iterations, which are known only now.
absl::optional<Refusal> CheckIterations(const core::Inspection& seen,
                                        absl::optional<size_t> iterations) {
  if (!iterations.has_value() || !seen.mock.has_value()) return absl::nullopt;
  if (seen.mock->failed_iterations.value_or(0) > static_cast<int64_t>(*iterations)) {
    return Refusal{"ValidationException",
                   "Map iteration failure count must be less than or equal to the number of Map "
                   "iterations"};
  }
  const absl::optional<Value>& result = seen.mock->result;
  if (seen.has_failed || !result.has_value() || !result->is_array() ||
      result->AsArray().size() == *iterations) {
    return absl::nullopt;
  }
  return Refusal{"ValidationException",
                 "Input array does not equal the mocked result array's size"};
}

Status StatusOf(const Ending& ending, const core::Inspection& seen) {
  if (ending.retried != nullptr) return Status::kRetriable;
  if (ending.exited == nullptr) return Status::kFailed;
  return seen.catcher >= 0 ? Status::kCaughtError : Status::kSucceeded;
}

Value ErrorDetails(Status status, const Ending& ending, const core::Inspection& seen) {
  if (status == Status::kCaughtError) {
    return Value::Object({{"catchIndex", Value::Int(seen.catcher)}});
  }
  if (status == Status::kFailed && seen.exhausted_retrier >= 0) {
    return Value::Object({{"retryIndex", Value::Int(seen.exhausted_retrier)}});
  }
  if (status != Status::kRetriable) return Value::Null();
  const absl::Duration backoff = ending.retried->next_attempt_at - ending.retried_at;
  return Value::Object(
      {{"retryIndex", Value::Int(ending.retried->retrier)},
       {"retryBackoffIntervalSeconds", Value::Int(absl::ToInt64Seconds(backoff))}});
}

Value VariablesAfter(const Value& before, const Ending& ending) {
  Value::Members variables = before.AsObject();
  if (ending.exited != nullptr) {
    for (const core::AssignedVariable& variable : ending.exited->assigned) {
      variables.emplace_back(variable.name, variable.value.value());
    }
  }
  return Value::Object(std::move(variables));
}

// AWS tells the items of a batch as texts of JSON.
Value Batches(const Value::Elements& child_inputs) {
  Value::Elements batches;
  for (const Value& input : child_inputs) {
    Value::Members members = input.AsObject();
    for (auto& [name, value] : members) {
      if (name != "Items") continue;
      Value::Elements texts;
      for (const Value& item : value.AsArray()) texts.push_back(Value::String(ToJson(item)));
      value = Value::Array(std::move(texts));
    }
    batches.push_back(Value::Object(std::move(members)));
  }
  return Value::Array(std::move(batches));
}

bool HasBatches(const asl::State& state) {
  const auto* map = std::get_if<asl::MapFields>(&state.fields);
  return map != nullptr && map->distributed != nullptr && map->distributed->batcher.has_value();
}

}  // namespace

const char* StatusName(Status status) {
  switch (status) {
    case Status::kSucceeded:
      return "SUCCEEDED";
    case Status::kFailed:
      return "FAILED";
    case Status::kRetriable:
      return "RETRIABLE";
    case Status::kCaughtError:
      return "CAUGHT_ERROR";
  }
  return "";
}

Value ToValue(const Response& response) {
  Value::Members members = {{"status", Value::String(StatusName(response.status))}};
  const auto add = [&members](const char* name, const absl::optional<std::string>& text) {
    if (text.has_value()) members.emplace_back(name, Value::String(*text));
  };
  if (response.output.has_value()) members.emplace_back("output", *response.output);
  add("error", response.error);
  add("cause", response.cause);
  add("nextState", response.next_state);
  if (response.inspection_data.has_value()) {
    members.emplace_back("inspectionData", *response.inspection_data);
  }
  return Value::Object(std::move(members));
}

Answer Run(const Request& request, const World& world) {
  Prepared prepared;
  if (auto refusal = Prepare(request, world, &prepared)) return *std::move(refusal);
  const std::vector<core::Event> events = Interpret(request, world, &prepared);
  const core::Inspection& seen = prepared.inspection;
  const asl::State& state = prepared.tested.state();
  Ending ending = EndingOf(events);
  if (auto refusal = CheckIterations(seen, Iterations(state, seen, ending))) {
    return *std::move(refusal);
  }
  Response response;
  response.status = StatusOf(ending, seen);
  if (ending.exited != nullptr && response.status != Status::kRetriable) {
    response.output = ending.exited->output.value();
    if (!ending.exited->next.empty()) response.next_state = ending.exited->next;
  }
  const auto* failed = events.empty() ? nullptr : events.back().As<core::ExecutionFailed>();
  if (response.status == Status::kFailed && failed != nullptr) {
    // The last failure: also one on the way out by a catcher, or an oversize output.
    response.error = failed->error;
    response.cause = failed->cause;
  } else if (response.status != Status::kSucceeded) {
    response.error = seen.error;
    response.cause = seen.cause;
  }
  if (request.level == InspectionLevel::kInfo) return response;
  Told told;
  told.input = prepared.input;
  told.variables = VariablesAfter(prepared.variables, ending);
  told.error_details = ErrorDetails(response.status, ending, seen);
  told.after_items_pointer = std::move(prepared.after_items_pointer);
  if (request.level == InspectionLevel::kTrace) {
    told.http_request = std::move(prepared.answer.http_request);
    told.http_response = std::move(prepared.answer.http_response);
  }
  if (HasBatches(state)) told.after_batches = Batches(ending.child_inputs);
  response.inspection_data = InspectionData(state, seen, told);
  return response;
}

}  // namespace pawl::test_state
