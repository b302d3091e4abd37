#include "engine/runtime/range/watchers.h"

#include <algorithm>
#include <utility>

namespace pawl::runtime {

Watchers::Id Watchers::Add(const persistence::ExecutionRef& ref, Callback callback) {
  absl::MutexLock lock(&mutex_);
  const Id id = std::exchange(next_, next_.Next());
  entries_[ref].push_back(Entry{id, std::make_shared<Callback>(std::move(callback))});
  return id;
}

void Watchers::Remove(const persistence::ExecutionRef& ref, Id id) {
  absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(ref);
  if (it == entries_.end()) return;
  std::vector<Entry>& list = it->second;
  list.erase(std::remove_if(list.begin(), list.end(), [id](const Entry& e) { return e.id == id; }),
             list.end());
  if (list.empty()) entries_.erase(it);
}

std::vector<persistence::ExecutionRef> Watchers::WatchedIn(persistence::SlotRange slots) {
  std::vector<persistence::ExecutionRef> refs;
  absl::MutexLock lock(&mutex_);
  for (const auto& [ref, entries] : entries_) {
    if (ref.slot >= slots.first && ref.slot <= slots.last) refs.push_back(ref);
  }
  std::sort(refs.begin(), refs.end());  // the same in every run
  return refs;
}

void Watchers::Notify(const persistence::ExecutionRef& ref, bool is_closed) {
  std::vector<std::shared_ptr<Callback>> callbacks;
  {
    absl::MutexLock lock(&mutex_);
    const auto it = entries_.find(ref);
    if (it == entries_.end()) return;
    for (const Entry& entry : it->second) callbacks.push_back(entry.callback);
  }
  for (const auto& callback : callbacks) (*callback)(is_closed);
}

}  // namespace pawl::runtime
