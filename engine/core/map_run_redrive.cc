// A Map Run that goes on after a redrive (AWS guide, "Redriving Map Runs"): what had succeeded is
// kept, what had ended otherwise or was at work is redriven, in the order of the items, and then
// the items that were never started are.
//
// The children that wait are known by two bits each. What they were given is asked for chunk by
// chunk (Outstanding::child_reads) and stands in the history again before they go, so that folding
// needs nothing else.
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/core/interpreter.h"
#include "engine/value/check.h"

namespace pawl::core {
namespace {

// AWS's.
constexpr int32_t kMaxRedrives = 1'000;

// More children are read when no more than these are left.
constexpr size_t kFewChildren = 250;
constexpr size_t kFewBytes = size_t{512} * 1024;

void Move(StatusCounts* from, StatusCounts* to) {
  for (const ExecutionStatus status :
       {ExecutionStatus::kFailed, ExecutionStatus::kTimedOut, ExecutionStatus::kAborted}) {
    (*to)[status] += std::exchange((*from)[status], 0);
  }
}

}  // namespace

bool MapRun::CanBeRedriven(const ErrorAndCause& failure) const {
  // Where the reader's fields could not be evaluated it has not begun.
  if (max_result_bytes == 0) return false;
  return failure.error != "States.DataLimitExceeded" && failure.error != "States.Runtime";
}

std::vector<int64_t> MapRun::ChildrenToRead(size_t limit) const {
  std::vector<int64_t> indexes;
  if (at_hand.size() > kFewChildren || at_hand_bytes > kFewBytes) return indexes;
  for (int64_t index = NextToRead(); index != ChildMarks::kNone && indexes.size() < limit;
       index = pending.Next(index + 1)) {
    indexes.push_back(index);
  }
  return indexes;
}

void MapRun::Fold(const MapRunRedriven& details, absl::Time now) {
  redrive_count = details.redrive_count;
  redriven_at = now;
  Move(&children, &pending_children);
  Move(&items_ended, &pending_items);
  pending.Add(std::move(unsuccessful));
  unsuccessful = ChildMarks();
  for (const auto& [index, child] : running) {
    pending.Set(index, ExecutionStatus::kAborted);
    ++pending_children[ExecutionStatus::kAborted];
    pending_items[ExecutionStatus::kAborted] += child.items;
  }
  running.clear();
  running_bytes = 0;
  at_hand.clear();
  at_hand_bytes = 0;
  not_redrivable_children = 0;
  not_redrivable_items = 0;
  if (next_child > 0 || config.value().Find("Reader") == nullptr) return;
  // Nothing was made of what it has read, if anything: it reads from the beginning.
  items = Payload();
  next_item = 0;
  cursor.clear();
  is_exhausted = false;
  is_keyed = false;
}

void MapRun::Fold(const MapChildrenRead& details) {
  const Value::Elements& inputs = details.inputs.value().AsArray();
  for (size_t i = 0; i < inputs.size(); ++i) {
    MapChild child;
    child.input = Payload::FromValue(inputs[i]);
    child.items = details.item_counts[i];
    child.is_redriven = true;
    at_hand_bytes += child.input.held_bytes();
    at_hand.emplace(details.indexes[i], std::move(child));
  }
}

void MapRun::Fold(const MapChildrenRedriven& details, int64_t execution_sequence) {
  for (int64_t i = 0; i < details.count; ++i) {
    auto child = at_hand.extract(at_hand.begin());
    const size_t bytes = child.mapped().input.held_bytes();
    at_hand_bytes -= std::min(at_hand_bytes, bytes);
    running_bytes += bytes;
    child.mapped().sequence = execution_sequence;
    const ExecutionStatus before = pending.Take(child.key());
    --pending_children[before];
    pending_items[before] -= child.mapped().items;
    running.insert(std::move(child));
  }
}

void Interpreter::RedriveMapRun(FrameId id) {
  const Frame& frame = Get(id);
  const MapRun& run = *frame.stopped_map_run;
  if (run.redrive_count >= kMaxRedrives) {
    StateFailure failure;
    failure.error = "States.Runtime";
    failure.cause =
        absl::StrCat("The Map Run has been redriven ", kMaxRedrives, " times, which is the limit.");
    return FailState(id, failure);
  }
  MapRunRedriven redriven;
  redriven.map_run_arn = MapRunArn(e_, run.label, run.ordinal);
  redriven.state = StateOf(frame).name;
  redriven.redrive_count = run.redrive_count + 1;
  Emit(Make(EventType::kMapRunRedriven, frame, std::move(redriven)));
  AdvanceMapRun(id);
}

bool Interpreter::RedriveChildren(FrameId id) {
  const MapRun& run = *Get(id).map_run;
  if (!run.HasPending()) return true;
  const int64_t room = ChildRoom(run);
  size_t bytes = run.running_bytes;
  MapChildrenRedriven redriven;
  for (const auto& [index, child] : run.at_hand) {
    const bool is_first = run.running.empty() && redriven.count == 0;
    if (redriven.count >= room || (bytes >= world_.limits.max_map_bytes && !is_first)) break;
    bytes += child.input.held_bytes();
    ++redriven.count;
  }
  if (redriven.count == 0) return false;
  redriven.state = StateOf(Get(id)).name;
  Emit(Make(EventType::kMapChildrenRedriven, Get(id), std::move(redriven)), kNoEvent);
  return !Get(id).map_run->HasPending();
}

CommandOutcome Interpreter::TakeChildren(const ChildrenRead& command) {
  const Frame* frame = e_.FindMapRun(command.map_run);
  if (frame == nullptr || frame->map_run->redrive_count != command.map_run_redrive ||
      command.indexes.empty() || frame->map_run->NextToRead() != command.indexes.front()) {
    return CommandOutcome::kStale;
  }
  const FrameId id = frame->id;
  MapChildrenRead read{StateOf(*frame).name, command.indexes, command.inputs, command.item_counts};
  Emit(Make(EventType::kMapChildrenRead, *frame, std::move(read)), kNoEvent);
  AdvanceMapRun(id);
  return CommandOutcome::kApplied;
}

}  // namespace pawl::core
