#include "persistence/memory/memory_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

bool Contains(const SlotRange& range, const ExecutionRef& ref) {
  return ref.slot >= range.first && ref.slot <= range.last;
}

absl::Status NoRange(const SlotRange& range) {
  return absl::NotFoundError(absl::StrCat("there is no range of ", DebugString(range)));
}

absl::Status LostEpoch(const SlotRange& range, int64_t epoch) {
  return absl::AbortedError(
      absl::StrCat(DebugString(range), ": epoch ", epoch, " no longer owns the range"));
}

bool Matches(const ListFilter& filter, const ExecutionRow& row) {
  return (filter.ns.empty() || row.ns == filter.ns) &&
         (filter.machine.empty() || row.machine == filter.machine) &&
         (filter.version == 0 || row.version == filter.version) &&
         (filter.alias.empty() || row.alias == filter.alias) &&
         absl::StartsWith(row.name, filter.name_prefix) &&
         (!filter.status.has_value() || row.status == *filter.status) &&
         ToMicros(row.start_time) >= ToMicros(filter.started_from) &&
         ToMicros(row.start_time) < ToMicros(filter.started_before);
}

}  // namespace

MemoryStore::MemoryStore(MemoryOptions options) : options_(std::move(options)) {
  for (const SlotRange& slots : EvenRanges(options_.initial_ranges)) {
    Range range;
    range.state.slots = slots;
    range.state.lease_until = absl::UnixEpoch();
    ranges_.emplace(slots.first, std::move(range));
  }
}

MemoryStore::Range* MemoryStore::FindRange(SlotRange range) {
  const auto it = ranges_.find(range.first);
  return it == ranges_.end() || it->second.state.slots != range ? nullptr : &it->second;
}

void MemoryStore::Tamper(const ExecutionRef& ref, const std::function<void(HistoryRow*)>& change) {
  absl::MutexLock lock(&mutex_);
  for (auto it = history_.lower_bound({ref, 0}); it != history_.end() && it->first.first == ref;
       ++it) {
    change(&it->second);
  }
}

absl::StatusOr<std::vector<RangeState>> MemoryStore::ListRanges() {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  std::vector<RangeState> result;
  result.reserve(ranges_.size());
  for (const auto& [first, range] : ranges_) result.push_back(range.state);
  return result;
}

absl::StatusOr<RangeState> MemoryStore::TakeRange(SlotRange range, const Claim& claim) {
  if (claim.owner.empty())
    return absl::InvalidArgumentError("TakeRange needs the name of an owner");
  const absl::Time now = FromMicros(ToMicros(options_.now()));
  absl::MutexLock lock(&mutex_);
  Range* found = FindRange(range);
  if (found == nullptr) return NoRange(range);
  RangeState& state = found->state;
  const bool is_free = state.owner.empty() || state.owner == claim.owner ||
                       state.owner == claim.dead_owner || state.lease_until < now;
  if (!is_free) {
    return absl::UnavailableError(absl::StrCat(DebugString(range), " belong to ", state.owner,
                                               ", whose lease has not ended"));
  }
  ++state.epoch;
  state.owner = claim.owner;
  state.owner_address = claim.address;
  found->lease = claim.lease;
  state.lease_until = now + claim.lease;
  return state;
}

absl::Status MemoryStore::RenewLease(SlotRange range, int64_t epoch, absl::Duration lease) {
  const absl::Time now = FromMicros(ToMicros(options_.now()));
  absl::MutexLock lock(&mutex_);
  Range* found = FindRange(range);
  if (found == nullptr) return NoRange(range);
  if (found->state.epoch != epoch) return LostEpoch(range, epoch);
  found->lease = lease;
  found->state.lease_until = now + lease;
  return absl::OkStatus();
}

absl::Status MemoryStore::ReleaseRange(SlotRange range, int64_t epoch) {
  absl::MutexLock lock(&mutex_);
  Range* found = FindRange(range);
  if (found == nullptr) return NoRange(range);
  if (found->state.epoch != epoch) return LostEpoch(range, epoch);
  // The epoch moves on, so that a batch of the released one which is still under way is fenced.
  ++found->state.epoch;
  found->state.owner.clear();
  found->state.owner_address.clear();
  found->state.lease_until = absl::UnixEpoch();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ExecutionRow>> MemoryStore::ListResident(SlotRange range,
                                                                    ExecutionRef after, int limit) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  std::vector<ExecutionRow> result;
  const ExecutionRef start =
      std::max(after, ExecutionRef{range.first, std::numeric_limits<int64_t>::min()});
  for (auto it = wakes_.upper_bound({kResidentWake, start});
       it != wakes_.end() && it->first == kResidentWake && it->second.slot <= range.last &&
       result.size() < static_cast<size_t>(limit);
       ++it) {
    result.push_back(executions_.at(it->second));
  }
  return result;
}

absl::StatusOr<std::vector<ExecutionRow>> MemoryStore::ListDue(SlotRange range,
                                                               const DueCursor& after,
                                                               absl::Time until, int limit) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  std::vector<ExecutionRow> result;
  const int64_t last = ToMicros(until);
  const WakeKey none{kResidentWake + 1, {Slot(0), std::numeric_limits<int64_t>::min()}};
  for (auto it = wakes_.upper_bound(std::max(none, WakeKey{ToMicros(after.wake_at), after.ref}));
       it != wakes_.end() && it->first <= last && result.size() < static_cast<size_t>(limit);
       ++it) {
    if (Contains(range, it->second)) result.push_back(executions_.at(it->second));
  }
  return result;
}

