#include "engine/core/aws_history.h"

#include <string>
#include <utility>

namespace pawl::core {
namespace {

class Details {
 public:
  void Text(const char* key, const std::string& text) {
    if (!text.empty()) members_.emplace_back(key, Value::String(text));
  }
  void Text(const char* key, const absl::optional<std::string>& text) {
    if (text.has_value()) members_.emplace_back(key, Value::String(*text));
  }
  void Number(const char* key, int64_t number) { members_.emplace_back(key, Value::Int(number)); }
  void Number(const char* key, const absl::optional<int64_t>& number) {
    if (number.has_value()) Number(key, *number);
  }
  // "input" and "inputDetails", or the same of "output".
  void Json(const std::string& key, const Payload& payload) {
    members_.emplace_back(key, Value::String(payload.text()));
    members_.emplace_back(key + "Details", Value::Object({{"truncated", Value::Bool(false)}}));
  }
  void Assigned(const std::vector<AssignedVariable>& variables) {
    if (variables.empty()) return;
    Value::Members values;
    for (const AssignedVariable& variable : variables) {
      values.emplace_back(variable.name, Value::String(variable.value.text()));
    }
    members_.emplace_back("assignedVariables", Value::Object(std::move(values)));
    members_.emplace_back("assignedVariablesDetails",
                          Value::Object({{"truncated", Value::Bool(false)}}));
  }
  void Failure(const Event& event) {
    Text("error", event.error);
    Text("cause", event.cause);
  }
  void Resource(const Event& event) {
    Text("resourceType", event.resource_type);
    Text("resource", event.resource);
  }
  void Limits(const Event& event) {
    Number("timeoutInSeconds", event.timeout_seconds);
    Number("heartbeatInSeconds", event.heartbeat_seconds);
    if (!event.task_role_arn.empty()) {
      members_.emplace_back("taskCredentials",
                            Value::Object({{"roleArn", Value::String(event.task_role_arn)}}));
    }
  }
  Value Take() { return Value::Object(std::move(members_)); }

 private:
  Value::Members members_;
};

void TaskDetails(const Event& event, const std::string& region, Details* details) {
  const bool is_plain_task = InfoOf(event.type).name.substr(0, 4) == "Task";
  if (is_plain_task) details->Resource(event);
  switch (InfoOf(event.type).group) {
    case EventGroup::kTaskScheduled:
      if (is_plain_task) {
        details->Text("region", region);
        details->Text("parameters", event.payload.text());
      } else {
        details->Text("resource", event.resource);
        details->Json("input", event.payload);
      }
      details->Limits(event);
      return;
    case EventGroup::kTaskStarted:
      details->Text("workerName", event.worker_name);
      return;
    case EventGroup::kTaskSubmitted:
    case EventGroup::kTaskSucceeded:
      details->Json("output", event.payload);
      return;
    default:
      details->Failure(event);
      return;
  }
}

}  // namespace

Value AwsDetails(const Event& event, const std::string& role_arn, const std::string& region) {
  Details details;
  if (InfoOf(event.type).details_key.empty()) return details.Take();
  switch (InfoOf(event.type).group) {
    case EventGroup::kExecution:
      if (event.type == EventType::kExecutionStarted) {
        details.Json("input", event.payload);
        details.Text("roleArn", role_arn);
      } else if (event.type == EventType::kExecutionSucceeded) {
        details.Json("output", event.payload);
      } else {
        details.Failure(event);
      }
      break;
    case EventGroup::kStateEntered:
      details.Text("name", event.name);
      details.Json("input", event.payload);
      break;
    case EventGroup::kStateExited:
      details.Text("name", event.name);
      details.Json("output", event.payload);
      details.Assigned(event.assigned);
      break;
    case EventGroup::kFanOut:
      details.Number("length", event.length);
      break;
    case EventGroup::kIteration:
      details.Text("name", event.name);
      details.Number("index", event.index);
      break;
    case EventGroup::kEvaluationFailed:
      details.Text("state", event.name);
      details.Failure(event);
      details.Text("location", event.location);
      break;
    case EventGroup::kMapRun:
      if (event.type == EventType::kMapRunStarted) details.Text("mapRunArn", event.resource);
      if (event.type == EventType::kMapRunFailed) details.Failure(event);
      break;
    case EventGroup::kStateAborted:
    case EventGroup::kRetry:
      break;
    default:
      TaskDetails(event, region, &details);
      break;
  }
  return details.Take();
}

}  // namespace pawl::core
