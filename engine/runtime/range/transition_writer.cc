#include "engine/runtime/range/transition_writer.h"

#include <algorithm>
#include <utility>

#include "engine/core/record_codec.h"
#include "engine/runtime/range/express_log.h"
#include "engine/runtime/range/loading.h"

namespace pawl::runtime {
namespace {

// The rows that are read to fold an execution stay few in bytes as in number.
constexpr size_t kCheckpointBytes = size_t{16} * 1024 * 1024;

persistence::Status StoredStatus(core::ExecutionStatus status) {
  return static_cast<persistence::Status>(status);  // both enums have AWS's order
}
static_assert(static_cast<int>(persistence::Status::kAborted) ==
              static_cast<int>(core::ExecutionStatus::kAborted));

}  // namespace

absl::optional<Transition> TransitionWriter::Write(LiveExecution* live, Transition transition,
                                                   const std::vector<core::Event>& events) {
  transition.abandoned = live->state.TakeAbandoned();
  const bool is_start = live->sequence == 0;
  const bool is_recorded =
      live->recording == Recording::kAll || (live->recording == Recording::kStart && is_start);
  if (live->recording != Recording::kAll) {
    LogExpressEvents(options_.express_log, live->state, events);
  }
  TransitionRows rows;
  if (is_start && is_recorded) rows.start = live->row;
  if (is_recorded) {
    WriteHistory(live, events, &rows, &transition);
  } else {
    ++live->sequence;
    transition.events = static_cast<int64_t>(events.size());
  }
  const bool is_closed = live->state.is_closed();
  const bool is_opened = live->row.status != StoredStatus(core::ExecutionStatus::kRunning);
  if (is_closed || is_opened || live->row.parked) WriteUpdate(live, &rows);
  const bool has_rows = is_recorded || (live->recording == Recording::kStart && is_closed);
  if (!has_rows) return transition;
  pipeline_->Add(std::move(rows), std::move(transition));
  return absl::nullopt;
}

void TransitionWriter::WriteUpdate(LiveExecution* live, TransitionRows* rows) {
  live->row.parked = false;
  live->row.wake_at = absl::InfiniteFuture();
  live->row.status = StoredStatus(live->state.status());
  live->row.stop_time = live->state.stop_time();
  if (live->recording == Recording::kNothing) return;
  persistence::ExecutionUpdate update{live->row.ref, live->row.status, live->row.stop_time, false,
                                      absl::InfiniteFuture()};
  // Nobody goes on from it any more.
  update.drops_checkpoint = live->state.is_closed() && live->has_checkpoint;
  rows->update = std::move(update);
  if (live->row.redrive_count == live->state.redrive_count()) return;
  live->row.redrive_count = live->state.redrive_count();
  live->row.redrive_time = live->state.redrive_time();
  rows->redrive =
      persistence::RedriveUpdate{live->row.ref, live->row.redrive_count, live->row.redrive_time};
}

void TransitionWriter::WriteHistory(LiveExecution* live, const std::vector<core::Event>& events,
                                    TransitionRows* rows, Transition* transition) {
  persistence::HistoryRow row;
  row.ref = live->row.ref;
  row.sequence = ++live->sequence;
  row.record = core::EncodeTransition(events);
  for (const core::Event& event : events) {
    if (event.is_numbered()) {
      if (row.first_event == 0) row.first_event = event.id.value();
      ++row.event_count;
    } else {
      if (event.Is<core::RetryScheduled>()) ++transition->retries;
    }
  }
  transition->events = row.event_count;
  live->events_since_checkpoint += static_cast<int64_t>(events.size());
  live->bytes_since_checkpoint += row.record.size();
  if (options_.verify_replay) {
    live->verify_records.push_back(row.record);
    VerifyReplay(*live);
  }
  rows->history = std::move(row);
  const bool is_due = live->events_since_checkpoint >= options_.checkpoint_events ||
                      live->bytes_since_checkpoint >=
                          std::max(kCheckpointBytes, 2 * live->state.ApproximateBytes());
  if (is_due && !live->state.is_closed()) WriteCheckpoint(live, rows);
}

void TransitionWriter::WriteCheckpoint(LiveExecution* live, TransitionRows* rows) {
  live->events_since_checkpoint = 0;
  live->bytes_since_checkpoint = 0;
  live->has_checkpoint = true;
  std::string state = core::EncodeCheckpoint(live->state);
  if (options_.verify_replay) {
    live->verify_checkpoint = state;
    live->verify_records.clear();
  }
  rows->checkpoint = persistence::CheckpointRow{live->row.ref, live->sequence, std::move(state)};
}

void TransitionWriter::WritePark(LiveExecution* live, absl::Time wake_at) {
  live->row.parked = true;
  live->row.wake_at = wake_at;
  live->is_parking = true;
  live->is_in_flight = true;
  TransitionRows rows;
  rows.update = persistence::ExecutionUpdate{live->row.ref, live->row.status, live->row.stop_time,
                                             true, wake_at};
  Transition transition;
  transition.ref = live->row.ref;
  pipeline_->Add(std::move(rows), std::move(transition));
}

}  // namespace pawl::runtime
