// Evolve: one event into the state. A table in the shape of a switch; each case is a few
// assignments.
#include <utility>

#include "engine/core/child_id.h"
#include "engine/core/execution.h"
#include "engine/value/check.h"

namespace pawl::core {

class Folder {
 public:
  explicit Folder(Execution* execution) : e_(*execution) {}

  void Fold(const Event& event) {
    if (event.is_numbered()) {
      PAWL_CHECK(event.id == e_.last_event_id_ + 1);
      e_.last_event_id_ = event.id;
    }
    if (event.time > e_.last_event_time_) e_.last_event_time_ = event.time;
    ++e_.sequence_;
    now_ = event.time;
    switch (InfoOf(event.type).group) {
      case EventGroup::kExecution:
        return FoldExecution(event);
      case EventGroup::kStateEntered:
        return StateEntered(event);
      case EventGroup::kStateExited:
        return StateExited(event);
      case EventGroup::kStateAborted:
        return StateAborted(event);
      case EventGroup::kFanOut:
        return FanOutEvent(event);
      case EventGroup::kIteration:
        return Iteration(event);
      case EventGroup::kTaskScheduled:
        return TaskScheduled(event);
      case EventGroup::kTaskStarted:
        return TaskStarted(event);
      case EventGroup::kTaskSubmitted:
        return TaskSubmitted(event);
      case EventGroup::kTaskSucceeded:
      case EventGroup::kTaskFailed:
      case EventGroup::kTaskTimedOut:
        return TaskEnded(event);
      case EventGroup::kRetry:
        return RetryScheduled(event);
      case EventGroup::kEvaluationFailed:
        FrameOf(event).last_event = event.id;
        return;
      case EventGroup::kMapRun:
        return MapRunEvent(event);
    }
  }

 private:
  Frame& FrameOf(const Event& event) { return Get(event.frame); }
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
    if (id >= e_.next_frame_) e_.next_frame_ = id + 1;
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

