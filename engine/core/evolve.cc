// Evolve: one event into the state. One Apply for each kind of details, a few assignments each; a
// kind without one does not compile.
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "engine/aws/map_run_uuid.h"
#include "engine/core/execution.h"
#include "engine/value/check.h"

namespace pawl::core {

class Folder {
 public:
  explicit Folder(Execution* execution) : e_(*execution) {}

  void Fold(const Event& event) {
    if (event.is_numbered()) {
      PAWL_CHECK(event.id == e_.last_event_id_.Next());
      e_.last_event_id_ = event.id;
    }
    if (event.time > e_.last_event_time_) e_.last_event_time_ = event.time;
    ++e_.sequence_;
    event_ = &event;
    std::visit([this](const auto& details) { Apply(details); }, event.details);
  }

 private:
  Frame& EventFrame() { return Get(event_->frame); }
  Frame& Get(FrameId id) {
    const auto it = e_.frames_.find(id);
    PAWL_CHECK(it != e_.frames_.end());
    return it->second;
  }

  Frame& AddFrame(FrameId id, FrameId parent, asl::StateIndex start, Payload input) {
    Frame& frame = e_.frames_[id];
    frame.id = id;
    frame.parent = parent;
    frame.state = start;
    frame.input = std::move(input);
    frame.phase = Frame::Phase::kReady;
    if (id >= e_.next_frame_) e_.next_frame_ = id.Next();
    e_.ready_.insert(id);
    return frame;
  }

  void ClearTimer(Frame* frame) {
    if (frame->due != absl::InfiniteFuture()) {
      e_.timers_.erase(Timer{frame->due, Timer::Kind::kWait, frame->id});
      e_.timers_.erase(Timer{frame->due, Timer::Kind::kBackoff, frame->id});
      frame->due = absl::InfiniteFuture();
    }
  }

  // `is_child_done`: the child of a startExecution task has ended, or is none of our business.
  void CloseTask(Frame* frame, bool is_child_done = false) {
    if (!frame->task.has_value()) return;
    const asl::State& state = e_.machine_->state(frame->state);
    if (!is_child_done && frame->task->is_submitted &&
        IsAwaitedChild(state.As<asl::TaskFields>().resource)) {
      e_.abandoned_.push_back(ChildOfTask(e_, *frame->task));
    }
    e_.timers_.erase(Timer{frame->task->times_out_at, Timer::Kind::kTask, frame->id});
    e_.open_tasks_.erase(frame->task->scheduled);
    frame->task.reset();
  }

  static bool IsAwaitedChild(const asl::Resource& resource) {
    return resource.is_start_execution && (resource.pattern == asl::IntegrationPattern::kSync ||
                                           resource.pattern == asl::IntegrationPattern::kSync2);
  }

  void SetContinuing(FrameId id, bool has_more) {
    if (has_more) {
      e_.continuing_.insert(id);
    } else {
      e_.continuing_.erase(id);
    }
  }

  enum class Afterwards { kForgotten, kRedrivable };

  // Its running children are abandoned.
  void EndMapRun(Frame* frame, ExecutionStatus status = ExecutionStatus::kAborted,
                 Afterwards afterwards = Afterwards::kForgotten) {
    if (frame->map_run == nullptr) return;
    const MapRun& run = *frame->map_run;
    if (e_.ended_map_runs_.size() == Execution::kMaxEndedMapRuns) e_.ended_map_runs_.pop_front();
    e_.ended_map_runs_.push_back(Summarize(run, status, event_->time));
    const std::string machine = MapChildMachine(e_, run.label);
    for (const auto& [index, child] : run.running) {
      e_.abandoned_.push_back(ChildRef{
          machine,
          aws::MapRunUuid(aws::MapRunId{e_.header_.slot, e_.header_.id, run.ordinal, index})});
    }
    e_.map_runs_.erase(run.ordinal);
    e_.continuing_.erase(frame->id);
    if (afterwards == Afterwards::kRedrivable) {
      frame->stopped_map_run = std::move(frame->map_run);
    } else {
      frame->map_run.reset();
    }
  }

  void RemoveFrame(FrameId id) {
    Frame& frame = Get(id);
    if (frame.fan_out != nullptr) RemoveChildren(id);
    EndMapRun(&frame);
    ClearTimer(&frame);
    CloseTask(&frame);
    e_.ready_.erase(id);
    e_.continuing_.erase(id);
    e_.frames_.erase(id);
  }

