#include "engine/core/aws_history.h"

#include <string>
#include <utility>

namespace pawl::core {
namespace {

// Whether it is a payload's text or a plain one, a member that is absent is not there.
class Members {
 public:
  Members& Text(const char* key, const std::string& text) {
    if (!text.empty()) members_.emplace_back(key, Value::String(text));
    return *this;
  }
  Members& Text(const char* key, const absl::optional<std::string>& text) {
    if (text.has_value()) members_.emplace_back(key, Value::String(*text));
    return *this;
  }
  Members& Number(const char* key, const absl::optional<int64_t>& number) {
    if (number.has_value()) members_.emplace_back(key, Value::Int(*number));
    return *this;
  }
  // "input" and "inputDetails", or the same of "output".
  Members& Json(const std::string& key, const Payload& payload) {
    members_.emplace_back(key, Value::String(payload.text()));
    members_.emplace_back(key + "Details", NotTruncated());
    return *this;
  }
  Members& Assigned(const std::vector<AssignedVariable>& variables) {
    if (variables.empty()) return *this;
    Value::Members values;
    for (const AssignedVariable& variable : variables) {
      values.emplace_back(variable.name, Value::String(variable.value.text()));
    }
    members_.emplace_back("assignedVariables", Value::Object(std::move(values)));
    members_.emplace_back("assignedVariablesDetails", NotTruncated());
    return *this;
  }
  Members& Failure(const ErrorAndCause& failure) {
    return Text("error", failure.error).Text("cause", failure.cause);
  }
  Members& Resource(const TaskResource& task) {
    return Text("resourceType", task.resource_type).Text("resource", task.resource);
  }
  Members& Credentials(const std::string& role_arn) {
    if (!role_arn.empty()) {
      members_.emplace_back("taskCredentials",
                            Value::Object({{"roleArn", Value::String(role_arn)}}));
    }
    return *this;
  }
  Value Take() { return Value::Object(std::move(members_)); }

 private:
  static Value NotTruncated() { return Value::Object({{"truncated", Value::Bool(false)}}); }

  Value::Members members_;
};

class DetailsOf {
 public:
  explicit DetailsOf(const HistoryStyle& style) : style_(style) {}

  Value operator()(const ExecutionStarted& e) const {
    return Members()
        .Json("input", e.input)
        .Text("roleArn", style_.role_arn)
        .Text("stateMachineAliasArn", style_.alias_arn)
        .Text("stateMachineVersionArn", style_.version_arn)
        .Take();
  }
  Value operator()(const ExecutionSucceeded& e) const {
    return Members().Json("output", e.output).Take();
  }
  Value operator()(const ExecutionRedriven& e) const {
    return Members().Number("redriveCount", e.redrive_count).Take();
  }
  Value operator()(const StateRedriven& /*e*/) const { return Value::EmptyObject(); }
  Value operator()(const StateEntered& e) const {
    return Members().Text("name", e.state).Json("input", e.input).Take();
  }
  Value operator()(const StateExited& e) const {
    return Members().Text("name", e.state).Json("output", e.output).Assigned(e.assigned).Take();
  }
  Value operator()(const MapStarted& e) const {
    return Members().Number("length", e.length).Take();
  }
  Value operator()(const IterationStarted& e) const {
    return Members().Text("name", e.state).Number("index", e.index).Take();
  }
  Value operator()(const IterationEnded& e) const {
    return Members().Text("name", e.state).Number("index", e.index).Take();
  }
  Value operator()(const EvaluationFailed& e) const {
    return Members().Text("state", e.state).Failure(e).Text("location", e.location).Take();
  }
  Value operator()(const TaskScheduled& e) const {
    Members members;
    if (e.resource_type.empty()) {
      members.Text("resource", e.resource).Json("input", e.parameters);
    } else {
      members.Resource(e).Text("region", style_.region).Text("parameters", e.parameters.text());
    }
    return members.Number("timeoutInSeconds", e.timeout_seconds)
        .Number("heartbeatInSeconds", e.heartbeat_seconds)
        .Credentials(e.role_arn)
        .Take();
  }
  Value operator()(const TaskStarted& e) const {
    return Members().Resource(e).Text("workerName", e.worker_name).Take();
  }
  Value operator()(const TaskSubmitted& e) const { return WithOutput(e, e.output); }
  Value operator()(const TaskSucceeded& e) const { return WithOutput(e, e.output); }
  Value operator()(const TaskFailed& e) const { return Members().Resource(e).Failure(e).Take(); }
  Value operator()(const TaskTimedOut& e) const { return Members().Resource(e).Failure(e).Take(); }
  Value operator()(const MapRunStarted& e) const {
    return Members().Text("mapRunArn", e.map_run_arn).Take();
  }
  // ExecutionFailed and its like.
  Value operator()(const ErrorAndCause& e) const { return Members().Failure(e).Take(); }

  // Those that AWS has no details for, or not at all.
  Value operator()(const StateAborted& /*e*/) const { return Value::EmptyObject(); }
  Value operator()(const ParallelStarted& /*e*/) const { return Value::EmptyObject(); }
  Value operator()(const FanOutSucceeded& /*e*/) const { return Value::EmptyObject(); }
  Value operator()(const FanOutFailed& /*e*/) const { return Value::EmptyObject(); }
  Value operator()(const MapRunSucceeded& /*e*/) const { return Value::EmptyObject(); }
  Value operator()(const RetryScheduled& /*e*/) const { return Value::EmptyObject(); }
  Value operator()(const MapItemsRead& /*e*/) const { return Value::EmptyObject(); }
  Value operator()(const MapChildrenStarted& /*e*/) const { return Value::EmptyObject(); }
  Value operator()(const MapChildEnded& /*e*/) const { return Value::EmptyObject(); }
  Value operator()(const MapRunUpdated& /*e*/) const { return Value::EmptyObject(); }

 private:
  static Value WithOutput(const TaskResource& task, const Payload& output) {
    return Members().Resource(task).Json("output", output).Take();
  }

  const HistoryStyle& style_;
};

}  // namespace

Value AwsDetails(const Event& event, const HistoryStyle& style) {
  return std::visit(DetailsOf(style), event.details);
}

}  // namespace pawl::core
