#include "engine/core/execution.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aws/map_run_uuid.h"
#include "engine/core/child_id.h"

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

const Redrive* Execution::FindRedrive(absl::string_view client_token) const {
  for (const Redrive& redrive : redrives_) {
    if (redrive.client_token == client_token) return &redrive;
  }
  return nullptr;
}

const Frame* Execution::FindFrame(FrameId id) const {
  const auto it = frames_.find(id);
  return it == frames_.end() ? nullptr : &it->second;
}

const Frame* Execution::FindTask(EventId scheduled) const {
  const auto it = open_tasks_.find(scheduled);
  return it == open_tasks_.end() ? nullptr : FindFrame(it->second);
}

const Frame* Execution::FindMapRun(int64_t ordinal) const {
  const auto it = map_runs_.find(ordinal);
  return it == map_runs_.end() ? nullptr : FindFrame(it->second);
}

namespace {

size_t VariableBytes(const Frame& frame) {
  size_t bytes = 0;
  for (const auto& [name, value] : frame.variables) bytes += name.size() + value.held_bytes();
  return bytes;
}

// Without what it shares with the execution's input.
size_t FrameBytes(const Frame& frame, const Payload& execution_input) {
  size_t bytes = VariableBytes(frame);
  if (!frame.input.SharesWith(execution_input)) bytes += frame.input.held_bytes();
  if (frame.task.has_value() && !frame.task->input.SharesWith(frame.input)) {
    bytes += frame.task->input.held_bytes();
  }
  if (frame.fan_out != nullptr) {
    bytes += frame.fan_out->items.held_bytes() + frame.fan_out->result_bytes;
  }
  if (frame.map_run != nullptr) {
    const MapRun& run = *frame.map_run;
    bytes += run.items.held_bytes() + run.running_bytes + run.config.held_bytes() +
             run.at_hand_bytes + run.unsuccessful.held_bytes() + run.pending.held_bytes();
    if (!run.HasTooLargeResults()) bytes += static_cast<size_t>(run.result_bytes);
  }
  return bytes;
}

}  // namespace

void Execution::AddBytes(size_t bytes) {
  added_bytes_ += bytes;
  const bool is_first = measured_bytes_ == 0;
  if (is_first || added_bytes_ > measured_bytes_ + 64 * 1024 + 256 * frames_.size()) MeasureBytes();
}

void Execution::MeasureBytes() {
  measured_bytes_ = sizeof(Execution) + input_.held_bytes() + output_.held_bytes();
  for (const auto& [id, frame] : frames_)
    measured_bytes_ += sizeof(Frame) + FrameBytes(frame, input_);
  added_bytes_ = 0;
}

namespace {

constexpr size_t kMaxChildrenToRead = 500;

// The name before the "/": a child's own Map Runs are named by the machine that holds the
// definition.
std::string DefinitionName(const Execution& execution) {
  const std::string& name = execution.header().machine_name;
  return name.substr(0, name.find('/'));
}

ParentLink LinkOf(const Execution& execution) {
  ParentLink link;
  link.slot = execution.header().slot;
  link.execution_id = execution.header().id;
  return link;
}

ChildToStart TaskChild(const Execution& execution, const Frame& frame,
                       const asl::Resource& resource) {
  const TaskAttempt& attempt = *frame.task;
  ChildToStart child;
  child.child = ChildOfTask(execution, attempt);
  child.parent = LinkOf(execution);
  child.parent.scheduled = attempt.scheduled;
  const Value* input = attempt.input.value().Find("Input");
  if (input == nullptr || input->is_null()) {
    child.input = Payload::FromValue(Value::EmptyObject());
  } else {
    // By AWS's record a string is JSON text.
    absl::StatusOr<Payload> text =
        input->is_string() ? Payload::FromText(input->AsString()) : Payload::FromValue(*input);
    child.input = text.ok() ? *std::move(text) : Payload::FromValue(*input);
  }
  child.parent.is_awaited = resource.pattern == asl::IntegrationPattern::kSync ||
                            resource.pattern == asl::IntegrationPattern::kSync2;
  child.parent.wants_json = resource.pattern == asl::IntegrationPattern::kSync2;
  child.is_submitted = attempt.is_submitted;
  return child;
}

void AddMapRun(const Execution& execution, const Frame& frame, int64_t since,
               OutstandingWork* work) {
  const MapRun& run = *frame.map_run;
  const std::string machine = MapChildMachine(execution, run.label);
  // Sequences grow with the index, of children that are redriven too: what is new stands at the end.
  auto first = run.running.end();
  while (first != run.running.begin() && std::prev(first)->second.sequence > since) --first;
  for (auto it = first; it != run.running.end(); ++it) {
    const auto& [index, running] = *it;
    ChildToStart child;
    child.parent = LinkOf(execution);
    child.parent.map_run = run.ordinal;
    child.parent.index = index;
    child.parent.map_run_redrive = run.redrive_count;
    child.child =
        ChildRef{machine, aws::MapRunUuid(aws::MapRunId{
                              child.parent.slot, child.parent.execution_id, run.ordinal, index})};
    child.input = running.input;
    child.is_map_child = true;
    child.is_redriven = running.is_redriven;
    work->children.push_back(std::move(child));
  }
  if (run.WantsItems()) {
    work->reads.push_back(ItemsToRead{run.ordinal, frame.id, *run.config.value().Find("Reader"),
                                      run.cursor, run.TotalItems()});
  } else if (run.running.empty() && run.ItemsWaiting() == 0 && !run.HasPending() &&
             run.has_writer) {
    work->writes.push_back(ResultsToWrite{run.ordinal, frame.id});
  }
  std::vector<int64_t> indexes = run.ChildrenToRead(kMaxChildrenToRead);
  if (!indexes.empty()) {
    const bool is_last = run.pending.Next(indexes.back() + 1) == ChildMarks::kNone;
    work->child_reads.push_back(
        ChildrenToRead{run.ordinal, frame.id, run.redrive_count, std::move(indexes), is_last});
  }
}

}  // namespace

