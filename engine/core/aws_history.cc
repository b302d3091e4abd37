#include "engine/core/aws_history.h"

#include <utility>

namespace pawl::core {
namespace {

// Tells a sink what an event has to say.
class Details {
 public:
  Details(const HistoryStyle& style, DetailsSink* sink) : style_(style), sink_(*sink) {}

  void operator()(const ExecutionStarted& e) const {
    Input(e.input);
    TextIfAny("roleArn", style_.role_arn);
    TextIfAny("stateMachineAliasArn", style_.alias_arn);
    TextIfAny("stateMachineVersionArn", style_.version_arn);
  }
  void operator()(const ExecutionSucceeded& e) const { Output(e.output); }
  void operator()(const ExecutionRedriven& e) const {
    sink_.Number("redriveCount", e.redrive_count);
  }
  void operator()(const StateEntered& e) const {
    TextIfAny("name", e.state);
    Input(e.input);
  }
  void operator()(const StateExited& e) const {
    TextIfAny("name", e.state);
    Output(e.output);
    if (!e.assigned.empty()) sink_.Variables(e.assigned);
  }
  void operator()(const MapStarted& e) const { sink_.Number("length", e.length); }
  void operator()(const IterationStarted& e) const { Iteration(e.state, e.index); }
  void operator()(const IterationEnded& e) const { Iteration(e.state, e.index); }
  void operator()(const EvaluationFailed& e) const {
    TextIfAny("state", e.state);
    Failure(e);
    Optional("location", e.location);
  }
  void operator()(const TaskScheduled& e) const {
    if (e.resource_type.empty()) {
      TextIfAny("resource", e.resource);
      Input(e.parameters);
    } else {
      Resource(e);
      TextIfAny("region", style_.region);
      if (!e.parameters.text().empty()) sink_.Data("parameters", "", e.parameters);
    }
    if (e.timeout_seconds.has_value()) sink_.Number("timeoutInSeconds", *e.timeout_seconds);
    if (e.heartbeat_seconds.has_value()) sink_.Number("heartbeatInSeconds", *e.heartbeat_seconds);
    if (!e.role_arn.empty()) sink_.Credentials(e.role_arn);
  }
  void operator()(const TaskStarted& e) const {
    Resource(e);
    Optional("workerName", e.worker_name);
  }
  void operator()(const TaskSubmitted& e) const { Result(e, e.output); }
  void operator()(const TaskSucceeded& e) const { Result(e, e.output); }
  void operator()(const TaskFailed& e) const { ResourceFailure(e, e); }
  void operator()(const TaskTimedOut& e) const { ResourceFailure(e, e); }
  void operator()(const MapRunStarted& e) const { TextIfAny("mapRunArn", e.map_run_arn); }
  void operator()(const MapRunRedriven& e) const {
    TextIfAny("mapRunArn", e.map_run_arn);
    sink_.Number("redriveCount", e.redrive_count);
  }
  // ExecutionFailed and its like.
  void operator()(const ErrorAndCause& e) const { Failure(e); }

  // Those that AWS has no details for, or not at all.
  void operator()(const StateAborted& /*e*/) const {}
  void operator()(const ParallelStarted& /*e*/) const {}
  void operator()(const FanOutSucceeded& /*e*/) const {}
  void operator()(const FanOutFailed& /*e*/) const {}
  void operator()(const MapRunSucceeded& /*e*/) const {}
  void operator()(const RetryScheduled& /*e*/) const {}
  void operator()(const MapItemsRead& /*e*/) const {}
  void operator()(const MapChildrenStarted& /*e*/) const {}
  void operator()(const MapChildEnded& /*e*/) const {}
  void operator()(const MapRunUpdated& /*e*/) const {}
  void operator()(const StateRedriven& /*e*/) const {}
  void operator()(const MapChildrenRead& /*e*/) const {}
  void operator()(const MapChildrenRedriven& /*e*/) const {}

 private:
  void TextIfAny(absl::string_view key, const std::string& text) const {
    if (!text.empty()) sink_.Text(key, text);
  }
  void Optional(absl::string_view key, const absl::optional<std::string>& text) const {
    if (text.has_value()) sink_.Text(key, *text);
  }
  void Input(const Payload& payload) const { sink_.Data("input", "inputDetails", payload); }
  void Output(const Payload& payload) const { sink_.Data("output", "outputDetails", payload); }
  void Failure(const ErrorAndCause& failure) const {
    Optional("error", failure.error);
    Optional("cause", failure.cause);
  }
  void Resource(const TaskResource& task) const {
    TextIfAny("resourceType", task.resource_type);
    TextIfAny("resource", task.resource);
  }
  void Result(const TaskResource& task, const Payload& output) const {
    Resource(task);
    Output(output);
  }
  void ResourceFailure(const TaskResource& task, const ErrorAndCause& failure) const {
    Resource(task);
    Failure(failure);
  }
  void Iteration(const std::string& state, int64_t index) const {
    TextIfAny("name", state);
    sink_.Number("index", index);
  }

  const HistoryStyle& style_;
  DetailsSink& sink_;
};

// Collects the details as a value.
class ValueSink final : public DetailsSink {
 public:
  void Text(absl::string_view key, absl::string_view text) override {
    Add(key, Value::String(text));
  }
  void Number(absl::string_view key, int64_t number) override { Add(key, Value::Int(number)); }
  void Data(absl::string_view key, absl::string_view details_key, const Payload& payload) override {
    Add(key, Value::String(payload.text()));
    if (!details_key.empty()) Add(details_key, NotTruncated());
  }
  void Variables(const std::vector<AssignedVariable>& variables) override {
    Value::Members values;
    for (const AssignedVariable& variable : variables) {
      values.emplace_back(variable.name, Value::String(variable.value.text()));
    }
    Add("assignedVariables", Value::Object(std::move(values)));
    Add("assignedVariablesDetails", NotTruncated());
  }
  void Credentials(absl::string_view role_arn) override {
    Add("taskCredentials", Value::Object({{"roleArn", Value::String(role_arn)}}));
  }
  Value Take() { return Value::Object(std::move(members_)); }

 private:
  static Value NotTruncated() { return Value::Object({{"truncated", Value::Bool(false)}}); }
  void Add(absl::string_view key, Value value) {
    members_.emplace_back(std::string(key), std::move(value));
  }

  Value::Members members_;
};

}  // namespace

void WriteAwsDetails(const Event& event, const HistoryStyle& style, DetailsSink* sink) {
  std::visit(Details(style, sink), event.details);
}

Value AwsDetails(const Event& event, const HistoryStyle& style) {
  ValueSink sink;
  WriteAwsDetails(event, style, &sink);
  return sink.Take();
}

}  // namespace pawl::core
