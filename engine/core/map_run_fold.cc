// What the events of a Map Run do to it. See map_run.h.
#include <utility>

#include "engine/core/map_run.h"
#include "engine/value/check.h"

namespace pawl::core {
namespace {

int64_t ConfigNumber(const Value& config, absl::string_view name) {
  int64_t number = 0;
  if (const Value* value = config.Find(name)) value->ToInt64(&number);
  return number;
}

}  // namespace

void MapRun::ReadConfig() {
  const Value& values = config.value();
  is_batched = values.Find("MaxItemsPerBatch") != nullptr;
  batch_items = ConfigNumber(values, "MaxItemsPerBatch");
  batch_bytes = ConfigNumber(values, "MaxInputBytesPerBatch");
  max_result_bytes = ConfigNumber(values, "MaxResultBytes");
}

void MapRun::Fold(const MapRunStarted& details, absl::Time now) {
  started_at = now;
  state = details.state;
  config = details.config;
  ReadConfig();
  is_exhausted = config.value().Find("Reader") == nullptr;
  limits = details.limits;
}

void MapRun::Fold(const MapItemsRead& details) {
  Value::Elements waiting;
  if (items) {
    const Value::Elements& old = items.value().AsArray();
    waiting.assign(old.begin() + next_item, old.end());
  }
  const Value::Elements& read = details.items.value().AsArray();
  waiting.insert(waiting.end(), read.begin(), read.end());
  items = Payload::FromValue(Value::Array(std::move(waiting)));
  next_item = 0;
  cursor = details.cursor;
  is_exhausted = details.is_last;
  is_keyed = details.is_keyed;
}

void MapRun::Fold(const MapChildrenStarted& details, int64_t execution_sequence) {
  const Value::Elements& inputs = details.inputs.value().AsArray();
  for (size_t i = 0; i < inputs.size(); ++i) {
    MapChild child;
    child.input = Payload::FromValue(inputs[i]);
    child.items = details.item_counts[i];
    child.sequence = execution_sequence;
    running_bytes += child.input.held_bytes();
    next_item += child.items;
    items_taken += child.items;
    running.emplace(next_child++, std::move(child));
  }
  if (ItemsWaiting() == 0) {
    items = Payload();
    next_item = 0;
  }
  if (!has_writer && !HasTooLargeResults()) results.resize(static_cast<size_t>(next_child));
}

void MapRun::Fold(const MapChildEnded& details) {
  const auto child = running.find(details.index);
  PAWL_CHECK(child != running.end());
  ++children[details.status];
  items_ended[details.status] += child->second.items;
  if (details.status != ExecutionStatus::kSucceeded) {
    unsuccessful.Set(details.index, details.status);
  }
  if (details.is_not_redrivable) {
    ++not_redrivable_children;
    not_redrivable_items += child->second.items;
  }
  running_bytes -= std::min(running_bytes, child->second.input.held_bytes());
  running.erase(child);
  // A record of the child, or its output.
  const Payload& result = details.record ? details.record : details.output;
  if (has_writer || HasTooLargeResults() || !result) return;
  Payload& place = results[static_cast<size_t>(details.index)];
  // A record of the child as it was before a redrive.
  if (place) result_bytes -= static_cast<int64_t>(place.size_bytes()) + 1;
  result_bytes += static_cast<int64_t>(result.size_bytes()) + 1;
  if (HasTooLargeResults()) {
    results.clear();
  } else {
    place = result;
  }
}

MapRunSummary Summarize(const MapRun& run, ExecutionStatus status, absl::Time stopped_at) {
  MapRunSummary summary;
  summary.ordinal = run.ordinal;
  summary.state = run.state;
  summary.label = run.label;
  summary.status = status;
  summary.started_at = run.started_at;
  summary.stopped_at = stopped_at;
  summary.limits = run.limits;
  summary.children = run.children;
  summary.items = run.items_ended;
  const ExecutionStatus still_running =
      status == ExecutionStatus::kRunning ? ExecutionStatus::kRunning : ExecutionStatus::kAborted;
  for (const auto& [index, child] : run.running) {
    ++summary.children[still_running];
    summary.items[still_running] += child.items;
  }
  summary.items_pending = run.ItemsWaiting();
  summary.redrive_count = run.redrive_count;
  summary.redriven_at = run.redriven_at;
  summary.children_not_redrivable = run.not_redrivable_children;
  summary.items_not_redrivable = run.not_redrivable_items;
  if (status == ExecutionStatus::kRunning) {
    summary.children_pending_redrive = run.pending_children.Unsuccessful();
    summary.items_pending_redrive = run.pending_items.Unsuccessful();
    return summary;
  }
  for (const ExecutionStatus ended : kExecutionStatuses) {
    summary.children[ended] += run.pending_children[ended];
    summary.items[ended] += run.pending_items[ended];
  }
  return summary;
}

}  // namespace pawl::core
