#include "engine/api/credit_window.h"

#include <algorithm>

namespace pawl::api {
namespace {

constexpr size_t kWindowBytes = size_t{8} * 1024 * 1024;
constexpr int64_t kMinWindow = 4;
constexpr size_t kMemory = 8;  // tasks over which the average forgets

}  // namespace

int64_t CreditWindow::Window() const {
  return std::max<int64_t>(kMinWindow, static_cast<int64_t>(kWindowBytes / average_bytes_));
}

int64_t CreditWindow::Take(Queue* queue) const {
  const int64_t room = std::max<int64_t>(0, Window() - queue->passed);
  const int64_t count = std::min(room, queue->held);
  queue->held -= count;
  queue->passed += count;
  return count;
}

int64_t CreditWindow::Grant(const std::string& name, int64_t count) {
  if (count <= 0) return 0;
  Queue& queue = queues_[name];
  const int64_t before = queue.held;
  // Not more than the queues would keep; and no sum of two large numbers.
  queue.held += std::min(count, std::max<int64_t>(0, max_credits_ - queue.held - queue.passed));
  const int64_t passed = Take(&queue);
  held_ += queue.held - before;
  return passed;
}

void CreditWindow::Used(const std::string& name, size_t bytes) {
  Queue& queue = queues_[name];
  queue.passed = std::max<int64_t>(0, queue.passed - 1);
  average_bytes_ = std::max<size_t>(1, (average_bytes_ * (kMemory - 1) + bytes) / kMemory);
}

std::vector<CreditWindow::Pass> CreditWindow::Refill() {
  std::vector<Pass> passes;
  if (held_ == 0) return passes;
  for (auto& [name, queue] : queues_) {
    const int64_t count = Take(&queue);
    if (count == 0) continue;
    held_ -= count;
    passes.push_back(Pass{name, count});
  }
  return passes;
}

}  // namespace pawl::api
