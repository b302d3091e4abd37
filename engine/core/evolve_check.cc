// Whether stored events fit the state that they are folded into. Evolve itself trusts its events,
// for Decide makes them; what comes from a store may be damaged, missing or of another execution.
#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/core/execution.h"

namespace pawl::core {
namespace {

using Phase = Frame::Phase;

// What does not fit; "" where all does.
using Misfit = std::string;

bool IsArrayOf(const Payload& payload, int64_t length) {
  return payload.value().is_array() &&
         static_cast<int64_t>(payload.value().AsArray().size()) == length;
}

class EventCheck {
 public:
  EventCheck(const Execution& execution, const Event& event)
      : e_(execution), event_(event), frame_(execution.FindFrame(event.frame)) {}

  Misfit Run() const {
    if (event_.is_numbered() && event_.id != e_.last_event_id() + 1) {
      return absl::StrCat("event ", e_.last_event_id() + 1, " is missing");
    }
    const EventGroup group = InfoOf(event_.type).group;
    if (group == EventGroup::kExecution) return Execution();
    if (e_.is_closed()) return "it goes on after its end";
    if (group == EventGroup::kStateAborted) return "";
    if (frame_ == nullptr) return absl::StrCat("there is no frame ", event_.frame);
    switch (group) {
      case EventGroup::kExecution:
      case EventGroup::kStateAborted:
        return "";
      case EventGroup::kStateEntered:
        return Entered();
      case EventGroup::kStateExited:
        return Exited();
      case EventGroup::kFanOut:
        return FanOut();
      case EventGroup::kIteration:
        return Iteration();
      case EventGroup::kTaskScheduled:
        return Scheduled();
      case EventGroup::kTaskStarted:
      case EventGroup::kTaskSubmitted:
      case EventGroup::kTaskSucceeded:
      case EventGroup::kTaskFailed:
      case EventGroup::kTaskTimedOut:
        return frame_->task.has_value() ? "" : "no task is open there";
      case EventGroup::kRetry:
        return Retry();
      case EventGroup::kEvaluationFailed:
        return "";
      case EventGroup::kMapRun:
        return MapRun();
    }
    return "its type is unknown";
  }

 private:
  const asl::State& StateOf(const Frame& frame) const { return e_.machine().state(frame.state); }
  asl::StateType TypeOf(const Frame& frame) const { return StateOf(frame).type; }
  bool IsFree() const {
    return !frame_->task.has_value() && frame_->fan_out == nullptr && frame_->map_run == nullptr;
  }

  Misfit Execution() const {
    const bool is_start = event_.type == EventType::kExecutionStarted;
    if (is_start && (e_.last_event_id() > 0 || !e_.frames().empty())) return "it starts twice";
    if (!is_start && e_.frames().empty()) return "it ends before it starts, or twice";
    return "";
  }

  Misfit Entered() const {
    const asl::StateIndex state = e_.machine().Find(event_.name);
    if (state == asl::kNone) return absl::StrCat("the machine has no state '", event_.name, "'");
    if (EnteredType(e_.machine().state(state).type) != event_.type) {
      return absl::StrCat("state '", event_.name, "' is of another type");
    }
    return frame_->phase == Phase::kReady && IsFree() ? "" : "another state has not been left";
  }

  Misfit Exited() const {
    const asl::StateType type = TypeOf(*frame_);
    if (frame_->entered == 0 || type == asl::StateType::kFail || ExitedType(type) != event_.type) {
      return absl::StrCat("state '", event_.name, "' was not entered");
    }
    if (!event_.next.empty()) {
      if (e_.machine().Find(event_.next) != asl::kNone) return "";
      return absl::StrCat("the machine has no state '", event_.next, "'");
    }
    if (frame_->parent == kNoFrame) return "";
    return IsChild(*frame_, frame_->parent) ? "" : "nothing waits for its end";
  }

  // Whether `parent` gathers the result of `child`.
  bool IsChild(const Frame& child, FrameId parent_id) const {
    const Frame* parent = e_.FindFrame(parent_id);
    return parent != nullptr && child.parent == parent_id && parent->fan_out != nullptr &&
           child.index >= 0 && static_cast<size_t>(child.index) < parent->fan_out->results.size();
  }

  Misfit FanOut() const {
    const bool is_map = TypeOf(*frame_) == asl::StateType::kMap;
    switch (event_.type) {
      case EventType::kParallelStateStarted:
        return TypeOf(*frame_) == asl::StateType::kParallel && IsFree() ? "" : "it is no Parallel";
      case EventType::kMapStateStarted: {
        if (!is_map || !IsFree()) return "it is no Map";
        const bool is_read = event_.length == 0 && !event_.work;
        return is_read || IsArrayOf(event_.work, event_.length) ? "" : "its items are missing";
      }
      case EventType::kMapStateSucceeded:
      case EventType::kParallelStateSucceeded:
      case EventType::kMapStateFailed:
      case EventType::kParallelStateFailed:
      default:
        return is_map || TypeOf(*frame_) == asl::StateType::kParallel ? "" : "it has no children";
    }
  }

