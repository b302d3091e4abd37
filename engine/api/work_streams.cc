#include <algorithm>
#include <utility>

#include "engine/api/work_reactor.h"

namespace pawl::api {

void WorkStreams::Add(std::weak_ptr<WorkReactor> stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(
      std::remove_if(streams_.begin(), streams_.end(), [](const auto& s) { return s.expired(); }),
      streams_.end());
  streams_.push_back(std::move(stream));
}

void WorkStreams::SayGoAway() {
  std::vector<std::weak_ptr<WorkReactor>> streams;
  {
    absl::MutexLock lock(&mutex_);
    streams = streams_;
  }
  for (const auto& weak : streams) {
    if (auto stream = weak.lock()) stream->GoAway();
  }
}

}  // namespace pawl::api