  // Ends a frame that has not succeeded, and keeps what a redrive needs of it.
  void StopFrame(FrameId id) {
    Frame& frame = Get(id);
    StopChildren(id);
    EndMapRun(&frame, ExecutionStatus::kAborted, Afterwards::kRedrivable);
    ClearTimer(&frame);
    CloseTask(&frame);
    e_.ready_.erase(id);
    e_.continuing_.erase(id);
    e_.stopped_.insert(e_.frames_.extract(id));
  }

  void StopChildren(FrameId parent) {
    for (const FrameId child : ChildrenOf(parent)) StopFrame(child);
  }

  // Its failure was dealt with: what had stopped below it starts anew, or never again.
  void ForgetStopped(Frame* frame) {
    frame->stopped_fan_out.reset();
    std::set<FrameId> gone = {frame->id};
    for (auto it = e_.stopped_.upper_bound(frame->id); it != e_.stopped_.end();) {
      if (gone.count(it->second.parent) == 0) {
        ++it;
        continue;
      }
      gone.insert(it->first);
      it = e_.stopped_.erase(it);
    }
  }

  std::vector<FrameId> ChildrenOf(FrameId parent) const {
    std::vector<FrameId> children;
    for (auto it = e_.frames_.upper_bound(parent); it != e_.frames_.end(); ++it) {
      if (it->second.parent == parent) children.push_back(it->first);
    }
    return children;
  }

  // Children have larger ids than their parents, so one pass upwards finds them all.
  void RemoveChildren(FrameId parent) {
    for (const FrameId child : ChildrenOf(parent)) RemoveFrame(child);
  }

  void Apply(const ExecutionStarted& details) {
    e_.input_ = details.input;
    e_.parent_ = details.parent;
    Frame& root = AddFrame(kRootFrame, kNoFrame, e_.machine_->block(0).start_at, details.input);
    for (const AssignedVariable& variable : details.variables) {
      root.variables[variable.name] = variable.value;
    }
    if (details.times_out_at != absl::InfiniteFuture()) {
      e_.timers_.insert(Timer{details.times_out_at, Timer::Kind::kExecution, kRootFrame});
    }
  }

  void Apply(const ExecutionSucceeded& details) {
    e_.output_ = details.output;
    Close(ExecutionStatus::kSucceeded);
  }
  void Apply(const ExecutionFailed& details) { CloseWith(ExecutionStatus::kFailed, details); }
  void Apply(const ExecutionAborted& details) { CloseWith(ExecutionStatus::kAborted, details); }
  // By AWS's record an execution that ran out of time has no error of its own to describe.
  void Apply(const ExecutionTimedOut& /*details*/) { Close(ExecutionStatus::kTimedOut); }

  void CloseWith(ExecutionStatus status, const ErrorAndCause& failure) {
    e_.error_ = failure.error;
    e_.cause_ = failure.cause;
    Close(status);
  }

  void Close(ExecutionStatus status) {
    e_.status_ = status;
    e_.stop_time_ = event_->time;
    if (e_.frames_.count(kRootFrame) > 0) StopFrame(kRootFrame);
    if (status == ExecutionStatus::kSucceeded) e_.stopped_.clear();
    e_.frames_.clear();
    e_.open_tasks_.clear();
    e_.timers_.clear();
    e_.ready_.clear();
    e_.continuing_.clear();
  }

  void Apply(const ExecutionRedriven& details) {
    e_.status_ = ExecutionStatus::kRunning;
    e_.error_.reset();
    e_.cause_.reset();
    e_.stop_time_ = absl::InfiniteFuture();
    e_.redrive_count_ = details.redrive_count;
    e_.redrive_time_ = event_->time;
    // Stopped since its end, or by themselves (Relatives::CheckParent); some are redriven now.
    e_.abandoned_.clear();
    if (details.map_run_redrive > 0 && e_.parent_.has_value()) {
      e_.parent_->map_run_redrive = details.map_run_redrive;
    }
    if (!details.client_token.empty()) {
      if (e_.redrives_.size() == Execution::kMaxRedriveTokens) e_.redrives_.pop_front();
      e_.redrives_.push_back({details.client_token, event_->time});
    }
    e_.frames_.swap(e_.stopped_);
    for (auto& [id, frame] : e_.frames_) Reopen(&frame);
    if (details.times_out_at != absl::InfiniteFuture()) {
      e_.timers_.insert(Timer{details.times_out_at, Timer::Kind::kExecution, kRootFrame});
    }
  }

