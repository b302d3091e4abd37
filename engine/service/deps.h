// What the operations work on. Internal to engine/service.
#pragma once

#include <utility>

#include "engine/runtime/node.h"
#include "engine/service/authorizer.h"
#include "engine/service/call.h"

namespace pawl::service {

// All pointers outlive the service.
struct Deps {
  runtime::Node* node = nullptr;
  const Authorizer* authorizer = nullptr;

  aws::ArnContext arns(const CallContext& context) const {
    return {node->options().region, context.ns};
  }
  absl::Time Now() const { return node->world().clock->Now(); }

  // Runs `work`, a StatusOr<T>(Store&), where it may block; `done` is called on the same thread, so
  // a front may convert a large answer there. DeadlineExceeded if the call's deadline has passed
  // before it is its turn.
  template <typename T, typename Work>
  void RunBlocking(const CallContext& context, runtime::ReadLane lane, Work work,
                   Done<T> done) const {
    node->world().store->Read(
        lane,
        [node = node, deadline = context.deadline, work = std::move(work),
         done = std::move(done)](persistence::Store& store) mutable {
          if (node->world().clock->Now() > deadline) {
            return done(absl::DeadlineExceededError("the call's deadline passed before its turn"));
          }
          done(work(store));
        },
        node->any_strand(), [] {});
  }
};

}  // namespace pawl::service
