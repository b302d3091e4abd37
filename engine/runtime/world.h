// The world as the runtime sees it: time, a thread to be on, a store that answers later, random
// seeds. Production gives it threads (threads.h), tests and the simulation one thread and virtual
// time (virtual_world.h); the runtime cannot tell which.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "engine/core/listener.h"
#include "engine/objects/object_store.h"
#include "persistence/store.h"

namespace pawl::runtime {

using Work = absl::AnyInvocable<void()>;

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time. May step back: whoever needs order takes the maximum with what was seen
  // before.
  virtual absl::Time Now() const = 0;
};

// One logical thread. Work runs one at a time, in the order it was posted; so what is only touched
// from a strand needs no lock. Thread-safe.
class Strand {
 public:
  virtual ~Strand() = default;
  virtual void Post(Work work) = 0;
  // Runs not before `time` by the Clock. There is no way to cancel: whoever gets it asks whether it
  // still matters.
  virtual void PostAt(absl::Time time, Work work) = 0;
};

// The store, without blocking the strand that asks.
class StoreAccess {
 public:
  virtual ~StoreAccess() = default;
  // `done` is posted to `strand`. One commit of a range at a time.
  virtual void Commit(std::shared_ptr<const persistence::CommitBatch> batch, Strand* strand,
                      absl::AnyInvocable<void(persistence::CommitOutcome)> done) = 0;
  // Runs `work` where it may block, in any order with others, then posts `done` to `strand`.
  virtual void Read(absl::AnyInvocable<void(persistence::Store&)> work, Strand* strand,
                    Work done) = 0;
  virtual persistence::Store& store() = 0;
};

// Threads for what blocks and is no database: object stores, HTTP.
class Blocking {
 public:
  virtual ~Blocking() = default;
  // Runs `work` where it may block, in any order with others, then posts `done` to `strand`.
  virtual void Run(Work work, Strand* strand, Work done) = 0;
};

struct WorldRef {
  Clock* clock = nullptr;
  StoreAccess* store = nullptr;
  Blocking* blocking = nullptr;
  objects::ObjectStore* objects = nullptr;  // of Distributed Maps; may be null
  std::function<uint64_t()> seed;           // fresh random bits; thread-safe
  core::Listener* listener = nullptr;       // of tests; called on the executions' strands
};

}  // namespace pawl::runtime
