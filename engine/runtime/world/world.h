// The world as the runtime sees it: time, a thread to be on, a store that answers later, random
// seeds. Production gives it threads (threads.h), tests and the simulation one thread and virtual
// time (virtual_world.h); the runtime cannot tell which.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "engine/core/listener.h"
#include "engine/objects/object_store.h"
#include "persistence/store.h"

namespace pawl::runtime {

using Work = absl::AnyInvocable<void()>;

// Two times. Intervals, time-outs and leases are measured by the steady one, which no step of the
// wall clock touches; what is recorded and shown is wall-clock time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time. May step either way: whoever needs order takes the maximum with what was seen
  // before.
  virtual absl::Time Now() const = 0;
  // Since some moment in the past. Never steps, never runs backwards.
  virtual absl::Duration Steady() const = 0;
};

// One piece of work that runs on its strand at a time that may be moved. Used on its strand only.
class Alarm {
 public:
  // Cancels.
  virtual ~Alarm() = default;
  // Runs once, `at` by Clock::Steady, instead of at the time set before; InfiniteDuration: never.
  virtual void Set(absl::Duration at) = 0;
};

// One logical thread. Work runs one at a time, in the order it was posted; so what is only touched
// from a strand needs no lock. Thread-safe.
class Strand {
 public:
  virtual ~Strand() = default;
  virtual void Post(Work work) = 0;
  // Runs not before `delay` has passed on the steady clock. There is no way to cancel: whoever gets
  // it asks whether it still matters. What is moved often takes an Alarm.
  virtual void PostAfter(absl::Duration delay, Work work) = 0;
  virtual std::unique_ptr<Alarm> NewAlarm(Work work) = 0;
  // From inside a piece of work that takes long: the work stops being the strand's, and the strand
  // goes on without it. From then on the work must touch nothing that belongs to the strand; it
  // posts what has come of it. False where the strand cannot spare it: then nothing has changed.
  virtual bool Leave() = 0;
};

// What a read is for. Each lane has threads and a queue of its own, so that a slow class holds up
// no other.
enum class ReadLane {
  kOwnership,  // ranges and leases
  kCall,       // a row or a few: looked up while somebody waits
  kList,       // listings and counts
  kBulk,       // histories: recovery, folding, followers, results of Map Runs
};

// The store, without blocking the strand that asks.
class StoreAccess {
 public:
  virtual ~StoreAccess() = default;
  // `done` is posted to `strand`. One commit of a range at a time.
  virtual void Commit(std::shared_ptr<const persistence::CommitBatch> batch, Strand* strand,
                      absl::AnyInvocable<void(persistence::CommitOutcome)> done) = 0;
  // Runs `work` where it may block, in any order with others, then posts `done` to `strand`.
  virtual void Read(ReadLane lane, absl::AnyInvocable<void(persistence::Store&)> work,
                    Strand* strand, Work done) = 0;
  virtual persistence::Store& store() = 0;
};

// Threads for what blocks or computes long and is no database: object stores, HTTP, expressions.
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
  Blocking* slow = nullptr;                 // decisions that have proven slow
  objects::ObjectStore* objects = nullptr;  // of Distributed Maps; may be null
  std::function<uint64_t()> seed;           // fresh unpredictable bits; thread-safe
  core::Listener* listener = nullptr;       // of tests; called on the executions' strands
  // Whether the process that had this incarnation id (incarnation.h) has certainly ended. Null:
  // never known.
  std::function<bool(const std::string&)> is_dead;
};

}  // namespace pawl::runtime
