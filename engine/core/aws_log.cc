#include "engine/core/aws_log.h"

#include "absl/strings/str_cat.h"
#include "engine/value/json.h"
#include "engine/value/terminal_text.h"
#include "engine/value/utf8.h"

namespace pawl::core {
namespace {

// The least that a level must ask for: kFatal types are logged by FATAL, ERROR and ALL.
EventLogLevel LevelOf(EventType type) {
  switch (type) {
    case EventType::kExecutionFailed:
    case EventType::kExecutionTimedOut:
    case EventType::kExecutionAborted:
      return EventLogLevel::kFatal;
    case EventType::kTaskStateAborted:
    case EventType::kWaitStateAborted:
    case EventType::kFailStateEntered:
    case EventType::kParallelStateFailed:
    case EventType::kParallelStateAborted:
    case EventType::kMapStateFailed:
    case EventType::kMapStateAborted:
    case EventType::kMapIterationFailed:
    case EventType::kMapIterationAborted:
    case EventType::kEvaluationFailed:
    case EventType::kMapRunFailed:
    case EventType::kTaskFailed:
    case EventType::kTaskTimedOut:
    case EventType::kLambdaFunctionFailed:
    case EventType::kLambdaFunctionTimedOut:
    case EventType::kActivityFailed:
    case EventType::kActivityTimedOut:
      return EventLogLevel::kError;
    case EventType::kExecutionStarted:
    case EventType::kExecutionSucceeded:
    case EventType::kExecutionRedriven:
    case EventType::kTaskStateEntered:
    case EventType::kTaskStateExited:
    case EventType::kPassStateEntered:
    case EventType::kPassStateExited:
    case EventType::kChoiceStateEntered:
    case EventType::kChoiceStateExited:
    case EventType::kWaitStateEntered:
    case EventType::kWaitStateExited:
    case EventType::kSucceedStateEntered:
    case EventType::kSucceedStateExited:
    case EventType::kParallelStateEntered:
    case EventType::kParallelStateStarted:
    case EventType::kParallelStateSucceeded:
    case EventType::kParallelStateExited:
    case EventType::kMapStateEntered:
    case EventType::kMapStateStarted:
    case EventType::kMapStateSucceeded:
    case EventType::kMapStateExited:
    case EventType::kMapIterationStarted:
    case EventType::kMapIterationSucceeded:
    case EventType::kMapRunStarted:
    case EventType::kMapRunSucceeded:
    case EventType::kMapRunRedriven:
    case EventType::kTaskScheduled:
    case EventType::kTaskStarted:
    case EventType::kTaskSubmitted:
    case EventType::kTaskSucceeded:
    case EventType::kLambdaFunctionScheduled:
    case EventType::kLambdaFunctionStarted:
    case EventType::kLambdaFunctionSucceeded:
    case EventType::kActivityScheduled:
    case EventType::kActivityStarted:
    case EventType::kActivitySucceeded:
      return EventLogLevel::kAll;
    case EventType::kRetryScheduled:
    case EventType::kMapItemsRead:
    case EventType::kMapChildrenStarted:
    case EventType::kMapChildEnded:
    case EventType::kMapRunUpdated:
    case EventType::kStateRedriven:
    case EventType::kMapChildrenRedriven:
    case EventType::kMapChildrenRead:
      break;
  }
  return EventLogLevel::kOff;
}

// How much of `text` fits into a JSON string of `max` bytes.
size_t FittingBytes(absl::string_view text, size_t max) {
  // No character becomes more than six.
  if (text.size() <= max / 6) return text.size();
  size_t escaped = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    escaped += c == '"' || c == '\\' ? 2 : (static_cast<unsigned char>(c) < 0x20 ? 6 : 1);
    if (escaped > max) return i;
  }
  return text.size();
}

// Writes the members of "details".
class LineSink final : public DetailsSink {
 public:
  LineSink(bool has_data, std::string* out) : has_data_(has_data), out_(*out) {}

