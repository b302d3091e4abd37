#include "persistence/postgres/commit_lane.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "persistence/postgres/sql_state.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

using Kind = CommitOutcome::Kind;
using RefSet = absl::flat_hash_set<ExecutionRef>;

// Up to here the round trips that are saved weigh more than the text that the server has to parse.
constexpr size_t kSmallRows = 4;
constexpr size_t kSmallBytes = size_t{16} << 10;
// Above this the statement's time limit grows with the bytes: a slow server compresses about so
// many a second.
constexpr size_t kLargeBytes = size_t{8} << 20;
constexpr size_t kBytesPerSecond = size_t{4} << 20;

size_t BytesOf(const CommitBatch& batch) {
  size_t bytes = 0;
  for (const HistoryRow& row : batch.history) bytes += row.record.size();
  for (const CheckpointRow& row : batch.checkpoints) bytes += row.state.size();
  return bytes;
}

bool IsSmall(const CommitBatch& batch) {
  const size_t rows =
      batch.starts.size() + batch.history.size() + batch.updates.size() + batch.checkpoints.size();
  if (rows > kSmallRows) return false;
  return BytesOf(batch) <= kSmallBytes;
}

CommitOutcome OutcomeOf(Kind kind, std::string message) {
  CommitOutcome outcome;
  outcome.kind = kind;
  outcome.message = std::move(message);
  return outcome;
}

std::string Describe(const SqlFailure& failure) {
  return std::string(failure.ToStatus().message());
}

CommitOutcome NotCommitted(const SqlFailure& failure) {
  CommitOutcome outcome = OutcomeOf(Kind::kNotCommitted, Describe(failure));
  outcome.code = SqlCommitCode(failure.state);
  return outcome;
}

bool LeavesTheConnection(const SqlFailure& failure) {
  if (failure.is_connection_lost) return false;
  const SqlClass meaning = ClassifySqlState(failure.state);
  return meaning == SqlClass::kRetry || meaning == SqlClass::kFull || meaning == SqlClass::kTimeout;
}

template <typename Row>
void CollectRefs(const std::vector<Row>& rows, RefSet* seen, std::vector<ExecutionRef>* refs) {
  for (const Row& row : rows) {
    if (seen->insert(row.ref).second) refs->push_back(row.ref);
  }
}

std::vector<ExecutionRef> RefsOf(const CommitBatch& batch) {
  RefSet seen;
  std::vector<ExecutionRef> refs;
  CollectRefs(batch.starts, &seen, &refs);
  CollectRefs(batch.history, &seen, &refs);
  CollectRefs(batch.updates, &seen, &refs);
  CollectRefs(batch.checkpoints, &seen, &refs);
  return refs;
}

template <typename Row>
std::vector<Row> RowsOf(const std::vector<Row>& rows, const RefSet& refs) {
  std::vector<Row> result;
  for (const Row& row : rows) {
    if (refs.contains(row.ref)) result.push_back(row);
  }
  return result;
}

}  // namespace

CommitOutcome CommitLane::Commit(const CommitBatch& batch, int* statements) {
  statements_ = statements;
  if (session_ == nullptr) {
    auto session = Session::Connect(url_, Session::Purpose::kCommit, limits_);
    if (!session.ok()) {
      return OutcomeOf(Kind::kNotCommitted, std::string(session.status().message()));
    }
    session_ = *std::move(session);
  }
  Written written = IsSmall(batch) ? WriteTogether(batch) : WriteInSteps(batch);
  if (written.kind == Written::Kind::kAll) return SendCommit();
  return GiveUp(batch, std::move(written));
}

CommitLane::Written CommitLane::WriteTogether(const CommitBatch& batch) {
  const std::vector<RowStatement> statements = RowStatements(batch);
  std::vector<std::string> texts = {"BEGIN", texts_->FenceAsText(batch)};
  for (const RowStatement& statement : statements) texts.push_back(texts_->AsText(statement));
  *statements_ += static_cast<int>(texts.size());
  std::vector<SqlRows> rows;
  const auto failure = session_->RunTogether(texts, &rows);
  // What was sent behind a fence that did not hold may fail for that reason only.
  if (rows.size() > 1 && rows[1].affected() != 1) return {Written::Kind::kFenced, {}, {}};
  if (failure.has_value()) return Failed(*failure);
  for (size_t i = 0; i < statements.size(); ++i) {
    Written written = CheckRows(statements[i], rows[i + 2], batch);
    if (written.kind != Written::Kind::kAll) return written;
  }
  return {};
}

// A batch of hundreds of megabytes is given the time that it takes, or it would never be committed.
std::string CommitLane::BeginText(const CommitBatch& batch) const {
  const size_t bytes = BytesOf(batch);
  if (bytes <= kLargeBytes || limits_.statement <= absl::ZeroDuration()) return "BEGIN";
  const absl::Duration limit =
      limits_.statement + absl::Seconds(static_cast<int64_t>(bytes / kBytesPerSecond));
  return absl::StrCat("BEGIN; SET LOCAL statement_timeout = ", absl::ToInt64Milliseconds(limit));
}

CommitLane::Written CommitLane::WriteInSteps(const CommitBatch& batch) {
  *statements_ += 2;
  if (auto failure = session_->Run(BeginText(batch))) return Failed(*std::move(failure));
  SqlRows rows;
  if (auto failure =
          session_->RunPrepared(texts_->fence(), StatementTexts::FenceParameters(batch), &rows)) {
    return Failed(*std::move(failure));
  }
  if (rows.affected() != 1) return {Written::Kind::kFenced, {}, {}};
  return WriteRows(RowStatements(batch), batch);
}