  void Reopen(Frame* frame) {
    frame->retries_by_retrier.assign(frame->retries_by_retrier.size(), 0);
    frame->retry_count = 0;
    if (frame->stopped_fan_out != nullptr) frame->fan_out = std::move(frame->stopped_fan_out);
    if (frame->fan_out != nullptr) {
      FanOut& fan_out = *frame->fan_out;
      frame->phase = Frame::Phase::kFanOut;
      fan_out.running = static_cast<int64_t>(ChildrenOf(frame->id).size());
      SetContinuing(frame->id, fan_out.next_index < fan_out.length);
      return;
    }
    e_.ready_.insert(frame->id);
    if (frame->phase == Frame::Phase::kReady) return;
    frame->phase = Frame::Phase::kRedriven;
    frame->last_event = frame->entered;
  }

  void Apply(const StateRedriven& details) {
    Frame& frame = EventFrame();
    e_.ready_.erase(frame.id);
    frame.phase = Frame::Phase::kEntered;
    frame.stopped_map_run.reset();
    WaitUntil(&frame, details.waits_until);
  }

  void WaitUntil(Frame* frame, absl::Time time) {
    if (time == absl::InfiniteFuture()) return;
    frame->phase = Frame::Phase::kWait;
    frame->due = time;
    e_.timers_.insert(Timer{time, Timer::Kind::kWait, frame->id});
  }

  void Apply(const StateEntered& details) {
    Frame& frame = EventFrame();
    e_.ready_.erase(frame.id);
    frame.state = e_.machine_->Find(details.state);
    PAWL_CHECK(frame.state != asl::kNone);
    frame.input = details.input;
    frame.before_entry = frame.last_event;
    frame.entered = event_->id;
    frame.entered_at = event_->time;
    frame.last_event = event_->id;
    frame.retries_by_retrier.assign(e_.machine_->state(frame.state).retriers.size(), 0);
    frame.retry_count = 0;
    frame.phase = Frame::Phase::kEntered;
    WaitUntil(&frame, details.waits_until);
  }

  void Apply(const StateExited& details) {
    Frame& frame = EventFrame();
    ClearTimer(&frame);
    CloseTask(&frame);
    EndMapRun(&frame);
    e_.continuing_.erase(frame.id);
    if (frame.fan_out != nullptr) {
      RemoveChildren(frame.id);
      frame.fan_out.reset();
    }
    ForgetStopped(&frame);
    frame.stopped_map_run.reset();
    for (const AssignedVariable& variable : details.assigned) {
      frame.variables[variable.name] = variable.value;
    }
    frame.last_event = event_->id;
    frame.input = details.output;
    if (!details.next.empty()) {
      frame.state = e_.machine_->Find(details.next);
      PAWL_CHECK(frame.state != asl::kNone);
      frame.phase = Frame::Phase::kReady;
      e_.ready_.insert(frame.id);
      return;
    }
    frame.phase = Frame::Phase::kEnded;
    if (frame.parent == kNoFrame) return;
    Frame& parent = Get(frame.parent);
    // The end of a Map iteration has an event of its own, that of a Parallel branch has not.
    if (e_.machine_->state(parent.state).type == asl::StateType::kParallel) {
      TakeResult(&parent, &frame);
    }
  }

  void TakeResult(Frame* parent, Frame* child) {
    FanOut& fan_out = *parent->fan_out;
    fan_out.results[static_cast<size_t>(child->index)] = child->input;
    fan_out.result_bytes += child->input.held_bytes();
    --fan_out.running;
    ++fan_out.succeeded;
    fan_out.last_child_event = child->last_event;
    parent->last_event = child->last_event;
    RemoveFrame(child->id);
  }

  void Apply(const StateAborted& /*details*/) {
    // Its frame goes with the iteration, the fan-out or the execution that is being ended; until
    // then nothing of it may fire any more.
    const auto it = e_.frames_.find(event_->frame);
    if (it == e_.frames_.end()) return;
    ClearTimer(&it->second);
    CloseTask(&it->second);
  }

  // --- Parallel and Map

