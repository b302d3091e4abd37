#include "engine/host_lanes.h"

#include <utility>

namespace pawl {

void HostLanes::Enter(const std::string& host, Start start) {
  std::vector<Start> started;
  {
    absl::MutexLock lock(&mutex_);
    Lane& lane = lanes_[host];
    lane.waiting.push_back(std::move(start));
    TakeTurn(host, &lane);
    started = Next();
  }
  for (const Start& one : started) one();
}

void HostLanes::Leave(const std::string& host) {
  std::vector<Start> started;
  {
    absl::MutexLock lock(&mutex_);
    --running_;
    const auto lane = lanes_.find(host);
    --lane->second.running;
    TakeTurn(host, &lane->second);
    if (lane->second.running == 0 && lane->second.waiting.empty()) lanes_.erase(lane);
    started = Next();
  }
  for (const Start& one : started) one();
}

void HostLanes::TakeTurn(const std::string& host, Lane* lane) {
  if (lane->is_in_turn || lane->waiting.empty() || lane->running >= per_host_) return;
  lane->is_in_turn = true;
  turns_.push_back(host);
}

std::vector<HostLanes::Start> HostLanes::Next() {
  std::vector<Start> started;
  while (running_ < total_ && !turns_.empty()) {
    const std::string host = std::move(turns_.front());
    turns_.pop_front();
    Lane& lane = lanes_.at(host);
    lane.is_in_turn = false;
    started.push_back(std::move(lane.waiting.front()));
    lane.waiting.pop_front();
    ++lane.running;
    ++running_;
    TakeTurn(host, &lane);
  }
  return started;
}

int HostCredits::TaskCame(const std::string& host) {
  if (++tasks_[host] <= per_host_) return 0;
  if (without_credit_ >= max_waiting_) {
    ++withheld_;
    return 0;
  }
  ++without_credit_;
  return 1;
}

int HostCredits::TaskEnded(const std::string& host) {
  const auto tasks = tasks_.find(host);
  const bool was_beyond = tasks->second > per_host_;
  if (--tasks->second == 0) tasks_.erase(tasks);
  // Its credit goes to the next task of the host, which had none.
  if (!was_beyond) return 1;
  if (withheld_ > 0) {
    --withheld_;
    return 1;
  }
  --without_credit_;
  return 0;
}

}  // namespace pawl
