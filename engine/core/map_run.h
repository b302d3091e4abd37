// A Distributed Map at work: a Map Run (AWS guide, "Map Runs"). Part of the folded state.
//
// Items come from the state's input or, chunk by chunk, from a reader; each item (or batch) becomes
// a child execution. Only what is at work is kept: the items read and not yet started, and the
// inputs of the running children. That bounds memory, and a crash starts no finished item again:
// whatever is not in `running` and has an index below `next_child` has ended, or waits to be
// redriven.
//
// A run that ended without success may be redriven with its execution (map_run_redrive.cc). Of its
// unsuccessful children it remembers two bits each; what they were given is read again from the
// history, a chunk at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/core/child_marks.h"
#include "engine/core/event.h"
#include "engine/core/execution_status.h"
#include "engine/value/payload.h"

namespace pawl::core {

struct MapChild {
  Payload input;
  int64_t items = 1;         // of its batch
  int64_t sequence = 0;      // Execution::sequence() when it was started
  bool is_redriven = false;  // it was at work before the last redrive
};

struct MapRun {
  int64_t ordinal = 0;  // of the Map Runs of the execution, from 0
  std::string state;    // its name
  std::string label;
  absl::Time started_at;
  // What the state's fields gave when the run began: members "Reader" (absent: items from the
  // input), "MaxItemsPerBatch" and "MaxInputBytesPerBatch" (absent: no batches; 0 = no limit),
  // "BatchInput", "Writer" (absent: the results are the state's) and "MaxResultBytes".
  Payload config;
  std::string cursor;        // where the reader goes on
  bool is_keyed = false;     // the items are members of an object, as {"Key", "Value"}
  bool is_exhausted = true;  // all items have been read
  int64_t batch_items = 0;   // at most so many items in a batch; 0 = no limit
  int64_t batch_bytes = 0;
  bool is_batched = false;
  Payload items;  // read; those from `next_item` on are not yet started
  int64_t next_item = 0;
  int64_t items_taken = 0;  // items of the children started so far
  int64_t next_child = 0;
  MapRunLimits limits;
  bool has_writer = false;  // which takes the results from the history
  std::map<int64_t, MapChild> running;
  size_t running_bytes = 0;      // of the inputs of `running`, about
  StatusCounts children;         // that have ended
  StatusCounts items_ended;      // theirs
  std::vector<Payload> results;  // by child, without a writer; absent for failed ones
  int64_t result_bytes = 0;
  int64_t max_result_bytes = 0;
  int32_t redrive_count = 0;
  absl::Time redriven_at = absl::InfinitePast();  // last
  ChildMarks unsuccessful;                        // children that have ended since then
  // Children that wait to be redriven, by what they had ended with; `children` and `items_ended`
  // do not count them.
  ChildMarks pending;
  StatusCounts pending_children;
  StatusCounts pending_items;
  std::map<int64_t, MapChild> at_hand;  // the first of `pending`, with their inputs
  size_t at_hand_bytes = 0;
  int64_t not_redrivable_children = 0;  // of those that have ended
  int64_t not_redrivable_items = 0;

  int64_t ItemsWaiting() const {
    return items ? static_cast<int64_t>(items.value().AsArray().size()) - next_item : 0;
  }
  // Then nothing of the results is kept, and the state will fail.
  bool HasTooLargeResults() const { return result_bytes > max_result_bytes; }
  // Takes the numbers out of `config`.
  void ReadConfig();

  // Folding (map_run_fold.cc).
  void Fold(const MapRunStarted& details, absl::Time now);
  void Fold(const MapItemsRead& details);
  void Fold(const MapChildrenStarted& details, int64_t execution_sequence);
  void Fold(const MapChildEnded& details);
  // map_run_redrive.cc.
  void Fold(const MapRunRedriven& details, absl::Time now);
  void Fold(const MapChildrenRead& details);
  void Fold(const MapChildrenRedriven& details, int64_t execution_sequence);

  bool HasPending() const { return !pending.IsEmpty(); }
  // The first child that waits to be redriven and has not been read; kNone where all have.
  int64_t NextToRead() const {
    return pending.Next(at_hand.empty() ? 0 : at_hand.rbegin()->first + 1);
  }
  // As above, at most `limit`, where it is time to read more.
  std::vector<int64_t> ChildrenToRead(size_t limit) const;
  // False where AWS starts a new run in its place (AWS guide, "Redriving Map Runs").
  bool CanBeRedriven(const ErrorAndCause& failure) const;

  // The next chunk is read while the last one is worked at.
  bool WantsItems() const {
    return !is_exhausted && ItemsWaiting() < std::max<int64_t>(500, batch_items);
  }
  // As far as it is known: all items once the reader has come to the end.
  int64_t TotalItems() const { return items_taken + ItemsWaiting(); }
  int64_t FailedItems() const { return items_ended.Unsuccessful(); }
};

// A Map Run as it is shown, also after its end.
struct MapRunSummary {
  int64_t ordinal = 0;
  std::string state;
  std::string label;
  ExecutionStatus status = ExecutionStatus::kRunning;
  absl::Time started_at;
  absl::Time stopped_at = absl::InfiniteFuture();
  MapRunLimits limits;
  StatusCounts children;
  StatusCounts items;  // of children; those that have been read and wait to be started:
  int64_t items_pending = 0;
  int32_t redrive_count = 0;
  absl::Time redriven_at = absl::InfinitePast();
  int64_t children_pending_redrive = 0;  // while it runs; `children` does not count them
  int64_t items_pending_redrive = 0;
  int64_t children_not_redrivable = 0;
  int64_t items_not_redrivable = 0;
};
// Children that still run count as RUNNING or, where the run has ended, as ABORTED.
MapRunSummary Summarize(const MapRun& run, ExecutionStatus status, absl::Time stopped_at);

}  // namespace pawl::core
