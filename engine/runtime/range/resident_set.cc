#include "engine/runtime/range/resident_set.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace pawl::runtime {
namespace {

std::string NameKey(const std::string& ns, const std::string& machine, const std::string& name) {
  return absl::StrCat(ns, "/", machine, "/", name);
}

std::string NameKey(const persistence::ExecutionRow& row) {
  return NameKey(row.ns, row.machine, row.name);
}

// What an execution takes besides its payloads: indexes, names, attempts.
constexpr size_t kOverheadBytes = 1024;

}  // namespace

LiveExecution* ResidentSet::Find(persistence::ExecutionRef ref) const {
  const auto it = live_.find(ref);
  return it == live_.end() ? nullptr : it->second.get();
}

std::shared_ptr<LiveExecution> ResidentSet::Share(persistence::ExecutionRef ref) const {
  const auto it = live_.find(ref);
  return it == live_.end() ? nullptr : it->second;
}

absl::optional<persistence::ExecutionRef> ResidentSet::FindOpen(const std::string& ns,
                                                                const std::string& machine,
                                                                const std::string& name) const {
  const auto it = open_names_.find(NameKey(ns, machine, name));
  if (it == open_names_.end()) return absl::nullopt;
  return it->second;
}

LiveExecution* ResidentSet::Insert(std::unique_ptr<LiveExecution> live, absl::Duration now) {
  LiveExecution* raw = live.get();
  raw->active_at = now;
  raw->by_activity = by_activity_.insert(by_activity_.end(), raw->row.ref);
  open_names_[NameKey(raw->row)] = raw->row.ref;
  live_[raw->row.ref] = std::move(live);
  count_.Add(1);
  Weigh(raw);
  return raw;
}

void ResidentSet::Erase(persistence::ExecutionRef ref) {
  const auto it = live_.find(ref);
  if (it == live_.end()) return;
  const LiveExecution& live = *it->second;
  by_activity_.erase(live.by_activity);
  open_names_.erase(NameKey(live.row));
  memory_.Remove(live.weight);
  live_.erase(it);
  count_.Remove(1);
}

void ResidentSet::Touch(LiveExecution* live, absl::Duration now) {
  live->active_at = now;
  by_activity_.splice(by_activity_.end(), by_activity_, live->by_activity);
}

void ResidentSet::Weigh(LiveExecution* live) {
  const size_t weight = kOverheadBytes + PayloadWeight(live->state.ApproximateBytes());
  memory_.Add(weight);
  memory_.Remove(std::exchange(live->weight, weight));
}

std::vector<std::shared_ptr<LiveExecution>> ResidentSet::TakeAll() {
  std::vector<std::shared_ptr<LiveExecution>> all;
  all.reserve(live_.size());
  // In an order that is the same in every run.
  for (const persistence::ExecutionRef& ref : by_activity_) all.push_back(live_[ref]);
  live_.clear();
  open_names_.clear();
  by_activity_.clear();
  memory_.Remove(memory_.bytes());
  count_.Clear();
  return all;
}

LiveExecution* ResidentSet::LongestIdle() const {
  return by_activity_.empty() ? nullptr : Find(by_activity_.front());
}

std::vector<persistence::ExecutionRef> ResidentSet::Refs() const {
  return {by_activity_.begin(), by_activity_.end()};
}

}  // namespace pawl::runtime
