#include "engine/api/test_state_convert.h"

#include <string>

#include "engine/value/json.h"
#include "google/protobuf/descriptor.h"

namespace pawl::api {
namespace {

test_state::InspectionLevel LevelOf(v1::InspectionLevel level) {
  if (level == v1::INSPECTION_LEVEL_DEBUG) return test_state::InspectionLevel::kDebug;
  if (level == v1::INSPECTION_LEVEL_TRACE) return test_state::InspectionLevel::kTrace;
  return test_state::InspectionLevel::kInfo;
}

test_state::Mock FromProto(const v1::MockInput& in) {
  test_state::Mock mock;
  if (in.has_result()) mock.result = in.result();
  if (in.has_error_output()) {
    mock.error_output.emplace();
    if (in.error_output().has_error()) mock.error_output->error = in.error_output().error();
    if (in.error_output().has_cause()) mock.error_output->cause = in.error_output().cause();
  }
  if (in.field_validation_mode() == v1::MockInput::FIELD_VALIDATION_MODE_PRESENT) {
    mock.validation = test_state::FieldValidation::kPresent;
  } else if (in.field_validation_mode() == v1::MockInput::FIELD_VALIDATION_MODE_NONE) {
    mock.validation = test_state::FieldValidation::kNone;
  }
  return mock;
}

v1::StateMachinesTestStateResponse::Status ToProto(test_state::Status status) {
  switch (status) {
    case test_state::Status::kSucceeded:
      return v1::StateMachinesTestStateResponse::STATUS_SUCCEEDED;
    case test_state::Status::kFailed:
      return v1::StateMachinesTestStateResponse::STATUS_FAILED;
    case test_state::Status::kRetriable:
      return v1::StateMachinesTestStateResponse::STATUS_RETRIABLE;
    case test_state::Status::kCaughtError:
      return v1::StateMachinesTestStateResponse::STATUS_CAUGHT_ERROR;
  }
  return v1::StateMachinesTestStateResponse::STATUS_UNSPECIFIED;
}

// The members of `data` have the JSON names of the message's fields. A text field holds a value's
// JSON, or, where the data `has_texts`, the text.
void Fill(const Value& data, bool has_texts, google::protobuf::Message* out) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& reflection = *out->GetReflection();
  for (int i = 0; i < out->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = out->GetDescriptor()->field(i);
    const Value* value = data.Find(field->json_name());
    if (value == nullptr) continue;
    int64_t number = 0;
    value->ToInt64(&number);
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        reflection.SetString(out, field, has_texts ? value->AsString() : ToJson(*value));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection.SetInt32(out, field, static_cast<int32_t>(number));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection.SetInt64(out, field, number);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection.SetDouble(out, field, value->AsDouble());
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Fill(*value, /*has_texts=*/true, reflection.MutableMessage(out, field));
        break;
      default:  // protobuf's own enum: the message has no other types
        break;
    }
  }
}

}  // namespace

test_state::Request FromProto(const v1::StateMachinesTestStateRequest& in) {
  test_state::Request request;
  request.definition = in.definition();
  if (in.has_state_name()) request.state_name = in.state_name();
  if (!in.input().empty()) request.input = in.input();
  if (!in.role_arn().empty()) request.role_arn = in.role_arn();
  if (in.has_variables()) request.variables = in.variables();
  if (in.has_context()) request.context = in.context();
  if (in.has_mock()) request.mock = FromProto(in.mock());
  const v1::TestStateConfiguration& given = in.state_configuration();
  test_state::StateConfiguration& configuration = request.configuration;
  if (given.has_retrier_retry_count()) {
    configuration.retrier_retry_count = given.retrier_retry_count();
  }
  if (given.has_error_caused_by_state()) {
    configuration.error_caused_by_state = given.error_caused_by_state();
  }
  if (given.has_map_iteration_failure_count()) {
    configuration.map_iteration_failure_count = given.map_iteration_failure_count();
  }
  if (given.has_map_item_reader_data()) {
    configuration.map_item_reader_data = given.map_item_reader_data();
  }
  request.level = LevelOf(in.inspection_level());
  request.reveal_secrets = in.reveal_secrets();
  return request;
}

void ToProto(const test_state::Response& response, v1::StateMachinesTestStateResponse* out) {
  out->set_status(ToProto(response.status));
  if (response.output.has_value()) out->set_output(ToJson(*response.output));
  if (response.error.has_value()) out->set_error(*response.error);
  if (response.cause.has_value()) out->set_cause(*response.cause);
  if (response.next_state.has_value()) out->set_next_state(*response.next_state);
  if (response.inspection_data.has_value()) {
    Fill(*response.inspection_data, /*has_texts=*/false, out->mutable_inspection_data());
  }
}

}  // namespace pawl::api