CommitLane::Written CommitLane::WriteRows(const std::vector<RowStatement>& statements,
                                          const CommitBatch& batch) {
  for (const RowStatement& statement : statements) {
    std::vector<std::string> parameters;
    parameters.reserve(statement.columns.size());
    for (const Column& column : statement.columns) parameters.push_back(column.BinaryArray());
    ++*statements_;
    SqlRows rows;
    if (auto failure = session_->RunPrepared(texts_->Prepared(statement.kind), parameters, &rows)) {
      return Failed(*std::move(failure));
    }
    Written written = CheckRows(statement, rows, batch);
    if (written.kind != Written::Kind::kAll) return written;
  }
  return {};
}

CommitLane::Written CommitLane::Failed(SqlFailure failure) {
  const bool is_refusal =
      !failure.is_connection_lost && ClassifySqlState(failure.state) == SqlClass::kData;
  return {is_refusal ? Written::Kind::kRefused : Written::Kind::kFailed, {}, std::move(failure)};
}

CommitLane::Written CommitLane::CheckRows(const RowStatement& statement, const SqlRows& rows,
                                          const CommitBatch& batch) {
  Written written;
  const auto sent = static_cast<int64_t>(statement.rows());
  if (statement.kind == RowStatement::Kind::kStarts && rows.size() != sent) {
    RefSet inserted;
    for (int i = 0; i < rows.size(); ++i) {
      inserted.insert({Slot(rows.Int(i, 0)), rows.Int(i, 1)});
    }
    for (const ExecutionRow& row : batch.starts) {
      if (!inserted.contains(row.ref)) written.taken.push_back(row.ref);
    }
    written.kind = Written::Kind::kTaken;
  } else if (statement.kind == RowStatement::Kind::kUpdates && rows.affected() != sent) {
    written.kind = Written::Kind::kRefused;
    written.failure.message = "there is no such execution to update";
    written.failure.state = "02000";  // no_data
  }
  return written;
}

CommitOutcome CommitLane::SendCommit() {
  const int notices = session_->notices();
  ++*statements_;
  const auto failure = session_->Run("COMMIT");
  if (!failure.has_value() && session_->notices() == notices) {
    return OutcomeOf(Kind::kCommitted, "");
  }
  session_.reset();
  if (!failure.has_value()) {
    // "The transaction has already committed locally, but might not have been replicated to the
    // standby", in the server's language.
    return OutcomeOf(Kind::kUnknown, "postgres: the server has warned about the COMMIT");
  }
  const bool is_rolled_back = !failure->is_connection_lost && ProvesRollback(failure->state);
  return is_rolled_back ? NotCommitted(*failure) : OutcomeOf(Kind::kUnknown, Describe(*failure));
}

CommitOutcome CommitLane::GiveUp(const CommitBatch& batch, Written written) {
  switch (written.kind) {
    case Written::Kind::kAll:
      break;
    case Written::Kind::kFenced:
      RollBack();
      return OutcomeOf(Kind::kFenced,
                       absl::StrCat(DebugString(batch.range), ": no range with epoch ", batch.epoch,
                                    " and batch_seq ", batch.batch_seq - 1));
    case Written::Kind::kTaken: {
      RollBack();
      CommitOutcome outcome = OutcomeOf(Kind::kNameTaken, "");
      outcome.taken = std::move(written.taken);
      return outcome;
    }
    case Written::Kind::kRefused:
      RollBack();
      return FindRefused(batch, written.failure);
    case Written::Kind::kFailed:
      // COMMIT was not sent, so whatever has happened, the server rolls back. A standby stays one
      // on this connection; and a connection that was announced to end is not waited for.
      if (LeavesTheConnection(written.failure)) {
        RollBack();
      } else {
        session_.reset();
      }
      break;
  }
  return NotCommitted(written.failure);
}

void CommitLane::RollBack() {
  ++*statements_;
  if (session_->Run("ROLLBACK").has_value()) session_.reset();
}

CommitLane::Written CommitLane::Probe(const CommitBatch& batch,
                                      const std::vector<ExecutionRef>& refs) {
  const RefSet wanted(refs.begin(), refs.end());
  CommitBatch part;
  part.starts = RowsOf(batch.starts, wanted);
  part.history = RowsOf(batch.history, wanted);
  part.updates = RowsOf(batch.updates, wanted);
  part.checkpoints = RowsOf(batch.checkpoints, wanted);
  if (session_ == nullptr) {
    return Failed({.is_connection_lost = true, .state = "", .message = "connection lost"});
  }
  *statements_ += 1;
  if (auto failure = session_->Run("BEGIN")) return Failed(*std::move(failure));
  Written written = WriteRows(RowStatements(part), part);
  RollBack();
  return written;
}

// Halves the batch, in transactions that are always rolled back, until one execution is left whose
// rows are refused. One refused row in a thousand costs ten probes.
CommitOutcome CommitLane::FindRefused(const CommitBatch& batch, const SqlFailure& failure) {
  std::vector<ExecutionRef> refs = RefsOf(batch);
  while (refs.size() > 1) {
    const auto middle = refs.begin() + static_cast<std::ptrdiff_t>(refs.size() / 2);
    const std::vector<ExecutionRef> front(refs.begin(), middle);
    const Written written = Probe(batch, front);
    if (written.kind == Written::Kind::kFailed) {
      return NotCommitted(written.failure);
    }
    // A refusal that shows only with both halves together ends at the last one: dropping it is
    // progress.
    if (written.kind == Written::Kind::kRefused) {
      refs = front;
    } else {
      refs.erase(refs.begin(), middle);
    }
  }
  CommitOutcome outcome =
      OutcomeOf(Kind::kRejected,
                absl::StrCat("execution ", DebugString(refs.front()), ": ", Describe(failure)));
  outcome.rejected = refs.front();
  return outcome;
}

}  // namespace pawl::persistence
