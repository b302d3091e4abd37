#include "worker-sdk/src/outbox.h"

#include <utility>

namespace pawl::sdk {

void Outbox::Add(std::shared_ptr<TaskState> task, TaskResult result) {
  const absl::string_view token = task->info().token;
  if (by_token_.contains(token)) return;
  const auto it = items_.insert(items_.end(), Item{std::move(task), std::move(result)});
  by_token_[token] = it;
  if (next_ == items_.end()) next_ = it;
}

bool Outbox::Remove(absl::string_view token) {
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return false;
  const auto it = found->second;
  by_token_.erase(found);
  if (next_ == it) ++next_;
  items_.erase(it);
  return true;
}

}  // namespace pawl::sdk
