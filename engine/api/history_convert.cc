#include "engine/api/history_convert.h"

#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/api/convert.h"
#include "engine/core/aws_history.h"
#include "google/protobuf/descriptor.h"

namespace pawl::api {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status Mismatch(const FieldDescriptor& field) {
  return absl::DataLossError(absl::StrCat("its ", field.json_name(), " is not of the right type"));
}

absl::Status SetMembers(const Value& members, Message* out);

absl::Status SetMap(const Value& value, const FieldDescriptor& field, Message* out) {
  if (!value.is_object()) return Mismatch(field);
  for (const auto& [name, text] : value.AsObject()) {
    if (!text.is_string()) return Mismatch(field);
    Message* entry = out->GetReflection()->AddMessage(out, &field);
    const google::protobuf::Descriptor& type = *field.message_type();
    entry->GetReflection()->SetString(entry, type.map_key(), name);
    entry->GetReflection()->SetString(entry, type.map_value(), text.AsString());
  }
  return absl::OkStatus();
}

absl::Status SetNumber(const Value& value, const FieldDescriptor& field, Message* out) {
  int64_t number = 0;
  if (!value.ToInt64(&number)) return Mismatch(field);
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
    out->GetReflection()->SetInt64(out, &field, number);
    return absl::OkStatus();
  }
  if (number < std::numeric_limits<int32_t>::min() ||
      number > std::numeric_limits<int32_t>::max()) {
    return absl::OutOfRangeError(
        absl::StrCat("its ", field.json_name(), " is ", number, ", more than 32 bits hold"));
  }
  out->GetReflection()->SetInt32(out, &field, static_cast<int32_t>(number));
  return absl::OkStatus();
}

absl::Status SetField(const Value& value, const FieldDescriptor& field, Message* out) {
  const google::protobuf::Reflection& reflection = *out->GetReflection();
  if (field.is_map()) return SetMap(value, field, out);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (!value.is_string()) return Mismatch(field);
      reflection.SetString(out, &field, value.AsString());
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!value.is_bool()) return Mismatch(field);
      reflection.SetBool(out, &field, value.AsBool());
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return SetNumber(value, field, out);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SetMembers(value, reflection.MutableMessage(out, &field));
    default:  // protobuf's own enum: the messages have no other types
      return Mismatch(field);
  }
}

