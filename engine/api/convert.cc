#include "engine/api/convert.h"

#include <utility>

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
      out->set_severity(v1::Diagnostic::SEVERITY_ERROR);
      break;
    case asl::Severity::kWarning:
      out->set_severity(v1::Diagnostic::SEVERITY_WARNING);
      break;
    case asl::Severity::kInfo:
      out->set_severity(v1::Diagnostic::SEVERITY_INFO);
      break;
  }
  out->set_remedy(diagnostic.remedy);
  out->set_code(diagnostic.code);
  out->set_pointer(diagnostic.pointer);
  out->set_line(diagnostic.line);
  out->set_column(diagnostic.column);
  out->set_message(diagnostic.message);
}

void ToProto(const persistence::MachineRevision& revision, const aws::ArnContext& arns,
             v1::StateMachine* out) {
  out->set_arn(aws::MachineArn({arns.region, revision.ns}, revision.name));
  out->set_name(revision.name);
  out->set_type(revision.type == "EXPRESS" ? v1::STATE_MACHINE_TYPE_EXPRESS
                                           : v1::STATE_MACHINE_TYPE_STANDARD);
  out->set_role_arn(revision.role_arn);
  out->set_revision(revision.revision);
  *out->mutable_create_time() = ToProto(revision.create_time);
  *out->mutable_update_time() = ToProto(revision.revision_time);
  out->set_damage(revision.damage);
}

void ToProto(const persistence::ExecutionRow& row, const aws::ArnContext& arns,
             v1::Execution* out) {
  const aws::ArnContext context{arns.region, row.ns};
  const bool is_express = aws::IsExpressName(row.name);
  out->set_arn(is_express ? aws::ExpressArn(context, row.machine, row.name)
                          : aws::ExecutionArn(context, row.machine, row.name));
  out->set_name(row.name);
  out->set_state_machine_arn(aws::MachineArn(context, row.machine));
  out->set_revision(row.revision);
  out->set_status(static_cast<v1::ExecutionStatus>(row.status));
  *out->mutable_start_time() = ToProto(row.start_time);
  if (row.stop_time != absl::InfiniteFuture()) *out->mutable_stop_time() = ToProto(row.stop_time);
  out->set_map_run_arn(aws::MapRunArnOfChild(context, row.machine, row.name));
  out->set_version(row.version);
  out->set_alias(row.alias);
  out->set_redrive_count(row.redrive_count);
  if (row.redrive_count > 0) *out->mutable_redrive_time() = ToProto(row.redrive_time);
}

void ToProto(const runtime::ExecutionView& view, const aws::ArnContext& arns, v1::Execution* out) {
  if (!view.row.ns.empty()) return ToProto(view.row, arns, out);
  // Never stored: an EXPRESS execution that was waited for.
  out->set_arn(view.arn);
  out->set_name(view.row.name);
  out->set_state_machine_arn(view.machine_arn);
  out->set_status(static_cast<v1::ExecutionStatus>(view.status));
  *out->mutable_start_time() = ToProto(view.row.start_time);
  *out->mutable_stop_time() = ToProto(view.stop_time);
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
              v1::OpenState::WAITING_FOR_EXECUTION);

void ToProto(const runtime::QueuedTask& queued, v1::Task* out) {
  const core::TaskToRun& task = queued.task;
  out->set_token(queued.token);
  out->set_queue(task.queue);
  out->set_input(task.input.text());
  out->set_attempt(task.attempt);
  out->set_idempotency_key(queued.idempotency_key);
  if (task.times_out_at != absl::InfiniteFuture()) {
    *out->mutable_deadline() = ToProto(task.times_out_at);
  } else if (task.timeout_seconds.has_value()) {
    *out->mutable_deadline() = ToProto(absl::Now() + absl::Seconds(*task.timeout_seconds));
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

void ToProto(const core::StatusCounts& counts, int64_t pending, int64_t pending_redrive,
             int64_t not_redrivable, v1::MapRunCounts* out) {
  out->set_pending(pending);
  out->set_running(counts[core::ExecutionStatus::kRunning]);
  out->set_succeeded(counts[core::ExecutionStatus::kSucceeded]);
  out->set_failed(counts[core::ExecutionStatus::kFailed]);
  out->set_timed_out(counts[core::ExecutionStatus::kTimedOut]);
  out->set_aborted(counts[core::ExecutionStatus::kAborted]);
  out->set_pending_redrive(pending_redrive);
  out->set_failures_not_redrivable(not_redrivable);
  int64_t total = pending + pending_redrive;
  for (const core::ExecutionStatus status : core::kExecutionStatuses) total += counts[status];
  out->set_total(total);
}

}  // namespace

void ToProto(const service::MapRun& map_run, v1::MapRun* out) {
  const core::MapRunSummary& run = map_run.run.summary;
  out->set_arn(map_run.run.arn);
  out->set_execution_arn(map_run.execution_arn);
  out->set_state_machine_arn(map_run.machine_arn);
  out->set_state_name(run.state);
  out->set_status(static_cast<v1::ExecutionStatus>(run.status));
  *out->mutable_start_time() = ToProto(run.started_at);
  if (run.stopped_at != absl::InfiniteFuture()) {
    *out->mutable_stop_time() = ToProto(run.stopped_at);
  }
  out->set_max_concurrency(run.limits.max_concurrency);
  out->set_tolerated_failure_count(run.limits.tolerated_count);
  out->set_tolerated_failure_percentage(run.limits.tolerated_percentage);
  ToProto(run.children, 0, run.children_pending_redrive, run.children_not_redrivable,
          out->mutable_execution_counts());
  ToProto(run.items, run.items_pending, run.items_pending_redrive, run.items_not_redrivable,
          out->mutable_item_counts());
  out->set_redrive_count(run.redrive_count);
  if (run.redrive_count > 0) *out->mutable_redrive_time() = ToProto(run.redriven_at);
}

}  // namespace pawl::api
