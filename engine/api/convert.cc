#include "engine/api/convert.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/core/aws_history.h"
#include "engine/value/check.h"
#include "engine/value/json.h"
#include "google/protobuf/util/json_util.h"

namespace pawl::api {

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

absl::Time FromProto(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration out;
  absl::Duration rest;
  out.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  out.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return out;
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

void ToProto(const asl::Diagnostic& diagnostic, v1::Diagnostic* out) {
  switch (diagnostic.severity) {
    case asl::Severity::kError:
      out->set_severity(v1::Diagnostic::ERROR);
      break;
    case asl::Severity::kWarning:
      out->set_severity(v1::Diagnostic::WARNING);
      break;
    case asl::Severity::kInfo:
      out->set_severity(v1::Diagnostic::INFO);
      break;
  }
  out->set_remedy(diagnostic.remedy);
  out->set_code(diagnostic.code);
  out->set_pointer(diagnostic.pointer);
  out->set_line(diagnostic.line);
  out->set_column(diagnostic.column);
  out->set_message(diagnostic.message);
}

void ToProto(const persistence::MachineRevision& revision, const runtime::ArnContext& arns,
             v1::StateMachine* out) {
  out->set_arn(runtime::MachineArn({arns.region, revision.ns}, revision.name));
  out->set_name(revision.name);
  out->set_type(revision.type == "EXPRESS" ? v1::EXPRESS : v1::STANDARD);
  out->set_role_arn(revision.role_arn);
  out->set_revision(revision.revision);
  *out->mutable_create_time() = ToProto(revision.create_time);
  *out->mutable_update_time() = ToProto(revision.revision_time);
}

void ToProto(const persistence::ExecutionRow& row, const runtime::ArnContext& arns,
             v1::Execution* out) {
  const runtime::ArnContext context{arns.region, row.ns};
  const bool is_express = runtime::IsExpressName(row.name);
  out->set_arn(is_express ? runtime::ExpressArn(context, row.machine, row.name)
                          : runtime::ExecutionArn(context, row.machine, row.name));
  out->set_name(row.name);
  out->set_state_machine_arn(runtime::MachineArn(context, row.machine));
  out->set_revision(row.revision);
  out->set_status(static_cast<v1::ExecutionStatus>(row.status));
  *out->mutable_start_time() = ToProto(row.start_time);
  if (row.stop_time != absl::InfiniteFuture()) *out->mutable_stop_time() = ToProto(row.stop_time);
  out->set_map_run_arn(runtime::MapRunArnOfChild(context, row.machine, row.name));
}

void ToProto(const runtime::OpenState& state, v1::OpenState* out) {
  out->set_name(state.name);
  out->set_type(std::string(asl::StateTypeName(state.type)));
  out->set_path(state.path);
  *out->mutable_entered_time() = ToProto(state.entered);
  out->set_attempt(state.attempt);
  out->set_waiting_for(static_cast<v1::OpenState::WaitingFor>(state.waiting_for));
  if (state.until != absl::InfiniteFuture()) *out->mutable_until() = ToProto(state.until);
  out->set_queue(state.queue);
  out->set_worker(state.worker);
  out->set_heartbeat_details(state.heartbeat_details);
  out->set_children_total(state.children_total);
  out->set_children_succeeded(state.children_succeeded);
  out->set_children_running(state.children_running);
  out->set_children_failed(state.children_failed);
  out->set_execution(state.execution);
}
static_assert(static_cast<int>(runtime::OpenState::WaitingFor::kExecution) ==
              v1::OpenState::EXECUTION);

void ToProto(const runtime::QueuedTask& queued, v1::Task* out) {
  const core::TaskToRun& task = queued.task;
  out->set_token(queued.token);
  out->set_queue(task.queue);
  out->set_input(task.input.text());
  out->set_attempt(task.attempt);
  out->set_idempotency_key(queued.idempotency_key);
  if (task.times_out_at != absl::InfiniteFuture()) {
    *out->mutable_deadline() = ToProto(task.times_out_at);
  }
  if (task.heartbeat_seconds.has_value()) {
    *out->mutable_heartbeat_interval() = ToProto(absl::Seconds(*task.heartbeat_seconds));
  }
  out->set_execution_arn(queued.execution_arn);
  out->set_state_name(task.state);
  *out->mutable_scheduled_time() = ToProto(task.scheduled_at);
  out->set_trace_parent(queued.trace_parent);
  out->set_awaits_token(task.is_callback);
}

namespace {

// Of the events that AWS does not have.
void InternalDetails(const core::Event& event, v1::HistoryEvent* out) {
  if (event.type == core::EventType::kRetryScheduled) {
    v1::RetryScheduledEventDetails* details = out->mutable_retry_scheduled_event_details();
    details->set_state_name(event.name);
    details->set_retrier(event.retrier);
    *details->mutable_next_attempt_at() = ToProto(event.due);
    if (event.error.has_value()) details->set_error(*event.error);
    if (event.cause.has_value()) details->set_cause(*event.cause);
  } else if (event.type == core::EventType::kMapItemsRead) {
    v1::MapItemsReadEventDetails* details = out->mutable_map_items_read_event_details();
    details->set_state_name(event.name);
    details->set_items(static_cast<int64_t>(event.work.value().AsArray().size()));
    details->set_is_last(event.is_last);
  } else if (event.type == core::EventType::kMapChildrenStarted) {
    v1::MapChildrenStartedEventDetails* details = out->mutable_map_children_started_event_details();
    details->set_state_name(event.name);
    details->set_first_index(event.index);
    details->set_count(event.length);
  } else if (event.type == core::EventType::kMapChildEnded) {
    v1::MapChildEndedEventDetails* details = out->mutable_map_child_ended_event_details();
    details->set_state_name(event.name);
    details->set_index(event.index);
    details->set_status(
        std::string(core::StatusName(static_cast<core::ExecutionStatus>(event.child_status))));
    details->set_output(event.payload.text());
    if (event.error.has_value()) details->set_error(*event.error);
    if (event.cause.has_value()) details->set_cause(*event.cause);
  } else if (event.type == core::EventType::kMapRunUpdated) {
    v1::MapRunUpdatedEventDetails* details = out->mutable_map_run_updated_event_details();
    details->set_state_name(event.name);
    details->set_max_concurrency(event.max_concurrency);
    details->set_tolerated_failure_count(event.tolerated_count);
    details->set_tolerated_failure_percentage(event.tolerated_percentage);
  }
}

}  // namespace

bool ToProto(const core::Event& event, const HistoryStyle& style, v1::HistoryEvent* out) {
  if (!event.is_numbered() && !style.includes_internal) return false;
  const core::EventTypeInfo& info = core::InfoOf(event.type);
  if (!event.is_numbered()) {
    InternalDetails(event, out);
  } else if (!info.details_key.empty()) {
    // The API's JSON names are AWS's, so AWS's form is the API's.
    const Value json = Value::Object(
        {{std::string(info.details_key), core::AwsDetails(event, style.role_arn, style.region)}});
    const auto status = google::protobuf::util::JsonStringToMessage(ToJson(json), out);
    PAWL_CHECK(status.ok());
  }
  *out->mutable_timestamp() = ToProto(event.time);
  out->set_type(std::string(info.name));
  out->set_id(event.id);
  out->set_previous_event_id(event.previous);
  return true;
}

}  // namespace pawl::api
