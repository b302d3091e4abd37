// What is stored, in the terms of the Store interface. Plain data; records are opaque bytes here
// (engine/core encodes and decodes them).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/value/strong_id.h"

namespace pawl::persistence {

// Executions hash (namespace, state machine, name) into slots. The number is fixed for ever.
inline constexpr int kSlotCount = 4096;
using Slot = StrongId<struct SlotTag, int64_t>;  // 0 .. kSlotCount-1

// Slots are owned in ranges, both ends included. All slots unless told otherwise.
struct SlotRange {
  Slot first{0};
  Slot last{kSlotCount - 1};
  friend bool operator==(const SlotRange&, const SlotRange&) = default;
};

// Identifies an execution inside the store: unique for ever within its slot. The owner of the
// slot's range makes the id of (epoch << 32 | counter), so no read and no sequence is needed.
struct ExecutionRef {
  Slot slot;
  int64_t id = 0;
  friend auto operator<=>(const ExecutionRef&, const ExecutionRef&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const ExecutionRef& r) {
    return H::combine(std::move(h), r.slot, r.id);
  }
};

// One range row: who owns it, and the fence.
struct RangeState {
  SlotRange slots;
  std::string owner;  // "" = nobody
  std::string owner_address;
  int64_t epoch = 0;       // grows with every change of owner; the safety
  int64_t batch_seq = 0;   // grows by one with every committed batch
  absl::Time lease_until;  // by the database's clock; liveness only
};

// Who asks for a range.
struct Claim {
  Claim(std::string owner_in, std::string address_in, absl::Duration lease_in,
        std::string dead_owner_in = "")
      : owner(std::move(owner_in)),
        address(std::move(address_in)),
        lease(lease_in),
        dead_owner(std::move(dead_owner_in)) {}
  std::string owner;  // one run of one process (engine/runtime/incarnation.h), not a node's name
  std::string address;
  absl::Duration lease;
  std::string dead_owner;  // known to have ended: its lease need not run out; "" = nobody
};

// AWS's execution statuses.
enum class Status : int8_t {
  kRunning = 1,
  kSucceeded = 2,
  kFailed = 3,
  kTimedOut = 4,
  kAborted = 5
};

// The executions row: identity and what listing needs. Input and output stand in the history.
struct ExecutionRow {
  ExecutionRef ref;
  std::string ns;        // namespace (the account of the ARN)
  std::string machine;   // state machine name
  std::string name;      // execution name, unique within (ns, machine)
  int64_t revision = 0;  // of the machine, fixed at start
  int64_t version = 0;   // that it was started by, directly or through `alias`; 0 = by none
  std::string alias;     // that it was started through; "" = through none
  Status status = Status::kRunning;
  absl::Time start_time;
  absl::Time stop_time = absl::InfiniteFuture();  // InfiniteFuture while open
  // Open executions are resident (loaded at recovery) or parked until wake_at
  // (InfiniteFuture: until something arrives). Meaningless when closed.
  bool parked = false;
  absl::Time wake_at = absl::InfiniteFuture();
  int32_t redrive_count = 0;
  absl::Time redrive_time =
      absl::InfinitePast();  // of the last one; InfinitePast where there is none
  // What is wrong with the stored row; "" where nothing is. Of a damaged row only `ref` and the
  // names are to be believed; bytes of a name that are not UTF-8 are replaced by U+FFFD.
  std::string damage;
};

// A page of history ends here by default.
inline constexpr size_t kHistoryPageBytes = size_t{16} << 20;

// One transition: appended, never changed.
struct HistoryRow {
  ExecutionRef ref;
  int64_t sequence = 0;     // of the transition, 1, 2, 3...
  int64_t first_event = 0;  // id of the first numbered event in it
  int64_t event_count = 0;  // numbered events in it; may be 0
  std::string record;       // encoded events
};

// Written when an execution closes, parks or unparks.
struct ExecutionUpdate {
  ExecutionRef ref;
  Status status = Status::kRunning;
  absl::Time stop_time = absl::InfiniteFuture();
  bool parked = false;
  absl::Time wake_at = absl::InfiniteFuture();
  bool drops_checkpoint = false;  // it is closed: nobody goes on from its checkpoint any more
};

// Written, beside an ExecutionUpdate, when a closed execution is opened again.
struct RedriveUpdate {
  ExecutionRef ref;
  int32_t count = 0;
  absl::Time time;
};

// The encoded state after transition `sequence`; the latest one of an execution is kept.
struct CheckpointRow {
  ExecutionRef ref;
  int64_t sequence = 0;
  std::string state;
};

// Everything one database transaction carries, for one range.
struct CommitBatch {
  SlotRange range;
  int64_t epoch = 0;
  int64_t batch_seq = 0;  // this batch's own number: the row must hold batch_seq - 1
  std::vector<ExecutionRow> starts;
  std::vector<HistoryRow> history;
  std::vector<ExecutionUpdate> updates;
  std::vector<RedriveUpdate> redrives;
  std::vector<CheckpointRow> checkpoints;
};

struct CommitOutcome {
  enum class Kind {
    kCommitted,  // durable
    kNameTaken,  // nothing was written; `taken` names the starts whose (ns, machine, name) exists
    kFenced,     // nothing was written: the range has another epoch or batch_seq; ownership is lost
    kRejected,   // nothing was written; `rejected` is the execution whose rows the database refuses
    kNotCommitted,  // certainly nothing was written (e.g. no connection); the same batch may be
                    // sent again
    kUnknown,  // may or may not be durable: treat as lost ownership, never send the batch again
  };
  Kind kind = Kind::kUnknown;
  std::vector<ExecutionRef> taken;
  absl::optional<ExecutionRef> rejected;
  std::string message;  // for logs; holds no payload
  // What callers are told of kNotCommitted. ResourceExhausted: the disk or a quota is full;
  // DataLoss: a table is missing or damaged, only a restore helps; Unavailable: anything else that
  // may pass.
  absl::StatusCode code = absl::StatusCode::kUnavailable;

