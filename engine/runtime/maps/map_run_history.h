// What the history of an execution tells of one of its Map Runs.
//
//   MapRunHistory history(&store, ref, ordinal, MapRunHistory::Place());
//   status = history.Read([](const core::Event& event) { ...; return true; });
//
// Thread-compatible; blocks on the store.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/core/decide.h"
#include "engine/core/event.h"
#include "engine/core/execution.h"
#include "persistence/store.h"

namespace pawl::runtime {

class MapRunHistory {
 public:
  // Where reading stands, between two transitions.
  struct Place {
    int64_t sequence = 1;    // of the next transition
    int64_t map_runs = 0;    // that began before it
    bool is_inside = false;  // the run has begun, and no other one in its frame
    core::FrameId frame = core::kNoFrame;
    // Of the first child that starts there or later; known where reading has come to it.
    int64_t first_child = 0;
  };

  MapRunHistory(persistence::Store* store, persistence::ExecutionRef ref, int64_t map_run,
                const Place& from)
      : store_(*store), ref_(ref), map_run_(map_run), place_(from) {}

  // Hands the run's events to `see` in their order, until that returns false. DataLoss,
  // Unavailable.
  absl::Status Read(absl::FunctionRef<bool(const core::Event&)> see);
  // Of the transition whose event was seen last.
  const Place& place() const { return place_; }

 private:
  // False where `see` wants no more.
  bool ReadTransition(const std::vector<core::Event>& events,
                      absl::FunctionRef<bool(const core::Event&)> see);
  bool IsOurs(const core::Event& event);

  persistence::Store& store_;
  const persistence::ExecutionRef ref_;
  const int64_t map_run_;
  Place place_;  // before the transition at work
  Place now_;    // within it
};

// What the children were given that a redriven Map Run asks for: those named first, up to about
// 1 MiB, one at least. `place` is where an earlier call left off (a default one reads from the
// beginning), and is moved on. DataLoss, Unavailable.
absl::StatusOr<core::ChildrenRead> ReadChildren(persistence::Store* store,
                                                persistence::ExecutionRef ref,
                                                const core::ChildrenToRead& wanted,
                                                MapRunHistory::Place* place);

}  // namespace pawl::runtime