// By the JSON names of the fields, which are AWS's. A member without a field is one that AWS's own
// shape does not have either.
absl::Status SetMembers(const Value& members, Message* out) {
  if (!members.is_object()) return absl::DataLossError("its details are not an object");
  const google::protobuf::Descriptor& type = *out->GetDescriptor();
  for (const auto& [name, value] : members.AsObject()) {
    const FieldDescriptor* field = type.FindFieldByCamelcaseName(std::string(name));
    if (field == nullptr) continue;
    absl::Status status = SetField(value, *field, out);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

template <typename Details>
void SetFailure(const core::ErrorAndCause& failure, Details* out) {
  if (failure.error.has_value()) out->set_error(*failure.error);
  if (failure.cause.has_value()) out->set_cause(*failure.cause);
}

// Of the events that AWS does not have.
absl::Status SetOwn(const core::RetryScheduled& e, v1::HistoryEvent* out) {
  v1::RetryScheduledEventDetails* details = out->mutable_retry_scheduled_event_details();
  details->set_state_name(e.state);
  details->set_retrier(e.retrier);
  *details->mutable_next_attempt_at() = ToProto(e.next_attempt_at);
  SetFailure(e, details);
  return absl::OkStatus();
}

absl::Status SetOwn(const core::MapItemsRead& e, v1::HistoryEvent* out) {
  v1::MapItemsReadEventDetails* details = out->mutable_map_items_read_event_details();
  details->set_state_name(e.state);
  if (!e.items.value().is_array()) return absl::DataLossError("its items are not an array");
  details->set_items(static_cast<int64_t>(e.items.value().AsArray().size()));
  details->set_is_last(e.is_last);
  return absl::OkStatus();
}

absl::Status SetOwn(const core::MapChildrenStarted& e, v1::HistoryEvent* out) {
  v1::MapChildrenStartedEventDetails* details = out->mutable_map_children_started_event_details();
  details->set_state_name(e.state);
  details->set_first_index(e.first_index);
  details->set_count(static_cast<int64_t>(e.item_counts.size()));
  return absl::OkStatus();
}

absl::Status SetOwn(const core::MapChildEnded& e, v1::HistoryEvent* out) {
  v1::MapChildEndedEventDetails* details = out->mutable_map_child_ended_event_details();
  details->set_state_name(e.state);
  details->set_index(e.index);
  details->set_status(std::string(core::StatusName(e.status)));
  details->set_output(e.output.text());
  SetFailure(e, details);
  return absl::OkStatus();
}

absl::Status SetOwn(const core::MapRunUpdated& e, v1::HistoryEvent* out) {
  v1::MapRunUpdatedEventDetails* details = out->mutable_map_run_updated_event_details();
  details->set_state_name(e.state);
  details->set_max_concurrency(e.limits.max_concurrency);
  details->set_tolerated_failure_count(e.limits.tolerated_count);
  details->set_tolerated_failure_percentage(e.limits.tolerated_percentage);
  return absl::OkStatus();
}

absl::Status SetOwn(const core::MapChildrenRead& e, v1::HistoryEvent* out) {
  v1::MapChildrenReadEventDetails* details = out->mutable_map_children_read_event_details();
  details->set_state_name(e.state);
  if (!e.indexes.empty()) details->set_first_index(e.indexes.front());
  details->set_count(static_cast<int64_t>(e.indexes.size()));
  return absl::OkStatus();
}

absl::Status SetOwn(const core::MapChildrenRedriven& e, v1::HistoryEvent* out) {
  v1::MapChildrenRedrivenEventDetails* details = out->mutable_map_children_redriven_event_details();
  details->set_state_name(e.state);
  details->set_count(e.count);
  return absl::OkStatus();
}

absl::Status SetOwn(const core::StateRedriven& e, v1::HistoryEvent* out) {
  out->mutable_state_redriven_event_details()->set_state_name(e.state);
  return absl::OkStatus();
}

absl::Status SetDetails(const core::Event& event, const core::EventTypeInfo& info,
                        const core::HistoryStyle& style, v1::HistoryEvent* out) {
  if (!event.is_numbered()) {
    return std::visit(
        [out](const auto& details) {
          if constexpr (requires { SetOwn(details, out); }) return SetOwn(details, out);
          return absl::InternalError("its type has no message");
        },
        event.details);
  }
  if (info.details_key.empty()) return absl::OkStatus();
  const FieldDescriptor* field =
      out->GetDescriptor()->FindFieldByCamelcaseName(std::string(info.details_key));
  if (field == nullptr) return absl::InternalError("its type has no message");
  return SetMembers(core::AwsDetails(event, style),
                    out->GetReflection()->MutableMessage(out, field));
}

}  // namespace

absl::Status ToProto(const core::Event& event, const core::HistoryStyle& style,
                     v1::HistoryEvent* out) {
  const core::EventTypeInfo* info = core::FindEventType(static_cast<int>(event.type));
  if (info == nullptr) {
    return absl::DataLossError(absl::StrCat("event ", event.id.value(), " has an unknown type"));
  }
  const absl::Status status = SetDetails(event, *info, style, out);
  if (!status.ok()) {
    return absl::Status(status.code(),
                        absl::StrCat("event ", event.id.value(), " (", std::string(info->name),
                                     ") cannot be shown: ", std::string(status.message())));
  }
  *out->mutable_timestamp() = ToProto(event.time);
  out->set_type(std::string(info->name));
  out->set_id(event.id.value());
  out->set_previous_event_id(event.previous.value());
  return absl::OkStatus();
}

}  // namespace pawl::api
