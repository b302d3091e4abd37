// How much memory payloads may take in this process, over everything that holds them: one limit in
// bytes (flag --memory-limit) and what each use has taken of it. Who is beyond it refuses, waits,
// or lets something go; nothing is taken from anybody.
//
// Thread-safe, lock-free.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace pawl::runtime {

// What payloads of so many bytes weigh: they are held as text and as a value, for most are read
// sooner or later, and both stay.
constexpr size_t PayloadWeight(size_t bytes) { return 2 * bytes; }

class MemoryBudget {
 public:
  enum class Use {
    kExecutions,  // resident ones
    kWaiting,     // starts and commands that wait for a batch
    kLoading,     // pages of histories on their way from the store
    kFrames,      // outgoing to workers and followers
  };
  static constexpr size_t kUses = 4;

  explicit MemoryBudget(size_t limit) : limit_(limit) {}

  void Add(Use use, size_t bytes) { used_[Index(use)] += static_cast<int64_t>(bytes); }
  void Remove(Use use, size_t bytes) { used_[Index(use)] -= static_cast<int64_t>(bytes); }
  size_t used(Use use) const {
    const int64_t bytes = used_[Index(use)];
    return bytes < 0 ? 0 : static_cast<size_t>(bytes);
  }
  size_t used() const {
    size_t sum = 0;
    for (size_t i = 0; i < kUses; ++i) sum += used(static_cast<Use>(i));
    return sum;
  }
  size_t limit() const { return limit_; }
  // New work is refused.
  bool IsFull() const { return used() >= limit_; }
  // What can leave memory had better do so.
  bool IsTight() const { return used() >= limit_ / 4 * 3; }

 private:
  static size_t Index(Use use) { return static_cast<size_t>(use); }

  const size_t limit_;
  std::array<std::atomic<int64_t>, kUses> used_{};
};

// What one holder has taken; given back with it.
class MemoryShare {
 public:
  MemoryShare(MemoryBudget* budget, MemoryBudget::Use use) : budget_(budget), use_(use) {}
  ~MemoryShare() { budget_->Remove(use_, bytes_); }
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;

  void Add(size_t bytes) {
    bytes_ += bytes;
    budget_->Add(use_, bytes);
  }
  void Remove(size_t bytes) {
    bytes_ -= bytes;
    budget_->Remove(use_, bytes);
  }
  size_t bytes() const { return bytes_; }

 private:
  MemoryBudget* const budget_;
  const MemoryBudget::Use use_;
  size_t bytes_ = 0;
};

}  // namespace pawl::runtime
