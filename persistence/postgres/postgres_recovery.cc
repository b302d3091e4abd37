// Histories for recovery, read in portions that are bounded by bytes on the server's side.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/postgres/binary_format.h"
#include "persistence/postgres/postgres_store_impl.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

constexpr size_t kMostExecutions = 256;  // asked for by one statement
constexpr int64_t kPortionRows = 1'000;
constexpr int64_t kPortionBytes = int64_t{4} << 20;  // and one row; twice that as text
constexpr int64_t kNotBegun = -1;

// Of each execution its checkpoint, which is the row with the sequence that it stands for, and the
// transitions after it, or after the sequence that a portion before has come to. The sizes are
// added up without reading what is large. The bounds hold for all executions together; nothing was
// left out of an answer that stays below both.
constexpr char kPortion[] =
    "SELECT ordinal, is_checkpoint, sequence, first_event, event_count, record FROM ("
    "SELECT *, sum(octet_length(record)) OVER (ORDER BY ordinal, sequence "
    "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM ("
    "SELECT r.ordinal, found.* FROM unnest($1::int4[], $2::int8[], $3::int8[]) "
    "WITH ORDINALITY AS r (slot, id, after, ordinal) CROSS JOIN LATERAL ("
    "(SELECT true AS is_checkpoint, c.sequence, 0::int8 AS first_event, 0::int8 AS event_count, "
    "c.state AS record FROM @.checkpoints c "
    "WHERE c.slot = r.slot AND c.execution_id = r.id AND r.after < 0) UNION ALL "
    "(SELECT false, h.sequence, h.first_event, h.event_count, h.record FROM @.history h "
    "WHERE h.slot = r.slot AND h.execution_id = r.id AND h.sequence > CASE WHEN r.after >= 0 "
    "THEN r.after ELSE coalesce((SELECT c.sequence FROM @.checkpoints c "
    "WHERE c.slot = r.slot AND c.execution_id = r.id), 0) END "
    "ORDER BY h.sequence LIMIT $4::int8)) AS found "
    "ORDER BY r.ordinal, found.sequence LIMIT $4::int8) AS portion) AS sized "
    "WHERE before IS NULL OR before < $5::int8 ORDER BY ordinal, sequence";

// Takes one row of a portion over and returns its bytes; a row that cannot be read is noted in the
// history's status.
int64_t AddRow(const SqlRows& rows, int row, StoredHistory* stored) {
  HistoryColumns columns;
  columns.sequence = rows.OptionalInt(row, 2);
  columns.first_event = rows.OptionalInt(row, 3);
  columns.event_count = rows.OptionalInt(row, 4);
  columns.record = rows.OptionalBytes(row, 5);
  const int64_t bytes =
      columns.record.has_value() ? static_cast<int64_t>(columns.record->size()) : 0;
  const bool is_checkpoint = rows.Text(row, 1) == "t";
  // A checkpoint may stand before the first transition.
  if (is_checkpoint && columns.sequence == 0 && columns.record.has_value()) {
    stored->checkpoint = CheckpointRow{stored->ref, 0, *std::move(columns.record)};
    return bytes;
  }
  absl::StatusOr<HistoryRow> history = HistoryFromColumns(stored->ref, std::move(columns));
  if (!history.ok()) {
    if (stored->status.ok()) stored->status = history.status();
  } else if (is_checkpoint) {
    stored->checkpoint = CheckpointRow{stored->ref, history->sequence, std::move(history->record)};
  } else if (stored->status.ok()) {
    stored->rows.push_back(*std::move(history));
  }
  return bytes;
}

// The histories of one call, and how far they were read.
class Loading {
 public:
  Loading(const std::vector<ExecutionRef>& refs, size_t max_bytes)
      : refs_(refs), max_bytes_(max_bytes) {}

  bool is_done() const {
    return result_.size() == refs_.size() || (bytes_ > max_bytes_ && !is_inside_);
  }

  std::vector<std::string> Parameters() {
    asked_ = std::min(width_, refs_.size() - result_.size());
    Column slots(ColumnType::kInt), ids(ColumnType::kBigint), after(ColumnType::kBigint);
    for (size_t i = 0; i < asked_; ++i) {
      const ExecutionRef& ref = refs_[result_.size() + i];
      slots.Add(ref.slot.value());
      ids.Add(ref.id);
      after.Add(i == 0 && is_inside_ ? after_ : kNotBegun);
    }
    return {slots.BinaryArray(), ids.BinaryArray(), after.BinaryArray(), BinaryInt(kPortionRows),
            BinaryInt(kPortionBytes)};
  }

  void Take(const SqlRows& rows) {
    int64_t bytes = 0;
    size_t done = 0;
    for (int row = 0; row < rows.size(); ++row) {
      const auto ordinal = static_cast<size_t>(rows.Int(row, 0));
      for (; done + 1 < ordinal; ++done) Finish();
      Begin();
      bytes += AddRow(rows, row, &current_);
      after_ = rows.Int(row, 2);
    }
    if (rows.size() < kPortionRows && bytes < kPortionBytes) {
      for (; done < asked_; ++done) Finish();
      width_ = std::min(kMostExecutions, width_ * 2);
    } else {
      // Cut somewhere inside the last one. What the next statement looks at is what it can use.
      width_ = std::max<size_t>(1, done);
    }
  }

  std::vector<StoredHistory> Result() { return std::move(result_); }

 private:
  void Begin() {
    if (is_inside_) return;
    current_ = StoredHistory();
    current_.ref = refs_[result_.size()];
    is_inside_ = true;
  }
  void Finish() {
    Begin();
    if (current_.status.ok()) current_.status = CheckGapless(current_);
    bytes_ += BytesOf(current_);
    result_.push_back(std::move(current_));
    is_inside_ = false;
  }

  const std::vector<ExecutionRef>& refs_;
  const size_t max_bytes_;
  std::vector<StoredHistory> result_;
  size_t bytes_ = 0;  // of result_
  StoredHistory current_;
  bool is_inside_ = false;  // current_ has rows and may get more, those above after_
  int64_t after_ = kNotBegun;
  size_t asked_ = 0;
  size_t width_ = kMostExecutions;
};

}  // namespace

absl::StatusOr<std::vector<StoredHistory>> PostgresStore::LoadHistories(
    const std::vector<ExecutionRef>& refs, size_t max_bytes) {
  reads_.fetch_add(1, std::memory_order_relaxed);
  Loading loading(refs, max_bytes);
  while (!loading.is_done()) {
    const std::vector<std::string> parameters = loading.Parameters();
    absl::Status status = bulk_.Use(/*is_repeatable=*/true, [&](Session& session) -> absl::Status {
      SqlRows rows;
      if (const auto failure = session.RunPrepared(Qualified(kPortion), parameters, &rows)) {
        return failure->ToStatus();
      }
      loading.Take(rows);
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
  }
  return loading.Result();
}

}  // namespace pawl::persistence
