#include "engine/core/execution.h"

#include <utility>

namespace pawl::core {

absl::string_view StatusName(ExecutionStatus status) {
  switch (status) {
    case ExecutionStatus::kRunning:
      return "RUNNING";
    case ExecutionStatus::kSucceeded:
      return "SUCCEEDED";
    case ExecutionStatus::kFailed:
      return "FAILED";
    case ExecutionStatus::kTimedOut:
      return "TIMED_OUT";
    case ExecutionStatus::kAborted:
      return "ABORTED";
  }
  return "";
}

Execution::Execution(ExecutionHeader header, std::shared_ptr<const asl::StateMachine> machine)
    : header_(std::move(header)), machine_(std::move(machine)) {}

const Frame* Execution::FindFrame(FrameId id) const {
  const auto it = frames_.find(id);
  return it == frames_.end() ? nullptr : &it->second;
}

const Frame* Execution::FindTask(EventId scheduled) const {
  const auto it = open_tasks_.find(scheduled);
  return it == open_tasks_.end() ? nullptr : FindFrame(it->second);
}

OutstandingWork Outstanding(const Execution& execution, EventId since) {
  OutstandingWork work;
  if (execution.is_closed()) return work;
  const auto& open = execution.open_tasks();
  for (auto it = open.upper_bound(since); it != open.end(); ++it) {
    const Frame& frame = *execution.FindFrame(it->second);
    const TaskAttempt& attempt = *frame.task;
    TaskToRun task;
    task.scheduled = attempt.scheduled;
    task.entered = frame.entered;
    task.attempt = frame.retry_count + 1;
    task.queue = attempt.queue;
    task.state = execution.machine().state(frame.state).name;
    task.input = attempt.input;
    task.scheduled_at = attempt.scheduled_at;
    task.times_out_at = attempt.times_out_at;
    task.heartbeat_seconds = attempt.heartbeat_seconds;
    task.is_callback =
        execution.machine().state(frame.state).As<asl::TaskFields>().resource.pattern ==
        asl::IntegrationPattern::kWaitForTaskToken;
    task.awaits_token = attempt.is_submitted;
    work.tasks.push_back(std::move(task));
  }
  if (!execution.timers().empty()) work.next_timer = execution.timers().begin()->due;
  work.wants_continue = execution.wants_continue();
  return work;
}

}  // namespace pawl::core
