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
    if (event_.is_numbered() && event_.id != e_.last_event_id().Next()) {
      return absl::StrCat("event ", e_.last_event_id().Next().value(), " is missing");
    }
    const bool is_of_execution = event_.Is<ExecutionStarted>() || event_.Is<ExecutionSucceeded>() ||
                                 event_.Is<ExecutionFailed>() || event_.Is<ExecutionTimedOut>() ||
                                 event_.Is<ExecutionAborted>();
    if (!is_of_execution && !event_.Is<ExecutionRedriven>()) {
      if (e_.is_closed()) return "it goes on after its end";
      if (event_.Is<StateAborted>()) return "";
      if (frame_ == nullptr) return absl::StrCat("there is no frame ", event_.frame.value());
    }
    return std::visit([this](const auto& details) { return Check(details); }, event_.details);
  }

 private:
  const asl::State& StateOf(const Frame& frame) const { return e_.machine().state(frame.state); }
  asl::StateType TypeOf(const Frame& frame) const { return StateOf(frame).type; }
  bool IsFree() const {
    return !frame_->task.has_value() && frame_->fan_out == nullptr && frame_->map_run == nullptr;
  }

  // --- The execution

  Misfit Check(const ExecutionStarted& /*details*/) const {
    return e_.last_event_id() != kNoEvent || !e_.frames().empty() ? "it starts twice" : "";
  }
  Misfit Check(const ExecutionSucceeded& /*details*/) const { return End(); }
  Misfit Check(const ExecutionFailed& /*details*/) const { return End(); }
  Misfit Check(const ExecutionTimedOut& /*details*/) const { return End(); }
  Misfit Check(const ExecutionAborted& /*details*/) const { return End(); }

  Misfit Check(const ExecutionRedriven& /*details*/) const {
    return e_.is_redrivable() ? "" : "it is redriven and has not failed";
  }

  Misfit Check(const StateRedriven& /*details*/) const {
    return frame_->phase == Phase::kRedriven ? "" : "it was not redriven";
  }

  Misfit End() const { return e_.frames().empty() ? "it ends before it starts, or twice" : ""; }

  // --- States

  Misfit Check(const StateEntered& details) const {
    const asl::StateIndex state = e_.machine().Find(details.state);
    if (state == asl::kNone) return absl::StrCat("the machine has no state '", details.state, "'");
    if (EnteredType(e_.machine().state(state).type) != event_.type) {
      return absl::StrCat("state '", details.state, "' is of another type");
    }
    return frame_->phase == Phase::kReady && IsFree() ? "" : "another state has not been left";
  }

  Misfit Check(const StateExited& details) const {
    const asl::StateType type = TypeOf(*frame_);
    if (frame_->entered == kNoEvent || type == asl::StateType::kFail ||
        ExitedType(type) != event_.type) {
      return absl::StrCat("state '", details.state, "' was not entered");
    }
    if (!details.next.empty()) {
      if (e_.machine().Find(details.next) != asl::kNone) return "";
      return absl::StrCat("the machine has no state '", details.next, "'");
    }
    if (frame_->parent == kNoFrame) return "";
    return IsChild(*frame_, frame_->parent) ? "" : "nothing waits for its end";
  }

  Misfit Check(const StateAborted& /*details*/) const { return ""; }
  Misfit Check(const EvaluationFailed& /*details*/) const { return ""; }

  // Whether `parent` gathers the result of `child`.
  bool IsChild(const Frame& child, FrameId parent_id) const {
    const Frame* parent = e_.FindFrame(parent_id);
    return parent != nullptr && child.parent == parent_id && parent->fan_out != nullptr &&
           child.index >= 0 && static_cast<size_t>(child.index) < parent->fan_out->results.size();
  }

  // --- Parallel and Map

  Misfit Check(const ParallelStarted& /*details*/) const {
    return TypeOf(*frame_) == asl::StateType::kParallel && IsFree() ? "" : "it is no Parallel";
  }

  Misfit Check(const MapStarted& details) const {
    if (TypeOf(*frame_) != asl::StateType::kMap || !IsFree()) return "it is no Map";
    const bool is_read = details.length == 0 && !details.items;
    return is_read || IsArrayOf(details.items, details.length) ? "" : "its items are missing";
  }

  Misfit Check(const FanOutSucceeded& /*details*/) const { return FanOutEnd(); }
  Misfit Check(const FanOutFailed& /*details*/) const { return FanOutEnd(); }

  Misfit FanOutEnd() const {
    const bool has_children =
        TypeOf(*frame_) == asl::StateType::kMap || TypeOf(*frame_) == asl::StateType::kParallel;
    return has_children ? "" : "it has no children";
  }

  Misfit Check(const IterationStarted& details) const {
    if (!HasIterations()) return "it has no iterations";
    if (details.child < e_.next_frame())
      return absl::StrCat("frame ", details.child.value(), " is taken");
    const FanOut& fan_out = *frame_->fan_out;
    const bool is_next = details.index == fan_out.next_index && details.index < fan_out.length;
    return is_next ? "" : "it is not the next iteration";
  }
  Misfit Check(const IterationSucceeded& details) const { return IterationEnd(details.child); }
  Misfit Check(const IterationFailed& details) const { return IterationEnd(details.child); }
  Misfit Check(const IterationAborted& details) const { return IterationEnd(details.child); }

  Misfit IterationEnd(FrameId child_id) const {
    if (!HasIterations()) return "it has no iterations";
    const Frame* child = e_.FindFrame(child_id);
    if (child == nullptr || !IsChild(*child, frame_->id)) return "it is no iteration of this Map";
    return "";
  }

  bool HasIterations() const {
    return frame_->fan_out != nullptr && TypeOf(*frame_) == asl::StateType::kMap;
  }

  // --- Tasks

  Misfit Check(const TaskScheduled& /*details*/) const {
    if (TypeOf(*frame_) != asl::StateType::kTask) return "it is no Task";
    return IsFree() && e_.FindTask(event_.id) == nullptr ? "" : "a task is open there already";
  }
  Misfit Check(const TaskStarted& /*details*/) const { return OpenTask(); }
  Misfit Check(const TaskSubmitted& /*details*/) const { return OpenTask(); }
  Misfit Check(const TaskSucceeded& /*details*/) const { return OpenTask(); }
  Misfit Check(const TaskFailed& /*details*/) const { return OpenTask(); }
  Misfit Check(const TaskTimedOut& /*details*/) const { return OpenTask(); }

  Misfit OpenTask() const { return frame_->task.has_value() ? "" : "no task is open there"; }

  Misfit Check(const RetryScheduled& details) const {
    const bool is_known = details.retrier >= 0 &&
                          static_cast<size_t>(details.retrier) < frame_->retries_by_retrier.size();
    return is_known ? "" : "it counts for no retrier";
  }

  // --- Map Runs

  Misfit Check(const MapRunStarted& details) const {
    if (!IsDistributed()) return kNoDistributedMap;
    if (frame_->fan_out == nullptr || !details.config.value().is_object()) return "it has no items";
    const Value* reader = details.config.value().Find("Reader");
    return reader == nullptr || (reader->is_object() && reader->Find("Parameters") != nullptr)
               ? ""
               : "what it reads is unknown";
  }
  Misfit Check(const MapRunSucceeded& /*details*/) const {
    return IsDistributed() ? "" : kNoDistributedMap;
  }
  Misfit Check(const MapRunFailed& /*details*/) const {
    return IsDistributed() ? "" : kNoDistributedMap;
  }

  Misfit Check(const MapRunRedriven& /*details*/) const {
    if (!IsDistributed()) return kNoDistributedMap;
    const bool is_stopped = frame_->phase == Phase::kRedriven && frame_->stopped_map_run != nullptr;
    return is_stopped ? "" : "it was not redriven";
  }

  Misfit Check(const MapChildrenRead& details) const {
    Misfit misfit = RunAtWork();
    if (!misfit.empty()) return misfit;
    const MapRun& run = *frame_->map_run;
    const auto count = static_cast<int64_t>(details.indexes.size());
    if (count != static_cast<int64_t>(details.item_counts.size()) ||
        !IsArrayOf(details.inputs, count)) {
      return "the inputs of its children are missing";
    }
    int64_t next = run.NextToRead();
    for (const int64_t index : details.indexes) {
      if (index != next) return "its children are not the next to be redriven";
      next = run.pending.Next(index + 1);
    }
    return "";
  }

  Misfit Check(const MapChildrenRedriven& details) const {
    Misfit misfit = RunAtWork();
    if (!misfit.empty()) return misfit;
    const auto read = static_cast<int64_t>(frame_->map_run->at_hand.size());
    return details.count >= 0 && details.count <= read ? "" : "its children have not been read";
  }

  Misfit Check(const MapItemsRead& details) const {
    Misfit misfit = RunAtWork();
    if (!misfit.empty()) return misfit;
    if (frame_->map_run->config.value().Find("Reader") == nullptr ||
        !details.items.value().is_array()) {
      return "its items are missing";
    }
    if (!details.is_keyed) return "";
    const Value::Elements& items = details.items.value().AsArray();
    const bool has_keys = std::all_of(items.begin(), items.end(), [](const Value& item) {
      return item.is_object() && item.Find("Key") != nullptr && item.Find("Value") != nullptr;
    });
    return has_keys ? "" : "its items have no keys";
  }

  Misfit Check(const MapChildrenStarted& details) const {
    Misfit misfit = RunAtWork();
    if (!misfit.empty()) return misfit;
    const MapRun& run = *frame_->map_run;
    if (!IsArrayOf(details.inputs, static_cast<int64_t>(details.item_counts.size())) ||
        details.first_index != run.next_child) {
      return "the inputs of its children are missing";
    }
    int64_t items = 0;
    for (const int64_t count : details.item_counts) {
      if (count < 0 || count > run.ItemsWaiting()) return "its children have no such items";
      items += count;
    }
    return items <= run.ItemsWaiting() ? "" : "its children have more items than were read";
  }

  Misfit Check(const MapChildEnded& details) const {
    Misfit misfit = RunAtWork();
    if (!misfit.empty()) return misfit;
    return frame_->map_run->running.count(details.index) > 0 ? "" : "no such child runs";
  }

  Misfit Check(const MapRunUpdated& /*details*/) const { return RunAtWork(); }

  Misfit RunAtWork() const {
    if (!IsDistributed()) return kNoDistributedMap;
    return frame_->map_run == nullptr ? "its Map Run has ended" : "";
  }

  bool IsDistributed() const {
    return TypeOf(*frame_) == asl::StateType::kMap &&
           StateOf(*frame_).As<asl::MapFields>().distributed != nullptr;
  }

  static constexpr char kNoDistributedMap[] = "it is no Distributed Map";

  const Execution& e_;
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
    case Phase::kRedriven:
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
                     (event.is_numbered() ? event.id : execution->last_event_id()).value(), " (",
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
          "its history leaves frame ", id.value(), " (state '",
          frame.state < 0 ? std::string("?") : execution.machine().state(frame.state).name,
          "') that ", misfit));
    }
  }
  return absl::OkStatus();
}

}  // namespace pawl::core
