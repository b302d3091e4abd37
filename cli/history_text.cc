#include "cli/history_text.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/names.h"

namespace pawl::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The text of the first of `names` that the message has; "" where it has none.
std::string FirstText(const Message& message, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) continue;
    std::string text = message.GetReflection()->GetString(message, field);
    if (!text.empty()) return text;
  }
  return std::string();
}

Style StyleOf(const std::string& type) {
  if (type == "RetryScheduled") return Style::kDim;
  if (absl::EndsWith(type, "Failed") || absl::EndsWith(type, "TimedOut")) return Style::kBad;
  if (absl::EndsWith(type, "Aborted")) return Style::kWarn;
  if (absl::EndsWith(type, "Succeeded")) return Style::kGood;
  return Style::kPlain;
}

std::string Limits(const v1::HistoryEvent& event) {
  std::string out;
  const Message* details = DetailsOf(event);
  for (const char* name : {"timeout_in_seconds", "heartbeat_in_seconds"}) {
    const FieldDescriptor* field = details->GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || !details->GetReflection()->HasField(*details, field)) continue;
    absl::StrAppend(&out, name[0] == 't' ? "timeout " : "heartbeat ",
                    details->GetReflection()->GetInt32(*details, field), "s  ");
  }
  return out;
}

std::string RetrySummary(const v1::HistoryEvent& event) {
  const v1::RetryScheduledEventDetails& retry = event.retry_scheduled_event_details();
  return absl::StrCat("next attempt ",
                      FormatSpan(ToTime(retry.next_attempt_at()) - ToTime(event.timestamp())),
                      " later (retrier ", retry.retrier(), ")",
                      retry.has_error() ? absl::StrCat(": ", retry.error()) : "");
}

std::string MapRunSummary(const v1::HistoryEvent& event) {
  if (event.has_map_run_started_event_details()) {
    return event.map_run_started_event_details().map_run_arn();
  }
  if (event.has_map_items_read_event_details()) {
    const auto& read = event.map_items_read_event_details();
    return absl::StrCat(read.items(), " items", read.is_last() ? ", the last" : "");
  }
  if (event.has_map_children_started_event_details()) {
    const auto& started = event.map_children_started_event_details();
    return absl::StrCat(started.count(), " children from ", started.first_index(), " on");
  }
  if (event.has_map_run_redriven_event_details()) {
    const auto& redriven = event.map_run_redriven_event_details();
    return absl::StrCat("redrive ", redriven.redrive_count(), " of ", redriven.map_run_arn());
  }
  if (event.has_map_children_read_event_details()) {
    const auto& read = event.map_children_read_event_details();
    return absl::StrCat(read.count(), " children at hand from ", read.first_index(), " on");
  }
  if (event.has_map_children_redriven_event_details()) {
    return absl::StrCat(event.map_children_redriven_event_details().count(), " children redriven");
  }
  if (event.has_map_run_updated_event_details()) {
    const auto& now = event.map_run_updated_event_details();
    return absl::StrCat("at once ", now.max_concurrency(), ", tolerates ",
                        now.tolerated_failure_count(), " or ", now.tolerated_failure_percentage(),
                        " %");
  }
  return "";
}

}  // namespace

const Message* DetailsOf(const v1::HistoryEvent& event) {
  const FieldDescriptor* field = event.GetReflection()->GetOneofFieldDescriptor(
      event, v1::HistoryEvent::descriptor()->FindOneofByName("details"));
  return field == nullptr ? nullptr : &event.GetReflection()->GetMessage(event, field);
}

EventText DescribeEvent(const v1::HistoryEvent& event) {
  EventText text;
  text.style = StyleOf(event.type());
  const Message* details = DetailsOf(event);
  if (details == nullptr) return text;
  if (event.has_retry_scheduled_event_details()) {
    text.subject = event.retry_scheduled_event_details().state_name();
    text.summary = RetrySummary(event);
    return text;
  }
  text.subject = FirstText(*details, {"name", "state_name", "state", "resource", "worker_name"});
  text.payload = FirstText(*details, {"input", "output", "parameters"});
  if (const std::string summary = MapRunSummary(event); !summary.empty()) {
    text.summary = summary;
    return text;
  }
  if (event.has_map_state_started_event_details()) {
    text.summary = absl::StrCat(event.map_state_started_event_details().length(), " items");
    return text;
  }
  const FieldDescriptor* index = details->GetDescriptor()->FindFieldByName("index");
  if (index != nullptr && details->GetReflection()->HasField(*details, index)) {
    const int64_t number = index->cpp_type() == FieldDescriptor::CPPTYPE_INT64
                               ? details->GetReflection()->GetInt64(*details, index)
                               : details->GetReflection()->GetInt32(*details, index);
    text.subject += absl::StrCat("[", number, "]");
  }
  const std::string error = FirstText(*details, {"error"});
  const std::string cause = FirstText(*details, {"cause"});
  text.summary = absl::StrCat(Limits(event), text.payload, error,
                              error.empty() || cause.empty() ? "" : ": ", cause);
  if (event.has_state_exited_event_details()) {
    for (const auto& [name, value] : event.state_exited_event_details().assigned_variables()) {
      absl::StrAppend(&text.summary, "  $", name, "=", value);
    }
  }
  return text;
}

}  // namespace pawl::cli
