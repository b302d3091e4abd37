#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/test_state/test_state.h"
#include "engine/value/json.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/mock_tasks.h"
#include "tests/conformance/runner.h"

namespace pawl::conformance {
namespace {

absl::optional<std::string> Text(const Value& object, absl::string_view member) {
  const Value* value = object.Find(member);
  if (value == nullptr || !value->is_string()) return absl::nullopt;
  return value->AsString();
}

absl::optional<int64_t> Number(const Value& object, absl::string_view member) {
  const Value* value = object.Find(member);
  int64_t number = 0;
  if (value == nullptr || !value->ToInt64(&number)) return absl::nullopt;
  return number;
}

test_state::Mock MockOf(const Value& json) {
  test_state::Mock mock;
  mock.result = Text(json, "result");
  if (const Value* error = json.Find("errorOutput")) {
    mock.error_output = test_state::ErrorOutput{Text(*error, "error"), Text(*error, "cause")};
  }
  const std::string mode = Text(json, "fieldValidationMode").value_or("STRICT");
  if (mode == "PRESENT") mock.validation = test_state::FieldValidation::kPresent;
  if (mode == "NONE") mock.validation = test_state::FieldValidation::kNone;
  return mock;
}

test_state::Request RequestOf(const Case& test) {
  const Value& json = test.Field("request");
  test_state::Request request;
  const Value& definition = test.Field("definition");
  request.definition = definition.is_string() ? definition.AsString() : ToJson(definition);
  request.state_name = Text(json, "stateName");
  request.input = Text(json, "input");
  request.role_arn = Text(json, "roleArn");
  request.variables = Text(json, "variables");
  request.context = Text(json, "context");
  if (const Value* mock = json.Find("mock")) request.mock = MockOf(*mock);
  if (const Value* given = json.Find("stateConfiguration")) {
    request.configuration.retrier_retry_count = Number(*given, "retrierRetryCount");
    request.configuration.error_caused_by_state = Text(*given, "errorCausedByState");
    request.configuration.map_iteration_failure_count = Number(*given, "mapIterationFailureCount");
    request.configuration.map_item_reader_data = Text(*given, "mapItemReaderData");
  }
  const std::string level = Text(json, "inspectionLevel").value_or("INFO");
  if (level == "DEBUG") request.level = test_state::InspectionLevel::kDebug;
  if (level == "TRACE") request.level = test_state::InspectionLevel::kTrace;
  const Value* reveals = json.Find("revealSecrets");
  request.reveal_secrets = reveals != nullptr && reveals->is_bool() && reveals->AsBool();
  return request;
}

std::vector<std::string> CompareRefusal(const Value& expected, const test_state::Refusal& actual) {
  // What the recording's own client refused has no words of the service.
  if (expected.Find("client_side_validation") != nullptr) return {};
  std::vector<std::string> differences;
  const std::string code = Text(expected, "code").value_or("");
  const std::string message = Text(expected, "message").value_or("");
  if (code != actual.code) {
    differences.push_back(absl::StrCat("code: expected ", code, ", got ", actual.code));
  }
  if (!MatchesMask(actual.message, message)) {
    differences.push_back(
        absl::StrCat("message: expected \"", message, "\", got \"", actual.message, "\""));
  }
  return differences;
}

}  // namespace

bool IsTestStateCase(const Case& test) {
  return test.Field("request").is_object() && test.Field("operation").is_null() &&
         test.Field("steps").is_null();
}

Verdict RunTestStateCase(const Case& test, Engine* /*engine*/) {
  // The recorded functions, under the name by which a case of an execution has them.
  Case tasks;
  tasks.json = Value::Object({{"tasks", test.Field("lambdas")}});
  MockTasks functions(tasks);
  expr::RandomSource random(1);
  test_state::World world{absl::FromUnixSeconds(1'700'000'000), &random};
  world.call_task = [&functions](const test_state::TaskCall& call) {
    const MockAnswer answer = functions.Next(call.queue, call.input, /*awaits_token=*/false).answer;
    test_state::TaskAnswer reply;
    reply.error = answer.error;
    reply.cause = answer.cause;
    if (answer.output.has_value()) reply.result = *ParseJson(*answer.output);
    return reply;
  };
  const test_state::Answer answer = test_state::Run(RequestOf(test), world);
  const Value& error = test.Expect("error_response");
  if (error.is_object()) {
    if (!answer.ok()) return Verdict::Of(CompareRefusal(error, answer.refusal()));
    return Verdict::Of({absl::StrCat("expected the error ", ToJson(error), ", got ",
                                     ToJson(test_state::ToValue(answer.response())))});
  }
  if (!answer.ok()) {
    return Verdict::Of(
        {absl::StrCat("refused: ", answer.refusal().code, ": ", answer.refusal().message)});
  }
  return Verdict::Of(CompareWithMasks(test.Field("expect"), test_state::ToValue(answer.response()),
                                      test.Field("wildcards")));
}

}  // namespace pawl::conformance
