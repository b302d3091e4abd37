// How many of the credits that a worker grants are passed on to the task queues. Internal to
// engine/api.
//
// A credit lets the queues push one task of any size, and the worker has a short time for its
// receipt. So only so many are passed on at a time that tasks of the size seen lately would fill a
// few frames; the rest follow as frames are written. Small tasks never notice.
//
// Thread-compatible: its stream guards it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace pawl::api {

class CreditWindow {
 public:
  struct Pass {
    std::string queue;
    int64_t count = 0;
  };

  // `max_credits` bounds what is held back for a queue.
  explicit CreditWindow(int64_t max_credits) : max_credits_(max_credits) {}

  // The worker grants credits, or gets one back of which no task was sent. Credits to pass on now.
  int64_t Grant(const std::string& queue, int64_t count);
  // A credit that was passed on is used by a task of `bytes`.
  void Used(const std::string& queue, size_t bytes);
  // Credits to pass on after a frame was written.
  std::vector<Pass> Refill();

  size_t queues() const { return queues_.size(); }
  bool has_queue(const std::string& queue) const { return queues_.contains(queue); }

 private:
  struct Queue {
    int64_t passed = 0;  // and not used
    int64_t held = 0;
  };
  int64_t Window() const;
  int64_t Take(Queue* queue) const;

  const int64_t max_credits_;
  size_t average_bytes_ = 8 * 1024;  // of a task, lately
  int64_t held_ = 0;                 // of all queues
  absl::flat_hash_map<std::string, Queue> queues_;
};

}  // namespace pawl::api