  absl::Status ToStatus() const {
    const char* const advice = code == absl::StatusCode::kDataLoss ? "" : "; try again later";
    return absl::Status(code, "the store does not take commits (" + message + ")" + advice);
  }
};

// Other bytes for what a transition or a checkpoint holds: sealed under another key, say.
struct RecordRewrite {
  ExecutionRef ref;
  int64_t sequence = 0;  // of the transition; 0: the checkpoint
  std::string from;
  std::string to;
};

// What is needed to fold one execution: the checkpoint, if any, and the transitions after it.
struct StoredHistory {
  ExecutionRef ref;
  absl::optional<CheckpointRow> checkpoint;
  std::vector<HistoryRow> rows;  // ascending, gapless
  absl::Status status;           // DataLoss where rows are missing; then nothing else counts
};

// Position among parked executions, earliest first: rows strictly after this one.
struct DueCursor {
  absl::Time wake_at = absl::InfinitePast();
  ExecutionRef ref;
};

struct MachineRevision {
  std::string ns;
  std::string name;
  int64_t revision = 0;    // 1, 2, 3... never reused, not even after a delete
  std::string definition;  // the text as given
  std::string role_arn;
  std::string type;          // "STANDARD" or "EXPRESS"
  std::string settings;      // encoded: logging, tracing, encryption
  absl::Time create_time;    // of the machine (its first revision since the last delete)
  absl::Time revision_time;  // of this revision
  // What is wrong with the stored row; "" where nothing is. Only ListMachines returns damaged rows,
  // of which only the names are to be believed.
  std::string damage = {};
};

// A small record of what is configured: the versions and aliases of a machine, an activity, a
// namespace... Opaque here.
struct Document {
  std::string ns;    // "" = of the installation
  std::string kind;  // "machine", "activity"...
  std::string name;  // unique within (ns, kind)
  // Grows by one with every write; a new document has 1. A write must name the number that follows
  // the stored one, so that of two writers who have read the same only one succeeds.
  int64_t revision = 0;
  std::string record;
};

// The kind of a machine's document.
inline constexpr char kMachineDocument[] = "machine";

// Which executions to list. Empty fields do not filter.
struct ListFilter {
  std::string ns;
  std::string machine;  // exact
  int64_t version = 0;  // of `machine`
  std::string alias;    // of `machine`
  std::string name_prefix;
  absl::optional<Status> status;
  absl::Time started_from = absl::InfinitePast();      // inclusive
  absl::Time started_before = absl::InfiniteFuture();  // exclusive
};

// Position in a listing (newest start first): rows strictly after this one.
struct ListCursor {
  absl::Time start_time;
  ExecutionRef ref;
};

}  // namespace pawl::persistence
