#include "engine/aws/execution_record.h"

#include <utility>

namespace pawl::aws {
namespace {

Value Date(absl::Time time, RecordStyle style) {
  if (style != RecordStyle::kFile) return Value::Int(absl::ToUnixMillis(time));
  return Value::String(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone()));
}

}  // namespace

Value ToValue(const ExecutionRecord& record, RecordStyle style) {
  Value::Members members;
  const auto add = [&](const char* key, Value value) {
    members.emplace_back(key, std::move(value));
  };
  const auto add_text = [&](const char* key, const absl::optional<std::string>& text) {
    if (text.has_value()) add(key, Value::String(*text));
  };
  const auto json = [style](const Payload& payload) {
    return style == RecordStyle::kSyncJson ? payload.value() : Value::String(payload.text());
  };
  const Value included = Value::Object({{"Included", Value::Bool(true)}});
  add_text("Cause", record.cause);
  add_text("Error", record.error);
  add("ExecutionArn", Value::String(record.arn));
  add("Input", json(record.input));
  add("InputDetails", included);
  add("Name", Value::String(record.name));
  if (record.output) {
    add("Output", json(record.output));
    add("OutputDetails", included);
  }
  add("RedriveCount", Value::Int(record.redrive_count));
  add("RedriveStatus", Value::String(record.redrive_status));
  add_text("RedriveStatusReason", record.redrive_status_reason);
  if (record.start.has_value()) add("StartDate", Date(*record.start, style));
  add("StateMachineArn", Value::String(record.machine_arn));
  add("Status", Value::String(record.status));
  if (record.stop.has_value()) add("StopDate", Date(*record.stop, style));
  return Value::Object(std::move(members));
}

void AddSdkMetadata(const std::string& request_id, Value::Members* answer) {
  answer->emplace_back("SdkHttpMetadata", Value::Object({{"AllHttpHeaders", Value::EmptyObject()},
                                                         {"HttpHeaders", Value::EmptyObject()},
                                                         {"HttpStatusCode", Value::Int(200)}}));
  answer->emplace_back("SdkResponseMetadata",
                       Value::Object({{"RequestId", Value::String(request_id)}}));
}

}  // namespace pawl::aws
