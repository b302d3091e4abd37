#include "engine/core/decide.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/core/interpreter.h"
#include "engine/value/check.h"
#include "engine/value/planted_fault.h"
#include "engine/value/utf8.h"

namespace pawl::core {
namespace {

// An error is a name; the cause is where text belongs.
constexpr size_t kMaxErrorBytes = 4096;

}  // namespace

Decision Decide(Execution* execution, absl::Span<const Command> commands, const World& world) {
  Decision decision;
  Interpreter interpreter(execution, world, &decision);
  for (const Command& command : commands) {
    decision.outcomes.push_back(interpreter.Apply(command));
    interpreter.RunReadyFrames();
  }
  interpreter.AdvanceMapRuns();
  interpreter.RunReadyFrames();
  interpreter.AccountBytes();
  return decision;
}

CommandOutcome Interpreter::Apply(const Command& command) {
  if (const auto* redrive = std::get_if<RedriveExecution>(&command)) return Redrive(*redrive);
  if (e_.is_closed()) return CommandOutcome::kClosed;
  struct Visitor {
    Interpreter* self;
    CommandOutcome operator()(const StartExecution& c) { return self->Start(c); }
    CommandOutcome operator()(const CompleteTask& c) { return self->Complete(c); }
    CommandOutcome operator()(const FailTask& c) { return self->Fail(c); }
    CommandOutcome operator()(const AssignTask& c) { return self->Assign(c); }
    CommandOutcome operator()(const ExpireTask& c) { return self->Expire(c); }
    CommandOutcome operator()(const FireTimers& c) { return self->Fire(c); }
    CommandOutcome operator()(const Continue&) { return self->GoOn(); }
    CommandOutcome operator()(const StopExecution& c) { return self->Stop(c); }
    CommandOutcome operator()(const RedriveExecution& c) { return self->Redrive(c); }
    CommandOutcome operator()(const core::FailExecution& c) { return self->FailFromOutside(c); }
    CommandOutcome operator()(const ItemsRead& c) { return self->TakeItems(c); }
    CommandOutcome operator()(const ItemsFailed& c) { return self->FailRead(c); }
    CommandOutcome operator()(const ChildrenRead& c) { return self->TakeChildren(c); }
    CommandOutcome operator()(const ChildEnded& c) { return self->EndChild(c); }
    CommandOutcome operator()(const ResultsWritten& c) { return self->FinishWriting(c); }
    CommandOutcome operator()(const UpdateMapRun& c) { return self->Update(c); }
  };
  return std::visit(Visitor{this}, command);
}

void Interpreter::RunReadyFrames() {
  while (!e_.is_closed() && !e_.ready_frames().empty() && HasBudget()) {
    if (ExceedsHistoryLimit()) {
      StateFailure failure;
      failure.error = "States.Runtime";
      failure.cause = absl::StrCat("The execution reached the maximum number of history events (",
                                   world_.limits.max_history_events, ").");
      FailExecution(failure, e_.last_event_id());
      return;
    }
    EnterState(*e_.ready_frames().begin());
  }
}

bool Interpreter::HasBudget() const {
  return static_cast<int>(decision_.events.size()) < world_.limits.max_events_per_transition &&
         bytes_ < world_.limits.max_transition_bytes && !meter_.is_transition_spent();
}

// A payload that several events refer to is stored once, and counts once.
void Interpreter::CountBytes(const Payload& payload) {
  if (!payload) return;
  const void* identity = payload.identity();
  if (std::find(counted_.begin(), counted_.end(), identity) != counted_.end()) return;
  counted_[next_counted_++ % counted_.size()] = identity;
  bytes_ += payload.held_bytes();
}

void Interpreter::CountBytes(const Event& event) {
  ForEachPayload(event, [this](const Payload& payload) { CountBytes(payload); });
  const ErrorAndCause* failure = FailureOf(event);
  if (failure != nullptr && failure->cause.has_value()) bytes_ += failure->cause->size();
}

void Interpreter::AccountBytes() {
  const size_t limit = world_.limits.max_execution_bytes;
  e_.AddBytes(bytes_ - std::exchange(accounted_bytes_, bytes_));
  if (e_.is_closed() || e_.ApproximateBytes() <= limit) return;
  e_.MeasureBytes();
  if (e_.ApproximateBytes() <= limit) return;
  StateFailure failure;
  failure.error = "States.DataLimitExceeded";
  failure.cause = absl::StrCat("The execution holds more than ", world_.limits.max_execution_bytes,
                               " bytes in inputs, variables and results (flag "
                               "--max-execution-bytes).");
  FailExecution(failure, e_.last_event_id());
}

bool Interpreter::ExceedsHistoryLimit() const {
  return world_.limits.max_history_events > 0 &&
         e_.last_event_id().value() + 1 >= world_.limits.max_history_events;
}

const Frame& Interpreter::Get(FrameId id) const {
  const Frame* frame = e_.FindFrame(id);
  PAWL_CHECK(frame != nullptr);
  return *frame;
}

// Clocks may step back; a history's times never do.
absl::Time Interpreter::Now() const { return std::max(world_.now, e_.last_event_time()); }

Event Interpreter::Make(EventType type, const Frame& frame, EventDetails details) const {
  Event event = Make(type, std::move(details));
  event.frame = frame.id;
  event.previous = frame.last_event;
  return event;
}

Event Interpreter::Make(EventType type, EventDetails details) const {
  Event event;
  event.type = type;
  event.time = Now();
  event.details = std::move(details);
  return event;
}

void Interpreter::Trim(Event* event) const {
  // Times are stored to the microsecond, and the live state is what a fold of the store would be.
  const auto to_micros = [](absl::Time* time) {
    if (*time == absl::InfiniteFuture()) return;
    *time = absl::UnixEpoch() + absl::Ceil(*time - absl::UnixEpoch(), absl::Microseconds(1));
  };
  const auto trim_failure = [this](ErrorAndCause* failure) {
    if (failure->cause) TruncateUtf8(world_.limits.max_payload_bytes, &*failure->cause);
    if (failure->error) TruncateUtf8(kMaxErrorBytes, &*failure->error);
  };
  std::visit(
      [&](auto& details) {
        if constexpr (requires { details.times_out_at; }) to_micros(&details.times_out_at);
        if constexpr (requires { details.waits_until; }) to_micros(&details.waits_until);
        if constexpr (requires { details.next_attempt_at; }) to_micros(&details.next_attempt_at);
        if constexpr (requires { details.error; }) trim_failure(&details);
      },
      event->details);
}

EventId Interpreter::Emit(Event event) {
  Trim(&event);
  event.id = event.is_numbered() ? e_.last_event_id().Next() : kNoEvent;
  CountBytes(event);
  Evolve(&e_, event);
  decision_.events.push_back(std::move(event));
  return decision_.events.back().id;
}

EventId Interpreter::Emit(Event event, EventId previous) {
  event.previous = previous;
  return Emit(std::move(event));
}

CommandOutcome Interpreter::Start(const StartExecution& command) {
  PAWL_CHECK(e_.last_event_id() == kNoEvent);
  ExecutionStarted started;
  started.input = command.input;
  started.parent = command.parent;
  started.variables = command.variables;
  absl::Duration timeout = e_.machine().timeout();
  if (e_.header().IsExpress()) timeout = std::min(timeout, world_.limits.max_express_duration);
  if (timeout != absl::InfiniteDuration()) {
    started.times_out_at = e_.header().start_time + timeout;
  }
  Emit(Make(EventType::kExecutionStarted, std::move(started)));
  return CommandOutcome::kApplied;
}

CommandOutcome Interpreter::Redrive(const RedriveExecution& command) {
  if (!e_.is_redrivable()) return CommandOutcome::kStale;
  ExecutionRedriven redriven;
  redriven.redrive_count = e_.redrive_count() + 1;
  redriven.client_token = command.client_token;
  redriven.map_run_redrive = command.map_run_redrive;
  // Recorded: its time starts over.
  const absl::Duration timeout = e_.machine().timeout();
  if (timeout != absl::InfiniteDuration()) redriven.times_out_at = Now() + timeout;
  Emit(Make(EventType::kExecutionRedriven, std::move(redriven)), e_.last_event_id());
  return CommandOutcome::kApplied;
}

CommandOutcome Interpreter::Complete(const CompleteTask& command) {
  const Frame* frame = e_.FindTask(command.scheduled);
  if (frame == nullptr) return CommandOutcome::kStale;
  // The worker's answer to a .waitForTaskToken task counts once.
  const bool counts = command.by_token || IsPlanted(PlantedFault::kSecondSubmissionCounts);
  if (frame->task->is_submitted && !counts) return CommandOutcome::kStale;
  FinishTask(frame->id, command);
  return CommandOutcome::kApplied;
}

CommandOutcome Interpreter::Fail(const FailTask& command) {
  const Frame* frame = e_.FindTask(command.scheduled);
  if (frame == nullptr) return CommandOutcome::kStale;
  if (frame->task->is_submitted && !command.by_token) return CommandOutcome::kStale;
  RecordStarted(frame->id, command.started);
  StateFailure failure;
  failure.error = command.error;
  failure.cause = command.cause;
  failure.is_task_failure = true;
  const FrameId id = frame->id;
  FailAttempt(id, failure);
  FailState(id, failure);
  return CommandOutcome::kApplied;
}

CommandOutcome Interpreter::Assign(const AssignTask& command) {
  const Frame* frame = e_.FindTask(command.scheduled);
  if (frame == nullptr || frame->task->is_started) return CommandOutcome::kStale;
  RecordStarted(frame->id, command.started);
  return CommandOutcome::kApplied;
}

CommandOutcome Interpreter::Expire(const ExpireTask& command) {
  const Frame* frame = e_.FindTask(command.scheduled);
  if (frame == nullptr) return CommandOutcome::kStale;
  RecordStarted(frame->id, command.started);
  StateFailure failure;
  failure.error = "States.Timeout";
  failure.is_timeout = true;
  failure.is_heartbeat = command.is_heartbeat;
  const FrameId id = frame->id;
  FailAttempt(id, failure);
  FailState(id, failure);
  return CommandOutcome::kApplied;
}

// Everything due by now. Time-outs are all recorded before the first of them has consequences: they
// happened at the same moment, and a consequence may be to abort the others.
CommandOutcome Interpreter::Fire(const FireTimers& command) {
  std::vector<Timer> due;
  for (const Timer& timer : e_.timers()) {
    if (timer.due > world_.now) break;
    due.push_back(timer);
    if (timer.kind == Timer::Kind::kExecution) break;  // nothing happens after it
  }
  if (due.empty()) return CommandOutcome::kStale;
  StateFailure timed_out;
  timed_out.error = "States.Timeout";
  timed_out.is_timeout = true;
  for (const Timer& timer : due) {
    if (timer.kind != Timer::Kind::kTask) continue;
    const auto started = command.started.find(Get(timer.frame).task->scheduled);
    if (started != command.started.end()) RecordStarted(timer.frame, started->second);
    FailAttempt(timer.frame, timed_out);
  }
  for (const Timer& timer : due) {
    if (e_.is_closed()) break;
    switch (timer.kind) {
      case Timer::Kind::kExecution: {
        Event event =
            Make(EventType::kExecutionTimedOut, ExecutionTimedOut{{"States.Timeout", {}}});
        // By AWS's record the execution stops exactly TimeoutSeconds after its start.
        event.time = std::max(timer.due, e_.last_event_time());
        Emit(std::move(event));
        break;
      }
      case Timer::Kind::kTask:
        if (e_.FindFrame(timer.frame) != nullptr) FailState(timer.frame, timed_out);
        break;
      case Timer::Kind::kWait:
      case Timer::Kind::kBackoff: {
        // An earlier timer of this loop may have ended the frame.
        const Frame* frame = e_.FindFrame(timer.frame);
        if (frame == nullptr || frame->due != timer.due) break;
        if (timer.kind == Timer::Kind::kWait) {
          FinishWait(timer.frame);
        } else if (StateOf(*frame).type == asl::StateType::kTask) {
          ScheduleTask(timer.frame);
        } else {
          StartFanOut(timer.frame);
        }
        break;
      }
    }
  }
  return CommandOutcome::kApplied;
}

CommandOutcome Interpreter::FailFromOutside(const core::FailExecution& command) {
  StateFailure failure;
  failure.error = command.failure.error;
  failure.cause = command.failure.cause;
  FailExecution(failure, e_.last_event_id());
  return CommandOutcome::kApplied;
}

// The ready frames are run by the caller; here what a Map could not start in its transition.
CommandOutcome Interpreter::GoOn() {
  const std::set<FrameId> frames = e_.continuing_frames();
  for (const FrameId id : frames) {
    const Frame* frame = e_.FindFrame(id);
    if (frame == nullptr || e_.is_closed() || !HasBudget()) continue;
    if (frame->map_run != nullptr) {
      AdvanceMapRun(id);
    } else if (frame->fan_out != nullptr) {
      AdvanceFanOut(id);
    }
  }
  return CommandOutcome::kApplied;
}

CommandOutcome Interpreter::Stop(const StopExecution& command) {
  Emit(Make(EventType::kExecutionAborted, ExecutionAborted{{command.error, command.cause}}));
  return CommandOutcome::kApplied;
}

}  // namespace pawl::core
