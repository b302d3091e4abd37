#include "engine/runtime/maps/map_run_history.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/core/record_codec.h"

namespace pawl::runtime {
namespace {

constexpr int kHistoryPage = 200;
constexpr size_t kChunkBytes = size_t{1024} * 1024;

}  // namespace

bool MapRunHistory::IsOurs(const core::Event& event) {
  if (event.Is<core::MapRunStarted>()) {
    const bool is_it = now_.map_runs++ == map_run_;
    if (is_it) now_.frame = event.frame;
    if (event.frame == now_.frame) now_.is_inside = is_it;
  }
  return now_.is_inside && event.frame == now_.frame;
}

bool MapRunHistory::ReadTransition(const std::vector<core::Event>& events,
                                   absl::FunctionRef<bool(const core::Event&)> see) {
  for (const core::Event& event : events) {
    if (!IsOurs(event)) continue;
    if (const auto* started = event.As<core::MapChildrenStarted>()) {
      now_.first_child = started->first_index + static_cast<int64_t>(started->item_counts.size());
    }
    if (!see(event)) return false;
  }
  return true;
}

absl::Status MapRunHistory::Read(absl::FunctionRef<bool(const core::Event&)> see) {
  for (;;) {
    auto rows = store_.ReadHistory(ref_, place_.sequence, kHistoryPage, /*reverse=*/false);
    if (!rows.ok()) return rows.status();
    if (rows->empty()) return absl::OkStatus();
    for (const persistence::HistoryRow& row : *rows) {
      auto events = core::DecodeTransition(row.record);
      if (!events.ok()) return events.status();
      now_ = place_;
      if (!ReadTransition(*events, see)) return absl::OkStatus();
      now_.sequence = row.sequence + 1;
      place_ = now_;
    }
  }
}

absl::StatusOr<core::ChildrenRead> ReadChildren(persistence::Store* store,
                                                persistence::ExecutionRef ref,
                                                const core::ChildrenToRead& wanted,
                                                MapRunHistory::Place* place) {
  if (wanted.indexes.front() < place->first_child) *place = {};
  MapRunHistory history(store, ref, wanted.map_run, *place);
  core::ChildrenRead read;
  read.map_run = wanted.map_run;
  read.map_run_redrive = wanted.map_run_redrive;
  Value::Elements inputs;
  size_t bytes = 0;
  const absl::Status status = history.Read([&](const core::Event& event) {
    const auto* started = event.As<core::MapChildrenStarted>();
    if (started == nullptr) return true;
    const Value::Elements& given = started->inputs.value().AsArray();
    const int64_t end = started->first_index + static_cast<int64_t>(given.size());
    while (read.indexes.size() < wanted.indexes.size() && bytes < kChunkBytes) {
      const int64_t index = wanted.indexes[read.indexes.size()];
      if (index >= end) return true;
      if (index < started->first_index) return false;
      const auto at = static_cast<size_t>(index - started->first_index);
      bytes += Payload::FromValue(given[at]).held_bytes();
      read.indexes.push_back(index);
      read.item_counts.push_back(started->item_counts[at]);
      inputs.push_back(given[at]);
    }
    return false;
  });
  if (!status.ok()) return status;
  if (read.indexes.empty()) {
    return absl::DataLossError(absl::StrCat("the history of the Map Run does not say what child ",
                                            wanted.indexes.front(), " was given"));
  }
  *place = history.place();
  read.inputs = Payload::FromValue(Value::Array(std::move(inputs)));
  return read;
}

}  // namespace pawl::runtime
