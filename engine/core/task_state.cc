// A Task from its scheduling to its end.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/aws/execution_record.h"
#include "engine/core/interpreter.h"
#include "engine/value/planted_fault.h"

namespace pawl::core {
namespace {

// The queue of lambda:invoke: NAME out of "NAME", "NAME:ALIAS" or a function ARN.
std::string FunctionName(absl::string_view text) {
  const size_t marker = text.find(":function:");
  if (marker != absl::string_view::npos) text.remove_prefix(marker + 10);
  return std::string(text.substr(0, text.find(':')));
}

// What lambda:invoke answers around the function's own result, as AWS does.
Value LambdaEnvelope(const Value& result, expr::RandomSource* random) {
  Value::Members answer = {{"ExecutedVersion", Value::String("$LATEST")}, {"Payload", result}};
  aws::AddSdkMetadata(random->NextUuid(), &answer);
  answer.emplace_back("StatusCode", Value::Int(200));
  return Value::Object(std::move(answer));
}

// What the function of lambda:invoke gets: by AWS's record a string is taken as JSON text, and null
// is an empty object.
Payload FunctionInput(const Value* payload) {
  if (payload == nullptr || payload->is_null()) return Payload::FromValue(Value::EmptyObject());
  if (payload->is_string()) {
    absl::StatusOr<Payload> parsed = Payload::FromText(payload->AsString());
    if (parsed.ok()) return *std::move(parsed);
  }
  return Payload::FromValue(*payload);
}

// The first answer only says that the work has begun; another one ends it.
bool AwaitsToken(const asl::Resource& resource) {
  return resource.pattern == asl::IntegrationPattern::kWaitForTaskToken ||
         (resource.is_start_execution &&
          resource.pattern != asl::IntegrationPattern::kRequestResponse);
}

// The name by which a "result too large" message calls the task.
absl::string_view NameInMessages(const asl::Resource& resource) {
  return resource.kind == asl::Resource::Kind::kIntegration ? resource.resource_type
                                                            : resource.text;
}

}  // namespace

TaskResource Interpreter::ResourceOf(const Frame& frame) const {
  const asl::Resource& resource = StateOf(frame).As<asl::TaskFields>().resource;
  const bool is_plain = resource.kind == asl::Resource::Kind::kPawl ||
                        resource.kind == asl::Resource::Kind::kIntegration;
  return is_plain ? TaskResource{resource.action, resource.resource_type} : TaskResource();
}

void Interpreter::ScheduleTask(FrameId id) {
  const Frame& frame = Get(id);
  const asl::State& state = StateOf(frame);
  const auto& task = state.As<asl::TaskFields>();
  OrFailure<Value> input = EffectiveInput(frame, state);
  if (!input.ok()) return FailEvaluation(id, input.failure());
  // Only who waits for an answer is told a token.
  const bool awaits_token = AwaitsToken(task.resource);
  OrFailure<Value> parameters =
      WithParameters(frame, state, *input, awaits_token ? e_.last_event_id().Next() : kNoEvent);
  if (!parameters.ok()) return FailEvaluation(id, parameters.failure());
  if (task.resource.kind == asl::Resource::Kind::kActivity && world_.activities != nullptr &&
      !world_.activities->IsRegistered(task.resource.queue)) {
    return FailEvaluation(id, {"States.Runtime", absl::StrCat("The activity ", task.resource.text,
                                                              " does not exist.")});
  }
  auto timeout = EvaluateNumber(frame, task.timeout_seconds, *input);
  if (!timeout.ok()) return FailEvaluation(id, timeout.failure());
  auto heartbeat = EvaluateNumber(frame, task.heartbeat_seconds, *input);
  if (!heartbeat.ok()) return FailEvaluation(id, heartbeat.failure());

  TaskScheduled scheduled{ResourceOf(frame)};
  if (scheduled.resource.empty()) scheduled.resource = task.resource.text;
  // Untouched input is the same payload, which the history then stores once.
  const bool is_raw_input =
      state.parameters == nullptr && state.input_path.kind == asl::PathField::Kind::kAbsent;
  scheduled.parameters = is_raw_input ? frame.input : NewPayload(*parameters);
  scheduled.queue = task.resource.queue;
  if (task.resource.is_lambda_invoke) {
    const Value* name = parameters->Find("FunctionName");
    if (name != nullptr && name->is_string()) scheduled.queue = FunctionName(name->AsString());
    scheduled.worker_input = FunctionInput(parameters->Find("Payload"));
  }
  if (IsOversize(scheduled.parameters)) return FailOversizeInput(id);
  if (task.credentials != nullptr) {
    OrFailure<Value> credentials =
        Evaluate(*task.credentials, Env(frame, *input, task.credentials.get()), "Credentials");
    if (!credentials.ok()) return FailEvaluation(id, credentials.failure());
    const Value* role = credentials->Find("RoleArn");
    if (role != nullptr && role->is_string()) scheduled.role_arn = role->AsString();
  }
  if (IsMocked()) return AnswerByMock(id);
  scheduled.timeout_seconds = *timeout;
  scheduled.heartbeat_seconds = *heartbeat;
  Event event = Make(TaskEvents(task.resource.kind).scheduled, frame, std::move(scheduled));
  // Recorded: an activity's time begins when a worker takes it.
  if (timeout->has_value() && task.resource.kind != asl::Resource::Kind::kActivity) {
    std::get<TaskScheduled>(event.details).times_out_at = event.time + absl::Seconds(**timeout);
  }
  Emit(std::move(event));
}

void Interpreter::RecordStarted(FrameId id, const absl::optional<Started>& started) {
  const Frame& frame = Get(id);
  if (!started.has_value() || frame.task->is_started) return;
  const asl::Resource& resource = StateOf(frame).As<asl::TaskFields>().resource;
  TaskStarted details{ResourceOf(frame)};
  if (resource.kind == asl::Resource::Kind::kActivity) details.worker_name = started->worker_name;
  Event event = Make(TaskEvents(resource.kind).started, frame, std::move(details));
  event.time = std::min(std::max(started->at, frame.task->scheduled_at), event.time);
  Emit(std::move(event));
}

void Interpreter::FinishTask(FrameId id, const CompleteTask& command) {
  RecordStarted(id, command.started);
  const Frame& frame = Get(id);
  const asl::Resource& resource = StateOf(frame).As<asl::TaskFields>().resource;
  const bool awaits_token = AwaitsToken(resource);
  const bool is_again =
      frame.task->is_submitted && IsPlanted(PlantedFault::kSecondSubmissionCounts);
  if (awaits_token && !command.by_token && !is_again) {
    TaskSubmitted submitted{ResourceOf(frame)};
    submitted.output =
        resource.is_lambda_invoke
            ? Payload::FromValue(LambdaEnvelope(command.output.value(), world_.random))
            : command.output;
    Emit(Make(EventType::kTaskSubmitted, frame, std::move(submitted)));
    return;
  }
  if (IsOversize(command.output)) {
    StateFailure failure;
    failure.error = "States.DataLimitExceeded";
    failure.cause = absl::StrCat("The state/task '", std::string(NameInMessages(resource)),
                                 "' returned a result with a size exceeding the maximum number of "
                                 "bytes service limit.");
    failure.is_task_failure = true;
    FailAttempt(id, failure);
    return FailState(id, failure);
  }
  Payload result = command.output;
  if (resource.is_lambda_invoke && !awaits_token) {
    result = Payload::FromValue(LambdaEnvelope(command.output.value(), world_.random));
  }
  Emit(Make(TaskEvents(resource.kind).succeeded, frame, TaskSucceeded{ResourceOf(frame), result}));
  LeaveWithResult(id, result);
}

void Interpreter::FailAttempt(FrameId id, const StateFailure& failure) {
  const Frame& frame = Get(id);
  const TaskEventTypes& types = TaskEvents(StateOf(frame).As<asl::TaskFields>().resource.kind);
  if (failure.is_timeout) {
    Emit(Make(types.timed_out, frame, TaskTimedOut{ResourceOf(frame), failure}));
  } else {
    Emit(Make(types.failed, frame, TaskFailed{ResourceOf(frame), failure}));
  }
}

}  // namespace pawl::core