  void Apply(const ParallelStarted& details) {
    Frame& frame = EventFrame();
    const auto& parallel = e_.machine_->state(frame.state).As<asl::ParallelFields>();
    StartFanOut(&frame, static_cast<int64_t>(parallel.branches.size()));
    const FrameId parent = frame.id;
    for (asl::BlockIndex branch : parallel.branches) {
      Frame& child = AddFrame(e_.next_frame_, parent, e_.machine_->block(branch).start_at,
                              details.branch_input);
      child.index = frame.fan_out->next_index++;
      child.last_event = event_->id;
      ++frame.fan_out->running;
    }
  }

  void Apply(const MapStarted& details) {
    Frame& frame = EventFrame();
    StartFanOut(&frame, details.length);
    frame.fan_out->items = details.items;
    frame.fan_out->max_concurrency = details.max_concurrency;
  }

  // The Exited event that follows refers to what preceded this one.
  void Apply(const FanOutSucceeded& /*details*/) {}

  void Apply(const FanOutFailed& details) {
    Frame& frame = EventFrame();
    if (details.by_child) {
      StopChildren(frame.id);
      frame.stopped_fan_out = std::move(frame.fan_out);
    } else {
      ForgetStopped(&frame);
    }
    EndFanOut(&frame);
    frame.last_event = event_->id;
  }

  void StartFanOut(Frame* frame, int64_t length) {
    ClearTimer(frame);
    frame->phase = Frame::Phase::kFanOut;
    frame->last_event = event_->id;
    frame->fan_out = std::make_unique<FanOut>();
    frame->fan_out->length = length;
    frame->fan_out->last_child_event = event_->id;
    frame->fan_out->results.resize(static_cast<size_t>(length));
  }

  void EndFanOut(Frame* frame) {
    EndMapRun(frame);
    e_.continuing_.erase(frame->id);
    RemoveChildren(frame->id);
    frame->fan_out.reset();
    frame->phase = Frame::Phase::kEntered;
  }

  void Apply(const IterationStarted& details) {
    Frame& map = EventFrame();
    const asl::BlockIndex block = e_.machine_->state(map.state).As<asl::MapFields>().processor;
    Frame& child =
        AddFrame(details.child, map.id, e_.machine_->block(block).start_at, details.input);
    child.index = details.index;
    child.last_event = event_->id;
    map.fan_out->next_index = details.index + 1;
    ++map.fan_out->running;
    SetContinuing(map.id, details.has_more);
  }

  void Apply(const IterationSucceeded& details) {
    Frame& map = EventFrame();
    TakeResult(&map, &Get(details.child));
    map.last_event = event_->id;
  }
  void Apply(const IterationFailed& details) { StopIteration(details.child); }
  void Apply(const IterationAborted& details) { StopIteration(details.child); }

  void StopIteration(FrameId child) {
    --EventFrame().fan_out->running;
    StopFrame(child);
  }

  void Apply(const EvaluationFailed& /*details*/) { EventFrame().last_event = event_->id; }

  // --- Tasks

  void Apply(const TaskScheduled& details) {
    Frame& frame = EventFrame();
    ClearTimer(&frame);
    frame.last_event = event_->id;
    frame.phase = Frame::Phase::kTask;
    TaskAttempt attempt;
    attempt.scheduled = event_->id;
    attempt.scheduled_at = event_->time;
    attempt.times_out_at = details.times_out_at;
    if (details.times_out_at == absl::InfiniteFuture()) {
      attempt.timeout_seconds = details.timeout_seconds;
    }
    attempt.heartbeat_seconds = details.heartbeat_seconds;
    attempt.queue = details.queue;
    attempt.input = details.worker_input ? details.worker_input : details.parameters;
    attempt.sequence = e_.sequence_;
    frame.task = std::move(attempt);
    e_.open_tasks_[event_->id] = frame.id;
    if (details.times_out_at != absl::InfiniteFuture()) {
      e_.timers_.insert(Timer{details.times_out_at, Timer::Kind::kTask, frame.id});
    }
  }

  void Apply(const TaskStarted& /*details*/) {
    Frame& frame = EventFrame();
    frame.last_event = event_->id;
    if (!frame.task.has_value()) return;
    frame.task->is_started = true;
    if (!frame.task->timeout_seconds.has_value()) return;
    frame.task->times_out_at = event_->time + absl::Seconds(*frame.task->timeout_seconds);
    e_.timers_.insert(Timer{frame.task->times_out_at, Timer::Kind::kTask, frame.id});
  }

