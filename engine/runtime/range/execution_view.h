// A committed execution as a value: what describes, watchers and relatives are told of it.
//
//   node.View(ref, {.open_states = true}, [](absl::StatusOr<ExecutionView> view) { ... });
//
// Built on the range's strand, because the folded state may be touched only there. Payloads are
// shared, not copied, so a view is cheap whatever the execution holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/core/execution.h"
#include "engine/runtime/range/live_execution.h"
#include "engine/runtime/range/open_states.h"
#include "persistence/types.h"

namespace pawl::runtime {

// The parts of a view that cost work proportional to the execution's size, or that few callers
// want.
struct ViewParts {
  bool open_states = false;
  bool map_runs = false;
  // Fills ExecutionView::awaits_child for the child with this link to the execution.
  absl::optional<core::ParentLink> child = absl::nullopt;
};

struct MapRunView {
  core::MapRunSummary summary;
  std::string arn;
};

struct ExecutionView {
  persistence::ExecutionRow row;
  std::string arn;
  std::string machine_arn;
  std::string role_arn;
  // Of the folded state. An EXPRESS execution stores only its start and its end: after its end only
  // `row` knows that it has ended.
  core::ExecutionStatus status = core::ExecutionStatus::kRunning;
  absl::Time stop_time = absl::InfiniteFuture();  // InfiniteFuture while open
  Payload input;
  Payload output;  // of a succeeded execution
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
  int64_t history_events = 0;  // numbered events
  absl::optional<core::ParentLink> parent;
  std::vector<OpenState> open_states;  // if asked for; outer states before inner ones
  std::vector<MapRunView> map_runs;    // if asked for; newest first
  bool awaits_child = false;           // if asked for

  bool is_closed() const { return status != core::ExecutionStatus::kRunning; }
};

// NotFound, DataLoss (the stored execution does not fold), Unavailable. Called on the strand of the
// execution's range; must not block.
using ViewCallback = absl::AnyInvocable<void(absl::StatusOr<ExecutionView>)>;

// Call it on the strand that owns `live`.
ExecutionView MakeView(const LiveExecution& live, const ViewParts& parts, const TaskQueues& queues);

// A finished execution that was never stored: the end of a synchronous EXPRESS call.
ExecutionView MakeView(const core::Execution& state);

}  // namespace pawl::runtime