absl::StatusOr<std::vector<StoredHistory>> MemoryStore::LoadHistories(
    const std::vector<ExecutionRef>& refs, size_t max_bytes) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  std::vector<StoredHistory> result;
  result.reserve(refs.size());
  size_t bytes = 0;
  for (const ExecutionRef& ref : refs) {
    if (bytes > max_bytes) break;
    StoredHistory stored;
    stored.ref = ref;
    int64_t after = 0;
    if (const auto it = checkpoints_.find(ref); it != checkpoints_.end()) {
      stored.checkpoint = it->second;
      after = it->second.sequence;
    }
    for (auto it = history_.upper_bound({ref, after});
         it != history_.end() && it->first.first == ref; ++it) {
      stored.rows.push_back(it->second);
    }
    bytes += BytesOf(stored);
    stored.status = CheckGapless(stored);
    result.push_back(std::move(stored));
  }
  return result;
}

absl::StatusOr<ExecutionRow> MemoryStore::FindExecution(Slot slot, const std::string& ns,
                                                        const std::string& machine,
                                                        const std::string& name) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  const auto it = names_.find(NameKey{slot, ns, machine, name});
  if (it == names_.end()) {
    return absl::NotFoundError(absl::StrCat("no execution ", name, " of ", machine));
  }
  return executions_.at(it->second);
}

absl::StatusOr<ExecutionRow> MemoryStore::GetExecution(ExecutionRef ref) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  const auto it = executions_.find(ref);
  if (it == executions_.end()) {
    return absl::NotFoundError(absl::StrCat("no execution with ", DebugString(ref)));
  }
  return it->second;
}

absl::StatusOr<std::vector<HistoryRow>> MemoryStore::ReadHistory(ExecutionRef ref, int64_t from,
                                                                 int limit, bool reverse,
                                                                 size_t max_bytes) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  std::vector<HistoryRow> result;
  size_t bytes = 0;
  const auto is_full = [&] {
    return result.size() >= static_cast<size_t>(limit) || (!result.empty() && bytes >= max_bytes);
  };
  if (!reverse) {
    for (auto it = history_.lower_bound({ref, from});
         it != history_.end() && it->first.first == ref && !is_full(); ++it) {
      bytes += it->second.record.size();
      result.push_back(it->second);
    }
    return result;
  }
  auto it = history_.upper_bound({ref, from});
  while (it != history_.begin() && !is_full()) {
    --it;
    if (it->first.first != ref) break;
    bytes += it->second.record.size();
    result.push_back(it->second);
  }
  return result;
}

absl::StatusOr<std::vector<ExecutionRow>> MemoryStore::ListExecutions(
    const ListFilter& filter, const absl::optional<ListCursor>& after, int limit) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  std::vector<ExecutionRow> result;
  auto it = after.has_value() ? listing_.lower_bound({ToMicros(after->start_time), after->ref})
                              : listing_.end();
  while (it != listing_.begin() && result.size() < static_cast<size_t>(limit)) {
    const ExecutionRow& row = executions_.at((--it)->second);
    if (Matches(filter, row)) result.push_back(row);
  }
  return result;
}

absl::StatusOr<Store::OpenCounts> MemoryStore::CountOpen(SlotRange range) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  OpenCounts counts;
  for (const auto& [wake, ref] : wakes_) {
    if (Contains(range, ref)) ++(wake == kResidentWake ? counts.resident : counts.parked);
  }
  return counts;
}

absl::StatusOr<int64_t> MemoryStore::DeleteClosed(SlotRange range, int64_t epoch,
                                                  absl::Time stopped_before, int limit,
                                                  const absl::optional<std::string>& ns) {
  absl::MutexLock lock(&mutex_);
  const Range* found = FindRange(range);
  if (found == nullptr) return NoRange(range);
  if (found->state.epoch != epoch) return LostEpoch(range, epoch);
  std::vector<ExecutionRef> refs;
  const int64_t end = ToMicros(stopped_before);
  for (auto it = closed_.begin(); it != closed_.end() && it->first < end &&
                                  refs.size() < static_cast<size_t>(std::max(limit, 0));
       ++it) {
    const bool is_wanted =
        Contains(range, it->second) && (!ns.has_value() || executions_.at(it->second).ns == *ns);
    if (is_wanted) refs.push_back(it->second);
  }
  for (const ExecutionRef& ref : refs) {
    history_.erase(history_.lower_bound({ref, std::numeric_limits<int64_t>::min()}),
                   history_.upper_bound({ref, std::numeric_limits<int64_t>::max()}));
    checkpoints_.erase(ref);
    Erase(ref);
  }
  // What was deleted cannot be undone, so neither can what came before it.
  if (!refs.empty()) undo_.clear();
  return static_cast<int64_t>(refs.size());
}

Store::Stats MemoryStore::stats() const {
  absl::MutexLock lock(&mutex_);
  return stats_;
}

}  // namespace pawl::persistence
