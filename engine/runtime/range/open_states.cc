#include "engine/runtime/range/open_states.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace pawl::runtime {
namespace {

std::string PathOf(const core::Execution& execution, const core::Frame& frame) {
  std::string path;
  for (const core::Frame* f = &frame; f->parent != core::kNoFrame;) {
    const core::Frame* parent = execution.FindFrame(f->parent);
    const std::string& name = execution.machine().state(parent->state).name;
    path = absl::StrCat(name, "[", f->index, "]", path.empty() ? "" : "/", path);
    f = parent;
  }
  return path;
}

// "child/kid", whether the machine is named or given by its ARN.
std::string ChildOf(const LiveExecution& live, const core::TaskAttempt& task) {
  const core::ChildRef child = core::ChildOfTask(live.state, task);
  return absl::StrCat(child.machine.substr(child.machine.rfind(':') + 1), "/", child.name);
}

void DescribeTask(const LiveExecution& live, const asl::State& definition,
                  const core::TaskAttempt& task, const TaskQueues& queues, OpenState* state) {
  state->queue = task.queue;
  state->until = task.times_out_at;
  state->scheduled = task.scheduled;
  const auto attempt = live.attempts.find(task.scheduled);
  if (attempt != live.attempts.end()) {
    state->heartbeat_details = attempt->second.heartbeat_details;
    const absl::Duration due = attempt->second.heartbeat_due;
    if (due != absl::InfiniteDuration()) {
      const Clock& clock = queues.clock();
      state->until = std::min(state->until, clock.Now() + (due - clock.Steady()));
    }
  }
  const asl::Resource& resource = definition.As<asl::TaskFields>().resource;
  const bool is_callback = resource.pattern == asl::IntegrationPattern::kWaitForTaskToken;
  if (resource.is_start_execution && !(is_callback && task.is_submitted)) {
    state->waiting_for = OpenState::WaitingFor::kExecution;
    state->execution = ChildOf(live, task);
    return;
  }
  if (task.is_submitted) {
    state->waiting_for = OpenState::WaitingFor::kTaskToken;
    return;
  }
  const auto started = queues.StartedOf(AttemptKey{live.row.ref, task.scheduled});
  state->waiting_for =
      started.has_value() ? OpenState::WaitingFor::kCompletion : OpenState::WaitingFor::kWorker;
  if (started.has_value()) state->worker = started->worker_name.value_or("");
}

void DescribeChildren(const core::Frame& frame, OpenState* state) {
  if (frame.map_run == nullptr) {
    state->children_total = frame.fan_out->length;
    state->children_succeeded = frame.fan_out->succeeded;
    state->children_running = frame.fan_out->running;
    return;
  }
  const core::MapRunSummary run =
      core::Summarize(*frame.map_run, core::ExecutionStatus::kRunning, absl::InfiniteFuture());
  state->children_total = frame.map_run->TotalItems();
  state->children_succeeded = run.items[core::ExecutionStatus::kSucceeded];
  state->children_running = run.items[core::ExecutionStatus::kRunning];
  state->children_failed = frame.map_run->FailedItems();
}

}  // namespace

std::vector<OpenState> OpenStates(const LiveExecution& live, const TaskQueues& queues) {
  std::vector<OpenState> states;
  for (const auto& [id, frame] : live.state.frames()) {
    const asl::State& definition = live.state.machine().state(frame.state);
    OpenState state;
    state.name = definition.name;
    state.type = definition.type;
    state.path = PathOf(live.state, frame);
    state.entered = frame.entered_at;
    switch (frame.phase) {
      case core::Frame::Phase::kReady:
      case core::Frame::Phase::kRedriven:
      case core::Frame::Phase::kEntered:
      case core::Frame::Phase::kEnded:
        state.entered = live.state.last_event_time();
        break;
      case core::Frame::Phase::kTask:
        state.attempt = frame.retry_count + 1;
        DescribeTask(live, definition, *frame.task, queues, &state);
        break;
      case core::Frame::Phase::kWait:
        state.waiting_for = OpenState::WaitingFor::kTime;
        state.until = frame.due;
        break;
      case core::Frame::Phase::kBackoff:
        state.attempt = frame.retry_count + 1;
        state.waiting_for = OpenState::WaitingFor::kRetry;
        state.until = frame.due;
        break;
      case core::Frame::Phase::kFanOut:
        state.attempt = frame.retry_count + 1;
        state.waiting_for = OpenState::WaitingFor::kChildren;
        DescribeChildren(frame, &state);
        break;
    }
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace pawl::runtime
