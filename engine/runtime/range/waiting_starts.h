// Starts that wait for a batch with room, and what they take of the node's limits meanwhile.
// Touched only from the range's strand.
#pragma once

#include <deque>
#include <utility>

#include "engine/runtime/range/node_load.h"
#include "engine/runtime/range/requests.h"
#include "engine/runtime/world/memory_budget.h"

namespace pawl::runtime {

class WaitingStarts {
 public:
  struct Start {
    StartRequest request;
    StartCallback done;
  };

  WaitingStarts(MemoryBudget* memory, NodeLoad* load)
      : bytes_(memory, MemoryBudget::Use::kWaiting),
        resident_(&load->resident),
        pending_(&load->pending) {}

  bool empty() const { return starts_.empty(); }

  void Push(StartRequest request, StartCallback done) {
    bytes_.Add(WeightOf(request));
    resident_.Add(1);
    pending_.Add(1);
    starts_.push_back({std::move(request), std::move(done)});
  }

  // The first that came; there is one.
  Start Pop() {
    Start start = std::move(starts_.front());
    starts_.pop_front();
    bytes_.Remove(WeightOf(start.request));
    resident_.Remove(1);
    pending_.Remove(1);
    return start;
  }

  std::deque<Start> TakeAll() {
    bytes_.Remove(bytes_.bytes());
    resident_.Clear();
    pending_.Clear();
    return std::exchange(starts_, {});
  }

 private:
  static size_t WeightOf(const StartRequest& request) {
    return PayloadWeight(request.input.held_bytes());
  }

  std::deque<Start> starts_;
  MemoryShare bytes_;
  LoadShare resident_;
  LoadShare pending_;
};

}  // namespace pawl::runtime
