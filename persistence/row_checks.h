// Checks that need no database: what every store refuses alike before a statement is sent, and what
// every store verifies after rows were read.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "persistence/types.h"

namespace pawl::persistence {

// A record or checkpoint above this is refused (kRejected). PostgreSQL's bytea ends at 1 GiB, and
// its text form, in which rows are read back, takes two bytes for each.
inline constexpr size_t kMaxRecordBytes = size_t{256} << 20;

// Whether a text column can hold it in every database: valid UTF-8 without NUL.
bool IsStorableText(absl::string_view text);

// `text` with U+FFFD in the place of each byte that makes it not storable.
std::string RepairedText(absl::string_view text);

// The refusal of a batch that no database could store: slots outside its range, text that is not
// storable, records above kMaxRecordBytes. None for a sound batch.
absl::optional<CommitOutcome> RefuseBatch(const CommitBatch& batch);

// InvalidArgument where a text of the revision is not storable.
absl::Status CheckRevision(const MachineRevision& revision);

// InvalidArgument where a name of the document is not storable or its revision is below 1.
absl::Status CheckDocument(const Document& document);

// DataLoss unless the rows go on gapless from the checkpoint (from 1 without one).
absl::Status CheckGapless(const StoredHistory& history);

// The size of its records and its checkpoint.
size_t BytesOf(const StoredHistory& history);

// The rows of which the later ones of the same execution replace the earlier ones (updates and
// checkpoints): pointers to the last of each, in order of first appearance.
template <typename Row>
std::vector<const Row*> LastPerExecution(const std::vector<Row>& rows);

extern template std::vector<const ExecutionUpdate*> LastPerExecution(
    const std::vector<ExecutionUpdate>&);
extern template std::vector<const RedriveUpdate*> LastPerExecution(
    const std::vector<RedriveUpdate>&);
extern template std::vector<const CheckpointRow*> LastPerExecution(
    const std::vector<CheckpointRow>&);

// For messages: "slot 17 id 4294967297", "slots 0-4095".
std::string DebugString(const ExecutionRef& ref);
std::string DebugString(const SlotRange& range);

// All slots cut into `count` ranges of nearly the same size; for a new store.
std::vector<SlotRange> EvenRanges(int count);

}  // namespace pawl::persistence
