// Results that the engine has not acknowledged, in the order in which they came: sent once per
// stream, and again on every new one. Internal to the SDK. Thread-compatible.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "pawl/task.h"
#include "worker-sdk/src/task_state.h"

namespace pawl::sdk {

class Outbox {
 public:
  struct Item {
    std::shared_ptr<TaskState> task;
    TaskResult result;
  };

  // One result per token: a second one is ignored.
  void Add(std::shared_ptr<TaskState> task, TaskResult result);
  // Acknowledged. False where it was not here.
  bool Remove(absl::string_view token);
  bool Contains(absl::string_view token) const { return by_token_.contains(token); }

  // The first that was not yet given to the present stream; nullptr: none. Sent() moves on.
  Item* Unsent() { return next_ == items_.end() ? nullptr : &*next_; }
  void Sent() { ++next_; }
  bool has_unsent() const { return next_ != items_.end(); }
  // A new stream: everything is to be sent again.
  void Rewind() { next_ = items_.begin(); }

  size_t size() const { return items_.size(); }

 private:
  std::list<Item> items_;
  std::list<Item>::iterator next_ = items_.end();
  // The keys are the tokens of the items' tasks.
  absl::flat_hash_map<absl::string_view, std::list<Item>::iterator> by_token_;
};

}  // namespace pawl::sdk
