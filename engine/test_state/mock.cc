#include "engine/test_state/mock.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/test_state/result_schema.h"
#include "engine/value/json.h"

namespace pawl::test_state {
namespace {

Refusal Invalid(std::string message) { return {"ValidationException", std::move(message)}; }

Refusal NeedsMock(const char* what) {
  return Invalid(
      absl::StrCat("TestState does not support ", what, " when a mock is not specified."));
}

bool TakesMock(asl::StateType type) {
  return type == asl::StateType::kTask || type == asl::StateType::kMap ||
         type == asl::StateType::kParallel;
}

bool HasWriter(const asl::MapFields& map) {
  return map.distributed != nullptr && map.distributed->writer.has_value();
}

absl::optional<Refusal> CheckTaskResult(const asl::State& state, const Mock& mock,
                                        const Value& result) {
  const asl::Resource& resource = state.As<asl::TaskFields>().resource;
  // Who holds a token answers what he likes.
  if (mock.validation == FieldValidation::kNone ||
      resource.kind != asl::Resource::Kind::kIntegration ||
      resource.pattern == asl::IntegrationPattern::kWaitForTaskToken) {
    return absl::nullopt;
  }
  const absl::optional<std::string> problem =
      CheckApiResult(resource, result, mock.validation == FieldValidation::kStrict);
  if (!problem.has_value()) return absl::nullopt;
  return Invalid(absl::StrCat("Mock result schema validation error: ", *problem));
}

absl::optional<Refusal> CheckResult(const asl::State& state, const Mock& mock,
                                    const Value& result) {
  if (state.type == asl::StateType::kTask) return CheckTaskResult(state, mock, result);
  if (state.type == asl::StateType::kMap && HasWriter(state.As<asl::MapFields>())) {
    if (!result.is_object()) return Invalid("Mocked result must be a JSON object.");
    return absl::nullopt;
  }
  if (!result.is_array()) return Invalid("Mocked result must be an array.");
  if (state.type == asl::StateType::kParallel &&
      result.AsArray().size() != state.As<asl::ParallelFields>().branches.size()) {
    return Invalid(
        "Mocked result must contain the same number of items as number of Parallel branches.");
  }
  return absl::nullopt;
}

absl::optional<Refusal> CheckMockedState(const Request& request, const asl::State& state) {
  if (!TakesMock(state.type)) {
    return Invalid(absl::StrCat("State type '", std::string(asl::StateTypeName(state.type)),
                                "' is not supported when a mock is specified"));
  }
  const StateConfiguration& configuration = request.configuration;
  const auto* map = std::get_if<asl::MapFields>(&state.fields);
  if (map == nullptr) {
    if (!configuration.map_iteration_failure_count.has_value()) return absl::nullopt;
    return Invalid("MapIterationFailureCount is only supported when testing a Map state.");
  }
  const bool has_reader = map->distributed != nullptr && map->distributed->reader.has_value();
  if (has_reader && !configuration.map_item_reader_data.has_value()) {
    return Invalid(
        "ItemReader data must be specified when testing a Map state with ItemReader specified.");
  }
  return absl::nullopt;
}

}  // namespace

absl::optional<Refusal> CheckCombination(const Request& request) {
  const StateConfiguration& configuration = request.configuration;
  if (!request.mock.has_value()) {
    if (configuration.map_iteration_failure_count.has_value()) {
      return NeedsMock("MapIterationFailureCount");
    }
    if (configuration.retrier_retry_count.has_value()) return NeedsMock("RetrierRetryCount");
    if (configuration.error_caused_by_state.has_value()) return NeedsMock("ErrorCausedByState");
    if (configuration.map_item_reader_data.has_value()) return NeedsMock("MapItemReaderData");
    if (request.context.has_value()) return NeedsMock("Context");
    return absl::nullopt;
  }
  if (request.reveal_secrets) {
    return Invalid("TestState does not support RevealSecrets when a mock is specified.");
  }
  const Mock& mock = *request.mock;
  if (mock.result.has_value() && mock.error_output.has_value()) {
    return Invalid(
        "A test mock should have only one of the following fields: [result, errorOutput].");
  }
  if (!mock.result.has_value() && !mock.error_output.has_value()) {
    return Invalid("A test mock should have one of the following fields: [result, errorOutput].");
  }
  if (configuration.map_iteration_failure_count.value_or(0) < 0 ||
      configuration.retrier_retry_count.value_or(0) < 0) {
    return Invalid("Counts of stateConfiguration must not be negative.");
  }
  return absl::nullopt;
}

absl::optional<Refusal> CheckStateType(const Request& request, const asl::State& state,
                                       bool requires_role) {
  if (request.mock.has_value()) return CheckMockedState(request, state);
  if (state.type == asl::StateType::kMap || state.type == asl::StateType::kParallel) {
    return Refusal{"InvalidDefinition",
                   "TestState API does not support Map or Parallel states. Supported state types "
                   "include: [Task, Wait, Pass, Succeed, Fail, Choice]"};
  }
  if (state.type != asl::StateType::kTask) return absl::nullopt;
  const asl::Resource& resource = state.As<asl::TaskFields>().resource;
  if (requires_role && !request.role_arn.has_value() && !absl::StartsWith(resource.text, "pawl:")) {
    return Invalid("RoleArn must be specified when testing a Task state");
  }
  if (resource.kind == asl::Resource::Kind::kActivity ||
      resource.pattern != asl::IntegrationPattern::kRequestResponse ||
      resource.is_start_execution) {
    return Refusal{"InvalidDefinition",
                   absl::StrCat("TestState supports the resource '", resource.text,
                                "' only when a mock is specified: it is not answered by one call "
                                "of a worker")};
  }
  return absl::nullopt;
}

absl::optional<Refusal> MakeMock(const Request& request, const TestedState& tested,
                                 core::StateMock* out) {
  const Mock& mock = *request.mock;
  const StateConfiguration& configuration = request.configuration;
  if (mock.result.has_value()) {
    absl::StatusOr<Value> result = ParseJson(*mock.result);
    if (!result.ok()) return Invalid("Mocked result must be valid JSON");
    if (auto refusal = CheckResult(tested.state(), mock, *result)) return refusal;
    out->result = *std::move(result);
  } else {
    out->error = mock.error_output->error;
    out->cause = mock.error_output->cause;
  }
  out->failed_iterations = configuration.map_iteration_failure_count;
  if (configuration.error_caused_by_state.has_value()) {
    const Value* state = FindStateInside(tested.json, *configuration.error_caused_by_state);
    if (state == nullptr) {
      return Invalid(absl::StrCat("ErrorCausedByState '", *configuration.error_caused_by_state,
                                  "' is no state inside the state under test"));
    }
    const Value* type = state->Find("Type");
    out->is_task_failure = type != nullptr && *type == Value::String("Task");
  }
  return absl::nullopt;
}

}  // namespace pawl::test_state
