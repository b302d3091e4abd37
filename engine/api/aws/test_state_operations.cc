// TestState.
#include "engine/api/aws/operations.h"
#include "engine/value/json.h"

namespace pawl::api::aws_json {
namespace {

test_state::Mock MockOf(const RequestMembers& in) {
  test_state::Mock mock;
  mock.result = in.OptionalText("result");
  if (in.Has("errorOutput")) {
    const RequestMembers error = in.Structure("errorOutput");
    mock.error_output =
        test_state::ErrorOutput{error.OptionalText("error"), error.OptionalText("cause")};
  }
  const std::string& mode = in.Text("fieldValidationMode");
  if (mode == "PRESENT") mock.validation = test_state::FieldValidation::kPresent;
  if (mode == "NONE") mock.validation = test_state::FieldValidation::kNone;
  return mock;
}

test_state::Request RequestOf(const RequestMembers& in) {
  test_state::Request request;
  request.definition = in.Text("definition");
  request.state_name = in.OptionalText("stateName");
  request.input = in.OptionalText("input");
  request.role_arn = in.OptionalText("roleArn");
  request.variables = in.OptionalText("variables");
  request.context = in.OptionalText("context");
  if (in.Has("mock")) request.mock = MockOf(in.Structure("mock"));
  const RequestMembers configuration = in.Structure("stateConfiguration");
  request.configuration.retrier_retry_count = configuration.OptionalInt("retrierRetryCount");
  request.configuration.error_caused_by_state = configuration.OptionalText("errorCausedByState");
  request.configuration.map_iteration_failure_count =
      configuration.OptionalInt("mapIterationFailureCount");
  request.configuration.map_item_reader_data = configuration.OptionalText("mapItemReaderData");
  const std::string& level = in.Text("inspectionLevel");
  if (level == "DEBUG") request.level = test_state::InspectionLevel::kDebug;
  if (level == "TRACE") request.level = test_state::InspectionLevel::kTrace;
  request.reveal_secrets = in.Bool("revealSecrets");
  return request;
}

// Payloads are JSON as text, also where they are strings themselves. Structures hold plain texts.
void WriteInspection(const Value& data, bool is_structure, JsonObject* out);

void WriteMember(const std::string& key, const Value& value, bool is_structure, JsonObject* out) {
  static constexpr absl::string_view kStructures[] = {"request", "response", "errorDetails"};
  static constexpr absl::string_view kNumbers[] = {"toleratedFailureCount", "maxConcurrency"};
  int64_t number = 0;
  for (const absl::string_view name : kStructures) {
    if (is_structure || key != name) continue;
    JsonObject structure = out->Object(key);
    return WriteInspection(value, /*is_structure=*/true, &structure);
  }
  for (const absl::string_view name : kNumbers) {
    if (key == name && value.ToInt64(&number)) {
      out->Int(key, number);
      return;
    }
  }
  if (key == "toleratedFailurePercentage" && value.is_number()) {
    out->Double(key, value.AsDouble());
  } else if (is_structure && value.ToInt64(&number)) {
    out->Int(key, number);
  } else if (is_structure && value.is_string()) {
    out->Text(key, value.AsString());
  } else {
    out->Text(key, ToJson(value));
  }
}

void WriteInspection(const Value& data, bool is_structure, JsonObject* out) {
  for (const auto& [key, value] : data.AsObject()) WriteMember(key, value, is_structure, out);
}

}  // namespace

void TestState(const CallPtr& call) {
  call->service().test_states.Test(
      call->context(), RequestOf(call->request()),
      AnswerWith<test_state::Response>(
          call, [](const test_state::Response& response, JsonObject* answer) {
            answer->Optional("cause", response.cause).Optional("error", response.error);
            if (response.inspection_data.has_value()) {
              JsonObject data = answer->Object("inspectionData");
              WriteInspection(*response.inspection_data, /*is_structure=*/false, &data);
            }
            answer->Optional("nextState", response.next_state);
            if (response.output.has_value()) answer->Text("output", ToJson(*response.output));
            answer->Text("status", test_state::StatusName(response.status));
          }));
}

}  // namespace pawl::api::aws_json