  Misfit Iteration() const {
    if (frame_->fan_out == nullptr || TypeOf(*frame_) != asl::StateType::kMap) {
      return "it has no iterations";
    }
    if (event_.type == EventType::kMapIterationStarted) {
      if (event_.child < e_.next_frame()) return absl::StrCat("frame ", event_.child, " is taken");
      const bool is_next = event_.index == frame_->fan_out->next_index;
      return is_next && event_.index < frame_->fan_out->length ? ""
                                                               : "it is not the next iteration";
    }
    const Frame* child = e_.FindFrame(event_.child);
    if (child == nullptr || !IsChild(*child, frame_->id)) return "it is no iteration of this Map";
    return "";
  }

  Misfit Scheduled() const {
    if (TypeOf(*frame_) != asl::StateType::kTask) return "it is no Task";
    return IsFree() && e_.FindTask(event_.id) == nullptr ? "" : "a task is open there already";
  }

  Misfit Retry() const {
    const bool is_known = event_.retrier >= 0 &&
                          static_cast<size_t>(event_.retrier) < frame_->retries_by_retrier.size();
    return is_known ? "" : "it counts for no retrier";
  }

  Misfit MapRun() const {
    if (TypeOf(*frame_) != asl::StateType::kMap ||
        StateOf(*frame_).As<asl::MapFields>().distributed == nullptr) {
      return "it is no Distributed Map";
    }
    if (event_.type == EventType::kMapRunStarted) {
      if (frame_->fan_out == nullptr || !event_.work.value().is_object()) return "it has no items";
      const Value* reader = event_.work.value().Find("Reader");
      return reader == nullptr || (reader->is_object() && reader->Find("Parameters") != nullptr)
                 ? ""
                 : "what it reads is unknown";
    }
    if (event_.type == EventType::kMapRunFailed || event_.type == EventType::kMapRunSucceeded) {
      return "";
    }
    if (frame_->map_run == nullptr) return "its Map Run has ended";
    if (event_.type == EventType::kMapItemsRead) return ItemsRead(*frame_->map_run);
    if (event_.type == EventType::kMapChildrenStarted) return ChildrenStarted(*frame_->map_run);
    if (event_.type == EventType::kMapChildEnded) return ChildEnded(*frame_->map_run);
    return "";
  }

  Misfit ItemsRead(const core::MapRun& run) const {
    if (run.config.value().Find("Reader") == nullptr || !event_.work.value().is_array()) {
      return "its items are missing";
    }
    if (!event_.is_keyed) return "";
    const Value::Elements& items = event_.work.value().AsArray();
    const bool has_keys = std::all_of(items.begin(), items.end(), [](const Value& item) {
      return item.is_object() && item.Find("Key") != nullptr && item.Find("Value") != nullptr;
    });
    return has_keys ? "" : "its items have no keys";
  }

  Misfit ChildrenStarted(const core::MapRun& run) const {
    if (!IsArrayOf(event_.work, static_cast<int64_t>(event_.item_counts.size())) ||
        event_.index != run.next_child) {
      return "the inputs of its children are missing";
    }
    int64_t items = 0;
    for (const int64_t count : event_.item_counts) {
      if (count < 0 || count > run.ItemsWaiting()) return "its children have no such items";
      items += count;
    }
    return items <= run.ItemsWaiting() ? "" : "its children have more items than were read";
  }

  Misfit ChildEnded(const core::MapRun& run) const {
    const bool is_running = run.running.count(event_.index) > 0;
    const bool has_status =
        event_.child_status > 0 && static_cast<size_t>(event_.child_status) < run.children.size();
    return is_running && has_status ? "" : "no such child runs";
  }