  void Text(absl::string_view key, absl::string_view text) override {
    Key(key);
    AppendJsonString(text, &out_);
  }
  void Number(absl::string_view key, int64_t number) override {
    Key(key);
    absl::StrAppend(&out_, number);
  }
  void Data(absl::string_view key, absl::string_view details_key, const Payload& payload) override {
    if (!has_data_) return;
    const std::string& text = payload.text();
    const size_t fitting = FittingBytes(text, kMaxLoggedDataBytes);
    Key(key);
    if (fitting == text.size()) {
      AppendJsonString(text, &out_);
    } else {
      std::string cut = text.substr(0, fitting + 4);  // a sequence may end beyond
      TruncateUtf8(fitting, &cut);
      AppendJsonString(cut, &out_);
    }
    if (!details_key.empty()) Truncated(details_key, fitting < text.size());
  }
  void Variables(const std::vector<AssignedVariable>& variables) override {
    if (!has_data_) return;
    Key("assignedVariables");
    size_t left = kMaxLoggedDataBytes;
    size_t written = 0;
    out_ += '{';
    for (const AssignedVariable& variable : variables) {
      const size_t bytes = variable.name.size() + variable.value.text().size();
      // Quotes and commas apart, as much as fits; the text of a value is not cut.
      if (bytes > left ||
          FittingBytes(variable.value.text(), left) < variable.value.text().size()) {
        break;
      }
      left -= bytes;
      if (written++ > 0) out_ += ',';
      AppendJsonString(variable.name, &out_);
      out_ += ':';
      AppendJsonString(variable.value.text(), &out_);
    }
    out_ += '}';
    Truncated("assignedVariablesDetails", written < variables.size());
  }
  void Credentials(absl::string_view role_arn) override {
    Key("taskCredentials");
    out_ += "{\"roleArn\":";
    AppendJsonString(role_arn, &out_);
    out_ += '}';
  }

 private:
  void Key(absl::string_view key) {
    if (has_member_) out_ += ',';
    has_member_ = true;
    absl::StrAppend(&out_, "\"", key, "\":");
  }
  void Truncated(absl::string_view key, bool is_truncated) {
    Key(key);
    absl::StrAppend(&out_, "{\"truncated\":", is_truncated ? "true" : "false", "}");
  }

  const bool has_data_;
  std::string& out_;
  bool has_member_ = false;
};

}  // namespace

absl::optional<EventLogLevel> EventLogLevelOf(absl::string_view text) {
  if (text == "ALL") return EventLogLevel::kAll;
  if (text == "ERROR") return EventLogLevel::kError;
  if (text == "FATAL") return EventLogLevel::kFatal;
  if (text == "OFF") return EventLogLevel::kOff;
  return absl::nullopt;
}

bool IsLogged(EventType type, EventLogLevel level) {
  const EventLogLevel least = LevelOf(type);
  return level != EventLogLevel::kOff && least != EventLogLevel::kOff && least >= level;
}

void AppendLogLine(const Event& event, const LogLineStyle& style, std::string* out) {
  std::string line = absl::StrCat("{\"id\":\"", event.id.value(), "\",\"type\":\"",
                                  std::string(InfoOf(event.type).name), "\",\"details\":{");
  LineSink details(style.includes_execution_data, &line);
  WriteAwsDetails(event, style.history, &details);
  absl::StrAppend(&line, "},\"previous_event_id\":\"", event.previous.value(),
                  "\",\"event_timestamp\":\"", absl::ToUnixMillis(event.time),
                  "\",\"execution_arn\":");
  AppendJsonString(style.execution_arn, &line);
  absl::StrAppend(&line, ",\"redrive_count\":\"", style.redrive_count, "\"");
  if (!style.log_group.empty()) {
    line += ",\"log_group\":";
    AppendJsonString(style.log_group, &line);
  }
  absl::StrAppend(out, SafeJson(line), "}\n");
}

}  // namespace pawl::core
