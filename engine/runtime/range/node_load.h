// What the ranges of this process have taken together of the limits that count (Options:
// max_resident_executions, max_pending_commands).
#pragma once

#include <atomic>
#include <cstdint>

namespace pawl::runtime {

// Thread-safe.
struct NodeLoad {
  std::atomic<int64_t> resident{0};  // executions in memory, and starts that wait for a batch
  std::atomic<int64_t> pending{0};   // commands, and starts, that wait for a commit
};

// One range's part of such a number; given back with it. Touched only from the range's strand.
class LoadShare {
 public:
  explicit LoadShare(std::atomic<int64_t>* total) : total_(total) {}
  ~LoadShare() { *total_ -= own_; }
  LoadShare(const LoadShare&) = delete;
  LoadShare& operator=(const LoadShare&) = delete;

  void Add(int64_t n) {
    own_ += n;
    *total_ += n;
  }
  void Remove(int64_t n) { Add(-n); }
  void Clear() { Remove(own_); }
  // Of all ranges.
  int64_t total() const { return *total_; }

 private:
  std::atomic<int64_t>* const total_;
  int64_t own_ = 0;
};

}  // namespace pawl::runtime
