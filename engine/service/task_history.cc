#include "engine/service/task_history.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "engine/core/record_codec.h"

namespace pawl::service {
namespace {

using Row = absl::optional<persistence::HistoryRow>;

// So many transitions without a numbered event in a row are more than an activity is worth.
constexpr int kMaxSkipped = 1'000;

// The first transition from `from` on that has numbered events; nullopt where there is none up to
// `to`, or none near.
absl::StatusOr<Row> NextNumbered(persistence::Store& store, persistence::ExecutionRef execution,
                                 int64_t from, int64_t to) {
  constexpr int kRowsPerRead = 16;
  for (int skipped = 0; from <= to && skipped < kMaxSkipped; skipped += kRowsPerRead) {
    auto rows = store.ReadHistory(execution, from, kRowsPerRead, /*reverse=*/false);
    if (!rows.ok()) return rows.status();
    if (rows->empty()) break;
    for (persistence::HistoryRow& row : *rows) {
      if (row.event_count > 0 && row.sequence <= to) return Row(std::move(row));
    }
    from = rows->back().sequence + 1;
  }
  return Row();
}

// The transition with the event `id`.
absl::StatusOr<Row> FindTransition(persistence::Store& store, persistence::ExecutionRef execution,
                                   core::EventId id) {
  const auto last =
      store.ReadHistory(execution, std::numeric_limits<int64_t>::max(), 1, /*reverse=*/true);
  if (!last.ok()) return last.status();
  int64_t low = 1, high = last->empty() ? 0 : last->front().sequence;
  while (low <= high) {
    const int64_t middle = low + (high - low) / 2;
    absl::StatusOr<Row> row = NextNumbered(store, execution, middle, high);
    if (!row.ok()) return row.status();
    if (!row->has_value() || id.value() < (*row)->first_event) {
      high = middle - 1;
    } else if (id.value() >= (*row)->first_event + (*row)->event_count) {
      low = (*row)->sequence + 1;
    } else {
      return row;
    }
  }
  return Row();
}

}  // namespace

absl::StatusOr<std::string> ActivityOfAttempt(persistence::Store& store,
                                              persistence::ExecutionRef execution,
                                              core::EventId scheduled) {
  const absl::StatusOr<Row> row = FindTransition(store, execution, scheduled);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return std::string();
  const auto events = core::DecodeTransition((*row)->record);
  if (!events.ok()) return events.status();
  for (const core::Event& event : *events) {
    const auto* task = event.As<core::TaskScheduled>();
    if (event.id == scheduled && event.type == core::EventType::kActivityScheduled) {
      return task->resource;
    }
  }
  return std::string();
}

}  // namespace pawl::service
