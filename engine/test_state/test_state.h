// TestState: one state, evaluated by itself (AWS API reference, "TestState").
//
//   test_state::Request request;
//   request.definition = R"({"Type":"Pass","Parameters":{"id.$":"$.order"},"End":true})";
//   request.input = R"({"order":7})";
//   auto answer = test_state::Run(request, {.now = absl::Now(), .random = &random});
//   if (answer.ok()) Print(answer.response().output);
//
// The state is interpreted by engine/core as in an execution (core/inspection.h is the seam), so it
// behaves here as it will there. Pure: a task without a mock is given to World::call_task.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/expr/expression.h"
#include "engine/value/value.h"

namespace pawl::test_state {

enum class InspectionLevel { kInfo, kDebug, kTrace };

// How a mocked result is checked against the service's API.
enum class FieldValidation {
  kStrict,   // required fields must be there, and the fields that are there must fit
  kPresent,  // the fields that are there must fit
  kNone,
};

struct ErrorOutput {
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
};

struct Mock {
  absl::optional<std::string> result;  // JSON text
  absl::optional<ErrorOutput> error_output;
  FieldValidation validation = FieldValidation::kStrict;
};

struct StateConfiguration {
  absl::optional<int64_t> retrier_retry_count;
  absl::optional<std::string> error_caused_by_state;
  absl::optional<int64_t> map_iteration_failure_count;
  absl::optional<std::string> map_item_reader_data;
};

// The members of AWS's request; texts of JSON are unparsed.
struct Request {
  std::string definition;                  // of a state, or with `state_name` of a machine
  absl::optional<std::string> state_name;  // at any depth of the machine
  absl::optional<std::string> input;       // absent: {}
  absl::optional<std::string> role_arn;
  absl::optional<std::string> variables;  // an object
  absl::optional<std::string> context;    // replaces the context object; only with a mock
  absl::optional<Mock> mock;
  StateConfiguration configuration;
  InspectionLevel level = InspectionLevel::kInfo;
  bool reveal_secrets = false;
};

enum class Status { kSucceeded, kFailed, kRetriable, kCaughtError };
const char* StatusName(Status status);  // "SUCCEEDED"...

struct Response {
  Status status = Status::kSucceeded;
  absl::optional<Value> output;
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
  absl::optional<std::string> next_state;
  // AWS's members, payloads parsed; absent at level INFO.
  absl::optional<Value> inspection_data;
};

// AWS's members; payloads as the values they are.
Value ToValue(const Response& response);

// Why a request was not run: AWS's error code and message.
struct Refusal {
  std::string code;  // ValidationException, InvalidDefinition, InvalidExecutionInput
  std::string message;
};

class Answer {
 public:
  Answer(Response response) : held_(std::move(response)) {}  // NOLINT
  Answer(Refusal refusal) : held_(std::move(refusal)) {}     // NOLINT
  bool ok() const { return held_.index() == 0; }
  const Response& response() const { return std::get<0>(held_); }
  const Refusal& refusal() const { return std::get<1>(held_); }

 private:
  std::variant<Response, Refusal> held_;
};

// A task without a mock.
struct TaskCall {
  std::string queue;
  std::string state;
  Value input;
  absl::Duration timeout = absl::InfiniteDuration();  // the state's TimeoutSeconds
  bool reveals_secrets = false;
};
// What was answered: a result, or else a failure.
struct TaskAnswer {
  absl::optional<Value> result;
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
  // "request" and "response" of an HTTP Task's inspection data at level TRACE.
  absl::optional<Value> http_request;
  absl::optional<Value> http_response;
};

struct World {
  absl::Time now;
  expr::RandomSource* random = nullptr;  // never null
  std::string region = "us-east-1";
  std::string account = "000000000000";
  // Runs a task that has no mock. Empty: such a request is refused.
  std::function<TaskAnswer(const TaskCall&)> call_task = nullptr;
  // As AWS: a task without a mock is refused where the request has no role. A task of "pawl:..."
  // never needs one.
  bool requires_role = true;
};

Answer Run(const Request& request, const World& world);

}  // namespace pawl::test_state