  const core::Execution& e_;
  const Event& event_;
  const Frame* frame_;
};

Misfit CheckFanOut(const Execution& e, const Frame& frame, int64_t children) {
  const asl::State& state = e.machine().state(frame.state);
  if (frame.map_run != nullptr) {
    const MapRun& run = *frame.map_run;
    const bool is_distributed =
        state.type == asl::StateType::kMap && state.As<asl::MapFields>().distributed != nullptr;
    if (!is_distributed || frame.fan_out != nullptr) return "is no Distributed Map";
    const Value* reader = run.config.value().Find("Reader");
    if (!run.is_exhausted && (reader == nullptr || reader->Find("Parameters") == nullptr)) {
      return "does not know what to read";
    }
    const bool keeps = !run.has_writer && !run.HasTooLargeResults();
    if (keeps && static_cast<int64_t>(run.results.size()) != run.next_child) {
      return "has lost results";
    }
    if (!run.running.empty() && run.running.rbegin()->first >= run.next_child) {
      return "has children that it has not started";
    }
    return run.ItemsWaiting() >= 0 && children == 0 ? "" : "has items that it has not read";
  }
  if (frame.fan_out == nullptr) return "has no children";
  const FanOut& fan_out = *frame.fan_out;
  if (static_cast<int64_t>(fan_out.results.size()) != fan_out.length ||
      fan_out.next_index > fan_out.length || fan_out.succeeded > fan_out.length) {
    return "has lost results";
  }
  if (fan_out.running != children) return "has lost branches or iterations";
  if (state.type == asl::StateType::kParallel) {
    const size_t branches = state.As<asl::ParallelFields>().branches.size();
    return fan_out.results.size() == branches ? "" : "has another number of branches";
  }
  if (state.type != asl::StateType::kMap || state.As<asl::MapFields>().distributed != nullptr) {
    return "is no Map";
  }
  return fan_out.length == 0 || IsArrayOf(fan_out.items, fan_out.length) ? ""
                                                                         : "has lost its items";
}

Misfit CheckFrame(const Execution& e, const Frame& frame,
                  const std::map<FrameId, int64_t>& children) {
  if (frame.state < 0 || frame.id >= e.next_frame()) return "is unknown";
  if (frame.id != kRootFrame) {
    const Frame* parent = e.FindFrame(frame.parent);
    if (parent == nullptr || parent->id >= frame.id || parent->fan_out == nullptr ||
        frame.index < 0 || static_cast<size_t>(frame.index) >= parent->fan_out->results.size()) {
      return "belongs to nothing";
    }
  }
  const asl::State& state = e.machine().state(frame.state);
  const bool is_fan_out =
      state.type == asl::StateType::kParallel || state.type == asl::StateType::kMap;
  const bool has_due = frame.due != absl::InfiniteFuture();
  if (frame.phase != Phase::kReady && frame.retries_by_retrier.size() != state.retriers.size()) {
    return "has another number of retriers";
  }
  if (frame.task.has_value() != (frame.phase == Phase::kTask)) return "has a task out of place";
  if ((frame.fan_out != nullptr || frame.map_run != nullptr) != (frame.phase == Phase::kFanOut)) {
    return "has children out of place";
  }
  switch (frame.phase) {
    case Phase::kReady:
      return e.ready_frames().count(frame.id) > 0 ? "" : "is not ready";
    case Phase::kTask:
      return state.type == asl::StateType::kTask ? "" : "is no Task";
    case Phase::kWait:
      return state.type == asl::StateType::kWait && has_due ? "" : "is no Wait";
    case Phase::kBackoff:
      return (is_fan_out || state.type == asl::StateType::kTask) && has_due ? "" : "has no retry";
    case Phase::kFanOut: {
      const auto found = children.find(frame.id);
      return CheckFanOut(e, frame, found == children.end() ? 0 : found->second);
    }
    case Phase::kEntered:
    case Phase::kEnded:
      break;
  }
  return "stopped in the middle of a transition";
}

}  // namespace

absl::Status EvolveStored(Execution* execution, const Event& event) {
  const Misfit misfit = EventCheck(*execution, event).Run();
  if (!misfit.empty()) {
    return absl::DataLossError(
        absl::StrCat("its history does not fit together at event ",
                     event.is_numbered() ? event.id : execution->last_event_id(), " (",
                     std::string(InfoOf(event.type).name), "): ", misfit));
  }
  Evolve(execution, event);
  return absl::OkStatus();
}

absl::Status CheckFolded(const Execution& execution) {
  if (execution.is_closed()) return absl::OkStatus();
  if (execution.FindFrame(kRootFrame) == nullptr) {
    return absl::DataLossError("its history does not say where it stands");
  }
  std::map<FrameId, int64_t> children;
  for (const auto& [id, frame] : execution.frames()) {
    if (id != kRootFrame) ++children[frame.parent];
  }
  for (const auto& [id, frame] : execution.frames()) {
    const Misfit misfit = CheckFrame(execution, frame, children);
    if (!misfit.empty()) {
      return absl::DataLossError(absl::StrCat(
          "its history leaves frame ", id, " (state '",
          frame.state < 0 ? std::string("?") : execution.machine().state(frame.state).name,
          "') that ", misfit));
    }
  }
  return absl::OkStatus();
}

}  // namespace pawl::core
