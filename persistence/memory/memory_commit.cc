// Commit and Rewind of the memory store: check everything first, then apply, remembering what was
// there.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/memory/memory_store.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

CommitOutcome OutcomeOf(CommitOutcome::Kind kind, std::string message) {
  CommitOutcome outcome;
  outcome.kind = kind;
  outcome.message = std::move(message);
  return outcome;
}

CommitOutcome Rejected(const ExecutionRef& ref, absl::string_view why) {
  CommitOutcome outcome = OutcomeOf(CommitOutcome::Kind::kRejected,
                                    absl::StrCat("execution ", DebugString(ref), ": ", why));
  outcome.rejected = ref;
  return outcome;
}

// What a database would give back: microseconds, and no wake time where it means nothing.
ExecutionRow AsStored(ExecutionRow row) {
  row.start_time = FromMicros(ToMicros(row.start_time));
  row.stop_time = FromMicros(ToMicros(row.stop_time));
  SetFromWakeColumn(WakeColumn(row.status, row.parked, row.wake_at), &row);
  return row;
}

}  // namespace

CommitOutcome MemoryStore::Commit(const CommitBatch& batch) {
  if (auto refusal = RefuseBatch(batch)) return *std::move(refusal);
  const absl::Time now = options_.now();
  absl::MutexLock lock(&mutex_);
  CommitOutcome outcome = Check(batch);
  if (outcome.kind != CommitOutcome::Kind::kCommitted) return outcome;
  Apply(batch, now);
  ++stats_.commits;
  stats_.statements += 3 + !batch.starts.empty() + !batch.history.empty() + !batch.updates.empty() +
                       !batch.checkpoints.empty();
  stats_.history_rows += static_cast<int64_t>(batch.history.size());
  return outcome;
}

CommitOutcome MemoryStore::Check(const CommitBatch& batch) {
  const Range* range = FindRange(batch.range);
  if (range == nullptr || range->state.epoch != batch.epoch ||
      range->state.batch_seq != batch.batch_seq - 1) {
    return OutcomeOf(CommitOutcome::Kind::kFenced,
                     absl::StrCat(DebugString(batch.range), ": no range with epoch ", batch.epoch,
                                  " and batch_seq ", batch.batch_seq - 1));
  }
  CommitOutcome outcome;
  std::set<NameKey> names;
  for (const ExecutionRow& row : batch.starts) {
    NameKey key{row.ref.slot, row.ns, row.machine, row.name};
    const bool is_taken = names_.contains(key) || !names.insert(std::move(key)).second;
    if (is_taken) outcome.taken.push_back(row.ref);
  }
  if (!outcome.taken.empty()) {
    outcome.kind = CommitOutcome::Kind::kNameTaken;
    return outcome;
  }
  return CheckRows(batch);
}

CommitOutcome MemoryStore::CheckRows(const CommitBatch& batch) {
  std::set<ExecutionRef> started;
  for (const ExecutionRow& row : batch.starts) {
    if (executions_.contains(row.ref) || !started.insert(row.ref).second) {
      return Rejected(row.ref, "this id is stored already");
    }
  }
  std::set<std::pair<ExecutionRef, int64_t>> sequences;
  for (const HistoryRow& row : batch.history) {
    const std::pair<ExecutionRef, int64_t> key{row.ref, row.sequence};
    if (history_.contains(key) || !sequences.insert(key).second) {
      return Rejected(row.ref, absl::StrCat("transition ", row.sequence, " is stored already"));
    }
  }
  for (const ExecutionUpdate& update : batch.updates) {
    if (!executions_.contains(update.ref) && !started.contains(update.ref)) {
      return Rejected(update.ref, "there is no such execution to update");
    }
  }
  for (const RedriveUpdate& redrive : batch.redrives) {
    if (!executions_.contains(redrive.ref)) {
      return Rejected(redrive.ref, "there is no such execution to redrive");
    }
  }
  return OutcomeOf(CommitOutcome::Kind::kCommitted, "");
}

