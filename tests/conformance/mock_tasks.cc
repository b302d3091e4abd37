#include "tests/conformance/mock_tasks.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/asl/resource.h"
#include "engine/value/json.h"

namespace pawl::conformance {
namespace {

// The queue that serves the task of this name: a function's name, or what a Resource of it would
// have.
std::string QueueOf(const std::string& task) {
  if (!absl::StartsWith(task, "arn:")) return task;
  const auto resource = asl::ParseResource(task);
  return resource.ok() ? resource->queue : task;
}

// As Python's json.dumps writes it: the recorded functions were written in Python, and their causes
// are such text.
std::string PythonJson(const Value& value) {
  std::string text;
  if (value.is_object()) {
    for (const auto& [key, member] : value.AsObject()) {
      absl::StrAppend(&text, text.empty() ? "" : ", ", ToJson(Value::String(key)), ": ",
                      PythonJson(member));
    }
    return absl::StrCat("{", text, "}");
  }
  if (value.is_array()) {
    for (const Value& element : value.AsArray()) {
      absl::StrAppend(&text, text.empty() ? "" : ", ", PythonJson(element));
    }
    return absl::StrCat("[", text, "]");
  }
  return ToJson(value);
}

absl::optional<std::string> TextOf(const Value* value, bool is_python) {
  if (value == nullptr || value->is_null()) return absl::nullopt;
  if (value->is_string()) return value->AsString();
  return is_python ? PythonJson(*value) : ToJson(*value);
}

// Causes of lambda:invoke were recorded without spaces.
bool IsPython(const Value* call) {
  const Value* kind = call == nullptr ? nullptr : call->Find("kind");
  return kind == nullptr || !kind->is_string() || kind->AsString() != "Task";
}

std::string StringField(const Value& object, absl::string_view key) {
  const Value* value = object.Find(key);
  return value != nullptr && value->is_string() ? value->AsString() : "";
}

bool IsEnvelope(const Value& output) {
  return output.Find("ExecutedVersion") != nullptr && output.Find("Payload") != nullptr;
}

// The queue of a recorded call: "lambda:invoke" calls go to the function.
std::string QueueOfCall(const Value& call) {
  const std::string resource = StringField(call, "resource");
  if (absl::StartsWith(resource, "arn:")) return QueueOf(resource);
  const std::string queue = QueueOf(absl::StrCat("arn:aws:states:::", resource));
  if (queue != "lambda:invoke") return queue;
  const Value* parameters = call.Find("parameters");
  if (parameters == nullptr) return queue;
  std::string name = StringField(*parameters, "FunctionName");
  const size_t marker = name.find(":function:");
  if (marker != std::string::npos) name = name.substr(marker + 10);
  return name.substr(0, name.find(':'));
}

bool WasTimedOut(const Value& call) {
  const Value* events = call.Find("events");
  if (events == nullptr || !events->is_array()) return false;
  for (const Value& event : events->AsArray()) {
    if (event.is_string() && absl::EndsWith(event.AsString(), "TimedOut")) return true;
  }
  return false;
}

MockAnswer FromObserved(const Value& call) {
  MockAnswer answer;
  if (const Value* output = call.Find("output"); output != nullptr) {
    answer.output = ToJson(IsEnvelope(*output) ? *output->Find("Payload") : *output);
  } else if (WasTimedOut(call) || StringField(call, "error") == "States.Timeout") {
    answer.never = true;
  } else if (call.Find("error") != nullptr || call.Find("cause") != nullptr) {
    answer.error = TextOf(call.Find("error"), IsPython(&call));
    answer.cause = TextOf(call.Find("cause"), IsPython(&call));
  } else {
    const Value* events = call.Find("events");
    const bool failed = events != nullptr && events->is_array() && !events->AsArray().empty() &&
                        absl::EndsWith(events->AsArray().back().AsString(), "Failed");
    answer.never = !failed;
  }
  return answer;
}

MockAnswer FromBehaviour(const Value& behaviour, const Value& input, bool is_python) {
  const std::string kind = StringField(behaviour, "kind");
  MockAnswer answer;
  if (kind == "echo") {
    answer.output = ToJson(input);
  } else if (kind == "return") {
    answer.output = ToJson(*behaviour.Find("value"));
  } else if (kind == "fail") {
    answer.error = TextOf(behaviour.Find("error"), is_python);
    answer.cause = TextOf(behaviour.Find("cause"), is_python);
  } else if (kind == "sleep") {
    answer = FromBehaviour(*behaviour.Find("then"), input, is_python);
    answer.after = absl::Seconds(behaviour.Find("seconds")->AsDouble());
  } else if (kind == "return_repeated_string") {
    std::string text;
    const std::string unit = StringField(behaviour, "char");
    const auto length = static_cast<int>(behaviour.Find("length")->AsDouble());
    for (int i = 0; i < length; ++i) text += unit;
    answer.output = ToJson(Value::String(text));
  } else {
    answer.never = true;  // take_and_never_respond
  }
  return answer;
}

bool IsAnsweredByRecord(const std::string& kind) {
  return kind == "observed" || kind == "absent" || kind == "callback" || kind == "python_format" ||
         kind == "sequence";
}

}  // namespace

MockTasks::MockTasks(const Case& test) : test_(test) {
  uses_lambda_invoke_ = absl::StrContains(test.DefinitionText(), ":states:::lambda:invoke");
  if (test.Field("tasks").is_object()) {
    for (const auto& [name, task] : test.Field("tasks").AsObject()) tasks_[QueueOf(name)] = &task;
  }
  if (test.Field("observed_calls").is_array()) {
    is_used_.resize(test.Field("observed_calls").AsArray().size(), false);
  }
}

std::vector<std::string> MockTasks::Queues() const {
  std::vector<std::string> queues;
  for (const auto& [queue, task] : tasks_) queues.push_back(queue);
  if (test_.Field("observed_calls").is_array()) {
    for (const Value& call : test_.Field("observed_calls").AsArray()) {
      const std::string queue = QueueOfCall(call);
      if (tasks_.count(queue) == 0) queues.push_back(queue);
    }
  }
  return queues;
}

std::string MockTasks::WorkerName(const std::string& queue) const {
  const auto it = tasks_.find(queue);
  if (it == tasks_.end()) return "";
  const Value* behaviour = it->second->Find("behaviour");
  const std::string name = StringField(*it->second, "worker_name");
  return name.empty() && behaviour != nullptr ? StringField(*behaviour, "worker_name") : name;
}

const Value* MockTasks::BehaviourOf(const std::string& queue) const {
  const auto it = tasks_.find(queue);
  if (it == tasks_.end()) return nullptr;
  const Value* behaviour = it->second->Find("behaviour");
  return behaviour != nullptr ? behaviour : it->second;
}

const Value* MockTasks::NextObserved(const std::string& queue) {
  if (is_used_.empty()) return nullptr;
  const auto& calls = test_.Field("observed_calls").AsArray();
  for (size_t i = 0; i < calls.size(); ++i) {
    if (is_used_[i] || QueueOfCall(calls[i]) != queue) continue;
    is_used_[i] = true;
    return &calls[i];
  }
  return nullptr;
}

MockReply MockTasks::Next(const std::string& queue, const Value& input, bool awaits_token) {
  MockReply reply;
  const Value* behaviour = BehaviourOf(queue);
  const std::string kind = behaviour == nullptr ? "observed" : StringField(*behaviour, "kind");
  const Value* call = NextObserved(queue);
  if (!IsAnsweredByRecord(kind)) {
    reply.answer =
        FromBehaviour(*behaviour, input, call == nullptr ? !uses_lambda_invoke_ : IsPython(call));
  } else if (call != nullptr) {
    reply.answer = FromObserved(*call);
  } else {
    reply.answer.never = true;
  }
  if (awaits_token) {
    const Value* submitted = call == nullptr ? nullptr : call->Find("submitted_output");
    reply.submit.output = submitted == nullptr ? "{}" : ToJson(*submitted);
  }
  return reply;
}

}  // namespace pawl::conformance