ChildRef ChildOfTask(const Execution& execution, const TaskAttempt& attempt) {
  ChildRef child;
  const Value& parameters = attempt.input.value();
  const Value* machine = parameters.Find("StateMachineArn");
  if (machine != nullptr && machine->is_string()) child.machine = machine->AsString();
  const Value* name = parameters.Find("Name");
  child.name = name != nullptr && name->is_string()
                   ? name->AsString()
                   : ChildUuid(execution.header().arn, attempt.scheduled);
  return child;
}

std::string MapChildMachine(const Execution& execution, absl::string_view label) {
  return absl::StrCat(DefinitionName(execution), "/", std::string(label));
}

std::string MapRunArn(const Execution& execution, absl::string_view label, int64_t ordinal) {
  // arn:aws:states:REGION:ACCOUNT:stateMachine:NAME, cut before "stateMachine".
  const std::string& arn = execution.header().machine_arn;
  return absl::StrCat(arn.substr(0, arn.find(":stateMachine:")),
                      ":mapRun:", MapChildMachine(execution, label), ":",
                      aws::MapRunUuid(aws::MapRunId{execution.header().slot, execution.header().id,
                                                    ordinal, aws::MapRunId::kRunItself}));
}

OutstandingWork Outstanding(const Execution& execution, int64_t since) {
  OutstandingWork work;
  if (execution.is_closed()) return work;
  // Sequences grow with the event ids: what is new stands at the end.
  const auto& open = execution.open_tasks();
  auto first = open.end();
  while (first != open.begin() &&
         execution.FindFrame(std::prev(first)->second)->task->sequence > since) {
    --first;
  }
  for (; first != open.end(); ++first) {
    const Frame& frame = *execution.FindFrame(first->second);
    const TaskAttempt& attempt = *frame.task;
    const asl::State& state = execution.machine().state(frame.state);
    const asl::Resource& resource = state.As<asl::TaskFields>().resource;
    const bool is_callback = resource.pattern == asl::IntegrationPattern::kWaitForTaskToken;
    // Once a token is awaited, what the child does is no matter.
    if (resource.is_start_execution && !(is_callback && attempt.is_submitted)) {
      work.children.push_back(TaskChild(execution, frame, resource));
      if (!attempt.is_submitted) continue;
    }
    TaskToRun task;
    task.scheduled = attempt.scheduled;
    task.entered = frame.entered;
    task.attempt = frame.retry_count + 1;
    task.queue = attempt.queue;
    task.state = state.name;
    task.input = attempt.input;
    task.scheduled_at = attempt.scheduled_at;
    task.times_out_at = attempt.times_out_at;
    task.timeout_seconds = attempt.timeout_seconds;
    task.heartbeat_seconds = attempt.heartbeat_seconds;
    task.is_callback = is_callback;
    task.awaits_token = attempt.AwaitsToken();
    work.tasks.push_back(std::move(task));
  }
  for (const auto& [ordinal, frame] : execution.map_runs()) {
    AddMapRun(execution, *execution.FindFrame(frame), since, &work);
  }
  if (!execution.timers().empty()) work.next_timer = execution.timers().begin()->due;
  work.wants_continue = execution.wants_continue();
  return work;
}

}  // namespace pawl::core