void MemoryStore::Apply(const CommitBatch& batch, absl::Time now) {
  Range* range = FindRange(batch.range);
  Undo undo;
  undo.range = *range;
  range->state.batch_seq = batch.batch_seq;
  range->state.lease_until = std::max(range->state.lease_until, now + range->lease);
  for (const ExecutionRow& row : batch.starts) {
    Insert(AsStored(row));
    undo.starts.push_back(row.ref);
  }
  for (const HistoryRow& row : batch.history) {
    history_.emplace(std::make_pair(row.ref, row.sequence), row);
    undo.history.emplace_back(row.ref, row.sequence);
  }
  for (const ExecutionUpdate* update : LastPerExecution(batch.updates)) {
    ExecutionRow row = executions_.at(update->ref);
    undo.updates.push_back(row);
    Erase(update->ref);
    row.status = update->status;
    row.stop_time = update->stop_time;
    row.parked = update->parked;
    row.wake_at = update->wake_at;
    Insert(AsStored(std::move(row)));
    const auto checkpoint = checkpoints_.find(update->ref);
    if (!update->drops_checkpoint || checkpoint == checkpoints_.end()) continue;
    undo.checkpoints.emplace_back(update->ref, checkpoint->second);
    checkpoints_.erase(checkpoint);
  }
  for (const RedriveUpdate& redrive : batch.redrives) {
    ExecutionRow& row = executions_.at(redrive.ref);
    undo.redrives.push_back(row);
    row.redrive_count = redrive.count;
    row.redrive_time = FromMicros(ToMicros(redrive.time));
  }
  for (const CheckpointRow* row : LastPerExecution(batch.checkpoints)) {
    const auto it = checkpoints_.find(row->ref);
    undo.checkpoints.emplace_back(row->ref, it == checkpoints_.end()
                                                ? absl::optional<CheckpointRow>()
                                                : absl::make_optional(it->second));
    checkpoints_.insert_or_assign(row->ref, *row);
  }
  undo_.push_back(std::move(undo));
  if (undo_.size() > static_cast<size_t>(kRewindDepth)) undo_.pop_front();
}

void MemoryStore::Insert(const ExecutionRow& row) {
  names_.emplace(NameKey{row.ref.slot, row.ns, row.machine, row.name}, row.ref);
  listing_.emplace(ToMicros(row.start_time), row.ref);
  if (const auto wake = WakeColumn(row.status, row.parked, row.wake_at)) {
    wakes_.emplace(*wake, row.ref);
  } else {
    closed_.emplace(ToMicros(row.stop_time), row.ref);
  }
  executions_.emplace(row.ref, row);
}

void MemoryStore::Erase(const ExecutionRef& ref) {
  const ExecutionRow& row = executions_.at(ref);
  names_.erase(NameKey{ref.slot, row.ns, row.machine, row.name});
  listing_.erase(ListKey{ToMicros(row.start_time), ref});
  if (const auto wake = WakeColumn(row.status, row.parked, row.wake_at)) {
    wakes_.erase(WakeKey{*wake, ref});
  } else {
    closed_.erase(StopKey{ToMicros(row.stop_time), ref});
  }
  executions_.erase(ref);
}

int MemoryStore::Rewind(int batches) {
  absl::MutexLock lock(&mutex_);
  int undone = 0;
  for (; undone < batches && !undo_.empty(); ++undone) UndoLast();
  return undone;
}

void MemoryStore::UndoLast() {
  const Undo undo = std::move(undo_.back());
  undo_.pop_back();
  for (const auto& [ref, previous] : undo.checkpoints) {
    if (previous.has_value()) {
      checkpoints_.insert_or_assign(ref, *previous);
    } else {
      checkpoints_.erase(ref);
    }
  }
  for (const ExecutionRow& row : undo.redrives) {
    executions_.at(row.ref).redrive_count = row.redrive_count;
    executions_.at(row.ref).redrive_time = row.redrive_time;
  }
  for (const ExecutionRow& row : undo.updates) {
    Erase(row.ref);
    Insert(row);
  }
  for (const auto& key : undo.history) history_.erase(key);
  for (const ExecutionRef& ref : undo.starts) Erase(ref);
  ranges_.insert_or_assign(undo.range.state.slots.first, undo.range);
}

}  // namespace pawl::persistence
