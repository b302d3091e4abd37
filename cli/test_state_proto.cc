#include "cli/test_state_proto.h"

#include <string>
#include <utility>

#include "cli/proto_json.h"
#include "engine/value/json.h"

namespace pawl::cli {
namespace {

v1::MockInput ToProto(const test_state::Mock& mock) {
  v1::MockInput out;
  if (mock.result.has_value()) out.set_result(*mock.result);
  if (mock.error_output.has_value()) {
    v1::MockErrorOutput* error = out.mutable_error_output();
    if (mock.error_output->error.has_value()) error->set_error(*mock.error_output->error);
    if (mock.error_output->cause.has_value()) error->set_cause(*mock.error_output->cause);
  }
  switch (mock.validation) {
    case test_state::FieldValidation::kStrict:
      out.set_field_validation_mode(v1::MockInput::FIELD_VALIDATION_MODE_STRICT);
      break;
    case test_state::FieldValidation::kPresent:
      out.set_field_validation_mode(v1::MockInput::FIELD_VALIDATION_MODE_PRESENT);
      break;
    case test_state::FieldValidation::kNone:
      out.set_field_validation_mode(v1::MockInput::FIELD_VALIDATION_MODE_NONE);
      break;
  }
  return out;
}

v1::TestStateConfiguration ToProto(const test_state::StateConfiguration& given) {
  v1::TestStateConfiguration out;
  if (given.retrier_retry_count.has_value()) {
    out.set_retrier_retry_count(*given.retrier_retry_count);
  }
  if (given.error_caused_by_state.has_value()) {
    out.set_error_caused_by_state(*given.error_caused_by_state);
  }
  if (given.map_iteration_failure_count.has_value()) {
    out.set_map_iteration_failure_count(*given.map_iteration_failure_count);
  }
  if (given.map_item_reader_data.has_value()) {
    out.set_map_item_reader_data(*given.map_item_reader_data);
  }
  return out;
}

v1::InspectionLevel ToProto(test_state::InspectionLevel level) {
  switch (level) {
    case test_state::InspectionLevel::kInfo:
      return v1::INSPECTION_LEVEL_INFO;
    case test_state::InspectionLevel::kDebug:
      return v1::INSPECTION_LEVEL_DEBUG;
    case test_state::InspectionLevel::kTrace:
      return v1::INSPECTION_LEVEL_TRACE;
  }
  return v1::INSPECTION_LEVEL_INFO;
}

test_state::Status FromProto(v1::StateMachinesTestStateResponse::Status status) {
  switch (status) {
    case v1::StateMachinesTestStateResponse::STATUS_SUCCEEDED:
      return test_state::Status::kSucceeded;
    case v1::StateMachinesTestStateResponse::STATUS_RETRIABLE:
      return test_state::Status::kRetriable;
    case v1::StateMachinesTestStateResponse::STATUS_CAUGHT_ERROR:
      return test_state::Status::kCaughtError;
    default:
      return test_state::Status::kFailed;
  }
}

// The engine's own text: always JSON.
Value Parsed(const std::string& text) {
  absl::StatusOr<Value> value = ParseJson(text);
  return value.ok() ? *std::move(value) : Value::String(text);
}

}  // namespace

v1::StateMachinesTestStateRequest ToProto(const test_state::Request& request) {
  v1::StateMachinesTestStateRequest out;
  out.set_definition(request.definition);
  if (request.state_name.has_value()) out.set_state_name(*request.state_name);
  out.set_input(request.input.value_or(""));
  out.set_role_arn(request.role_arn.value_or(""));
  if (request.variables.has_value()) out.set_variables(*request.variables);
  if (request.context.has_value()) out.set_context(*request.context);
  if (request.mock.has_value()) *out.mutable_mock() = ToProto(*request.mock);
  *out.mutable_state_configuration() = ToProto(request.configuration);
  out.set_inspection_level(ToProto(request.level));
  out.set_reveal_secrets(request.reveal_secrets);
  return out;
}

test_state::Response FromProto(const v1::StateMachinesTestStateResponse& in) {
  test_state::Response response;
  response.status = FromProto(in.status());
  if (in.has_output()) response.output = Parsed(in.output());
  if (in.has_error()) response.error = in.error();
  if (in.has_cause()) response.cause = in.cause();
  if (in.has_next_state()) response.next_state = in.next_state();
  if (in.has_inspection_data()) {
    const Value data = ToJsonValue(in.inspection_data());
    Value::Members members;
    for (const auto& [name, value] : data.AsObject()) {
      members.emplace_back(name, value.is_string() ? Parsed(value.AsString()) : value);
    }
    response.inspection_data = Value::Object(std::move(members));
  }
  return response;
}

}  // namespace pawl::cli