  // Its running children are abandoned.
  void EndMapRun(Frame* frame, ExecutionStatus status = ExecutionStatus::kAborted) {
    if (frame->map_run == nullptr) return;
    const MapRun& run = *frame->map_run;
    if (e_.ended_map_runs_.size() == Execution::kMaxEndedMapRuns) e_.ended_map_runs_.pop_front();
    e_.ended_map_runs_.push_back(Summarize(run, status, now_));
    const std::string machine = MapChildMachine(e_, run.label);
    for (const auto& [index, child] : run.running) {
      e_.abandoned_.push_back(ChildRef{
          machine, MapRunUuid(MapRunId{e_.header_.slot, e_.header_.id, run.ordinal, index})});
    }
    e_.map_runs_.erase(run.ordinal);
    e_.continuing_.erase(frame->id);
    frame->map_run.reset();
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

  // Children have larger ids than their parents, so one pass upwards finds them all.
  void RemoveChildren(FrameId parent) {
    std::vector<FrameId> children;
    for (auto it = e_.frames_.upper_bound(parent); it != e_.frames_.end(); ++it) {
      if (it->second.parent == parent) children.push_back(it->first);
    }
    for (FrameId child : children) RemoveFrame(child);
  }

  void FoldExecution(const Event& event) {
    if (event.type == EventType::kExecutionStarted) {
      e_.input_ = event.payload;
      e_.parent_ = event.parent;
      Frame& root = AddFrame(kRootFrame, kNoFrame, e_.machine_->block(0).start_at, event.payload);
      for (const AssignedVariable& variable : event.assigned) {
        root.variables[variable.name] = variable.value;
      }
      if (event.due != absl::InfiniteFuture()) {
        e_.timers_.insert(Timer{event.due, Timer::Kind::kExecution, kRootFrame});
      }
      return;
    }
    e_.stop_time_ = event.time;
    // By AWS's record an execution that ran out of time has no error of its own to describe.
    if (event.type != EventType::kExecutionTimedOut) {
      e_.error_ = event.error;
      e_.cause_ = event.cause;
    }
    if (event.type == EventType::kExecutionSucceeded) {
      e_.status_ = ExecutionStatus::kSucceeded;
      e_.output_ = event.payload;
    } else if (event.type == EventType::kExecutionFailed) {
      e_.status_ = ExecutionStatus::kFailed;
    } else if (event.type == EventType::kExecutionTimedOut) {
      e_.status_ = ExecutionStatus::kTimedOut;
    } else {
      e_.status_ = ExecutionStatus::kAborted;
    }
    if (e_.frames_.count(kRootFrame) > 0) RemoveFrame(kRootFrame);
    e_.frames_.clear();
    e_.open_tasks_.clear();
    e_.timers_.clear();
    e_.ready_.clear();
    e_.continuing_.clear();
  }

  void StateEntered(const Event& event) {
    Frame& frame = FrameOf(event);
    e_.ready_.erase(frame.id);
    frame.state = e_.machine_->Find(event.name);
    PAWL_CHECK(frame.state != asl::kNone);
    frame.input = event.payload;
    frame.before_entry = frame.last_event;
    frame.entered = event.id;
    frame.entered_at = event.time;
    frame.last_event = event.id;
    frame.retries_by_retrier.assign(e_.machine_->state(frame.state).retriers.size(), 0);
    frame.retry_count = 0;
    frame.phase = Frame::Phase::kEntered;
    if (event.due != absl::InfiniteFuture()) {
      frame.phase = Frame::Phase::kWait;
      frame.due = event.due;
      e_.timers_.insert(Timer{event.due, Timer::Kind::kWait, frame.id});
    }
  }

  void StateExited(const Event& event) {
    Frame& frame = FrameOf(event);
    ClearTimer(&frame);
    CloseTask(&frame);
    EndMapRun(&frame);
    e_.continuing_.erase(frame.id);
    if (frame.fan_out != nullptr) {
      RemoveChildren(frame.id);
      frame.fan_out.reset();
    }
    for (const AssignedVariable& variable : event.assigned) {
      frame.variables[variable.name] = variable.value;
    }
    frame.last_event = event.id;
    frame.input = event.payload;
    if (!event.next.empty()) {
      frame.state = e_.machine_->Find(event.next);
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

  void StateAborted(const Event& event) {
    // Its frame goes with the iteration, the fan-out or the execution that is being ended; until
    // then nothing of it may fire any more.
    const auto it = e_.frames_.find(event.frame);
    if (it == e_.frames_.end()) return;
    ClearTimer(&it->second);
    CloseTask(&it->second);
  }

  void FanOutEvent(const Event& event) {
    Frame& frame = FrameOf(event);
    const asl::State& state = e_.machine_->state(frame.state);
    switch (event.type) {
      case EventType::kParallelStateStarted: {
        StartFanOut(&frame, event,
                    static_cast<int64_t>(state.As<asl::ParallelFields>().branches.size()));
        const FrameId parent = frame.id;
        for (asl::BlockIndex branch : state.As<asl::ParallelFields>().branches) {
          Frame& child =
              AddFrame(e_.next_frame_, parent, e_.machine_->block(branch).start_at, event.work);
          child.index = frame.fan_out->next_index++;
          child.last_event = event.id;
          ++frame.fan_out->running;
        }
        return;
      }
      case EventType::kMapStateStarted:
        StartFanOut(&frame, event, event.length);
        frame.fan_out->items = event.work;
        frame.fan_out->max_concurrency = event.max_concurrency;
        return;
      case EventType::kParallelStateFailed:
      case EventType::kMapStateFailed:
        EndFanOut(&frame);
        frame.last_event = event.id;
        return;
      default:  // *Succeeded: the Exited event that follows refers to what preceded this one
        return;
    }
  }

  void StartFanOut(Frame* frame, const Event& event, int64_t length) {
    ClearTimer(frame);
    frame->phase = Frame::Phase::kFanOut;
    frame->last_event = event.id;
    frame->fan_out = std::make_unique<FanOut>();
    frame->fan_out->length = length;
    frame->fan_out->last_child_event = event.id;
    frame->fan_out->results.resize(static_cast<size_t>(length));
  }

  void EndFanOut(Frame* frame) {
    EndMapRun(frame);
    e_.continuing_.erase(frame->id);
    RemoveChildren(frame->id);
    frame->fan_out.reset();
    frame->phase = Frame::Phase::kEntered;
  }

  void Iteration(const Event& event) {
    Frame& map = FrameOf(event);
    FanOut& fan_out = *map.fan_out;
    if (event.type == EventType::kMapIterationStarted) {
      const asl::State& state = e_.machine_->state(map.state);
      const asl::BlockIndex block = state.As<asl::MapFields>().processor;
      Frame& child = AddFrame(event.child, map.id, e_.machine_->block(block).start_at, event.work);
      child.index = event.index;
      child.last_event = event.id;
      fan_out.next_index = event.index + 1;
      ++fan_out.running;
      SetContinuing(map.id, event.has_more);
      return;
    }
    Frame& child = Get(event.child);
    if (event.type == EventType::kMapIterationSucceeded) {
      TakeResult(&map, &child);
      map.last_event = event.id;
    } else {
      --fan_out.running;
      RemoveFrame(child.id);
    }
  }

  void TaskScheduled(const Event& event) {
    Frame& frame = FrameOf(event);
    ClearTimer(&frame);
    frame.last_event = event.id;
    frame.phase = Frame::Phase::kTask;
    TaskAttempt attempt;
    attempt.scheduled = event.id;
    attempt.scheduled_at = event.time;
    attempt.times_out_at = event.due;
    attempt.heartbeat_seconds = event.heartbeat_seconds;
    attempt.queue = event.queue;
    attempt.input = event.work ? event.work : event.payload;
    attempt.sequence = e_.sequence_;
    frame.task = std::move(attempt);
    e_.open_tasks_[event.id] = frame.id;
    if (event.due != absl::InfiniteFuture()) {
      e_.timers_.insert(Timer{event.due, Timer::Kind::kTask, frame.id});
    }
  }

  void TaskStarted(const Event& event) {
    Frame& frame = FrameOf(event);
    frame.last_event = event.id;
    if (frame.task.has_value()) frame.task->is_started = true;
  }

  void TaskSubmitted(const Event& event) {
    Frame& frame = FrameOf(event);
    frame.last_event = event.id;
    if (frame.task.has_value()) frame.task->is_submitted = true;
  }

  void TaskEnded(const Event& event) {
    Frame& frame = FrameOf(event);
    CloseTask(&frame, InfoOf(event.type).group != EventGroup::kTaskTimedOut);
    frame.last_event = event.id;
    frame.phase = Frame::Phase::kEntered;
  }

  void RetryScheduled(const Event& event) {
    Frame& frame = FrameOf(event);
    if (frame.fan_out != nullptr) EndFanOut(&frame);
    EndMapRun(&frame);
    CloseTask(&frame);
    frame.last_event = event.previous;
    ++frame.retries_by_retrier[static_cast<size_t>(event.retrier)];
    ++frame.retry_count;
    frame.phase = Frame::Phase::kBackoff;
    frame.due = event.due;
    e_.timers_.insert(Timer{event.due, Timer::Kind::kBackoff, frame.id});
  }

  // --- Distributed Map

  void MapRunEvent(const Event& event) {
    Frame& frame = FrameOf(event);
    if (event.is_numbered()) frame.last_event = event.id;
    switch (event.type) {
      case EventType::kMapRunStarted:
        return StartMapRun(&frame, event);
      case EventType::kMapItemsRead:
        return frame.map_run->FoldItemsRead(event);
      case EventType::kMapChildrenStarted:
        SetContinuing(frame.id, event.has_more);
        return frame.map_run->FoldChildrenStarted(event, e_.sequence_);
      case EventType::kMapChildEnded:
        return frame.map_run->FoldChildEnded(event);
      case EventType::kMapRunUpdated:
        return frame.map_run->FoldLimits(event);
      case EventType::kMapRunSucceeded:
        // By AWS's record what follows refers to what preceded this event.
        frame.last_event = event.previous;
        EndMapRun(&frame, ExecutionStatus::kSucceeded);
        return;
      default:  // kMapRunFailed
        EndMapRun(&frame, ExecutionStatus::kFailed);
        return;
    }
  }

  void StartMapRun(Frame* frame, const Event& event) {
    const asl::State& state = e_.machine_->state(frame->state);
    const asl::DistributedMap& map = *state.As<asl::MapFields>().distributed;
    auto run = std::make_unique<MapRun>();
    run->ordinal = e_.next_map_run_++;
    run->label = map.label;
    run->has_writer = map.writer.has_value() && map.writer->parameters != nullptr;
    // MapStateStarted stands before this event and has brought the items of the input.
    run->items = frame->fan_out->items;
    frame->fan_out.reset();
    run->FoldStarted(event);
    e_.map_runs_[run->ordinal] = frame->id;
    frame->map_run = std::move(run);
  }

  Execution& e_;
  absl::Time now_;  // of the event
};

void Evolve(Execution* execution, const Event& event) { Folder(execution).Fold(event); }

}  // namespace pawl::core