  void Apply(const TaskSubmitted& /*details*/) {
    Frame& frame = EventFrame();
    frame.last_event = event_->id;
    if (frame.task.has_value()) frame.task->is_submitted = true;
  }

  void Apply(const TaskSucceeded& /*details*/) { EndTask(/*is_child_done=*/true); }
  void Apply(const TaskFailed& /*details*/) { EndTask(/*is_child_done=*/true); }
  void Apply(const TaskTimedOut& /*details*/) { EndTask(/*is_child_done=*/false); }

  void EndTask(bool is_child_done) {
    Frame& frame = EventFrame();
    CloseTask(&frame, is_child_done);
    frame.last_event = event_->id;
    frame.phase = Frame::Phase::kEntered;
  }

  void Apply(const RetryScheduled& details) {
    Frame& frame = EventFrame();
    if (frame.fan_out != nullptr) EndFanOut(&frame);
    ForgetStopped(&frame);
    EndMapRun(&frame);
    frame.stopped_map_run.reset();
    CloseTask(&frame);
    frame.last_event = event_->previous;
    ++frame.retries_by_retrier[static_cast<size_t>(details.retrier)];
    ++frame.retry_count;
    frame.phase = Frame::Phase::kBackoff;
    frame.due = details.next_attempt_at;
    e_.timers_.insert(Timer{frame.due, Timer::Kind::kBackoff, frame.id});
  }

  // --- Map Runs

  void Apply(const MapRunStarted& details) {
    Frame& frame = EventFrame();
    frame.last_event = event_->id;
    const asl::State& state = e_.machine_->state(frame.state);
    const asl::DistributedMap& map = *state.As<asl::MapFields>().distributed;
    auto run = std::make_unique<MapRun>();
    run->ordinal = e_.next_map_run_++;
    run->label = map.label;
    run->has_writer = map.writer.has_value() && map.writer->parameters != nullptr;
    // MapStateStarted stands before this event and has brought the items of the input.
    run->items = frame.fan_out->items;
    frame.fan_out.reset();
    run->Fold(details, event_->time);
    e_.map_runs_[run->ordinal] = frame.id;
    frame.map_run = std::move(run);
  }

  void Apply(const MapItemsRead& details) { EventFrame().map_run->Fold(details); }
  void Apply(const MapChildrenStarted& details) {
    Frame& frame = EventFrame();
    SetContinuing(frame.id, details.has_more);
    frame.map_run->Fold(details, e_.sequence_);
  }
  void Apply(const MapChildEnded& details) { EventFrame().map_run->Fold(details); }
  void Apply(const MapRunUpdated& details) { EventFrame().map_run->limits = details.limits; }

  void Apply(const MapRunSucceeded& /*details*/) {
    // By AWS's record what follows refers to what preceded this event.
    EventFrame().last_event = event_->previous;
    EndMapRun(&EventFrame(), ExecutionStatus::kSucceeded);
  }
  void Apply(const MapRunFailed& details) {
    Frame& frame = EventFrame();
    frame.last_event = event_->id;
    const bool is_redrivable = frame.map_run != nullptr && frame.map_run->CanBeRedriven(details);
    EndMapRun(&frame, ExecutionStatus::kFailed,
              is_redrivable ? Afterwards::kRedrivable : Afterwards::kForgotten);
  }

  void Apply(const MapRunRedriven& details) {
    Frame& frame = EventFrame();
    e_.ready_.erase(frame.id);
    frame.last_event = event_->id;
    frame.phase = Frame::Phase::kFanOut;
    frame.map_run = std::move(frame.stopped_map_run);
    frame.map_run->Fold(details, event_->time);
    const int64_t ordinal = frame.map_run->ordinal;
    e_.map_runs_[ordinal] = frame.id;
    const auto is_it = [ordinal](const MapRunSummary& run) { return run.ordinal == ordinal; };
    e_.ended_map_runs_.erase(
        std::remove_if(e_.ended_map_runs_.begin(), e_.ended_map_runs_.end(), is_it),
        e_.ended_map_runs_.end());
  }
  void Apply(const MapChildrenRead& details) { EventFrame().map_run->Fold(details); }
  void Apply(const MapChildrenRedriven& details) {
    EventFrame().map_run->Fold(details, e_.sequence_);
  }

  Execution& e_;
  const Event* event_ = nullptr;
};

void Evolve(Execution* execution, const Event& event) { Folder(execution).Fold(event); }

}  // namespace pawl::core
