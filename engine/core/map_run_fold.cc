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

void MapRun::FoldStarted(const Event& event) {
  started_at = event.time;
  state = event.name;
  config = event.work;
  ReadConfig();
  is_exhausted = event.work.value().Find("Reader") == nullptr;
  FoldLimits(event);
}

void MapRun::FoldLimits(const Event& event) {
  max_concurrency = event.max_concurrency;
  tolerated_count = event.tolerated_count;
  tolerated_percentage = event.tolerated_percentage;
}

void MapRun::FoldItemsRead(const Event& event) {
  Value::Elements waiting;
  if (items) {
    const Value::Elements& old = items.value().AsArray();
    waiting.assign(old.begin() + next_item, old.end());
  }
  const Value::Elements& read = event.work.value().AsArray();
  waiting.insert(waiting.end(), read.begin(), read.end());
  items = Payload::FromValue(Value::Array(std::move(waiting)));
  next_item = 0;
  cursor = event.cursor;
  is_exhausted = event.is_last;
  is_keyed = event.is_keyed;
}

void MapRun::FoldChildrenStarted(const Event& event, int64_t execution_sequence) {
  const Value::Elements& inputs = event.work.value().AsArray();
  for (size_t i = 0; i < inputs.size(); ++i) {
    MapChild child;
    child.input = Payload::FromValue(inputs[i]);
    child.items = event.item_counts[i];
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

void MapRun::FoldChildEnded(const Event& event) {
  const auto child = running.find(event.index);
  PAWL_CHECK(child != running.end());
  const auto status = static_cast<size_t>(event.child_status);
  ++children[status];
  items_ended[status] += child->second.items;
  running_bytes -= std::min(running_bytes, child->second.input.held_bytes());
  running.erase(child);
  // A record of the child, or its output.
  const Payload& result = event.work ? event.work : event.payload;
  if (has_writer || HasTooLargeResults() || !result) return;
  result_bytes += static_cast<int64_t>(result.size_bytes()) + 1;
  if (HasTooLargeResults()) {
    results.clear();
  } else {
    results[static_cast<size_t>(event.index)] = result;
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
  summary.max_concurrency = run.max_concurrency;
  summary.tolerated_count = run.tolerated_count;
  summary.tolerated_percentage = run.tolerated_percentage;
  summary.children = run.children;
  summary.items = run.items_ended;
  const auto still_running = static_cast<size_t>(
      status == ExecutionStatus::kRunning ? ExecutionStatus::kRunning : ExecutionStatus::kAborted);
  for (const auto& [index, child] : run.running) {
    ++summary.children[still_running];
    summary.items[still_running] += child.items;
  }
  summary.items[0] = run.ItemsWaiting();
  return summary;
}

}  // namespace pawl::core
