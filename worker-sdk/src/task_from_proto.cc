#include "worker-sdk/src/task_from_proto.h"

#include <utility>

namespace pawl::sdk {
namespace {

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

}  // namespace

TaskInfo TaskFromProto(v1::Task* task) {
  TaskInfo info;
  info.token = std::move(*task->mutable_token());
  info.queue = std::move(*task->mutable_queue());
  info.input = std::move(*task->mutable_input());
  info.attempt = task->attempt();
  info.idempotency_key = std::move(*task->mutable_idempotency_key());
  if (task->has_deadline()) info.deadline = ToTime(task->deadline());
  if (task->has_heartbeat_interval()) {
    info.heartbeat_interval = absl::Seconds(task->heartbeat_interval().seconds()) +
                              absl::Nanoseconds(task->heartbeat_interval().nanos());
  }
  info.execution_arn = std::move(*task->mutable_execution_arn());
  info.state_name = std::move(*task->mutable_state_name());
  info.scheduled_time = ToTime(task->scheduled_time());
  info.trace_parent = std::move(*task->mutable_trace_parent());
  info.awaits_token = task->awaits_token();
  return info;
}

}  // namespace pawl::sdk
