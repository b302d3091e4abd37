// The commits of one range: a connection of its own, and the judgement of how each of them has
// ended.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "persistence/postgres/batch_statements.h"
#include "persistence/postgres/session.h"
#include "persistence/types.h"

namespace pawl::persistence {

// Thread-compatible: commits of one range do not overlap. A small batch (the unloaded case) takes
// two round trips: everything up to the COMMIT together, then COMMIT; a large one a round trip per
// statement, with prepared statements, which costs the server far less per row.
class CommitLane {
 public:
  CommitLane(std::string url, const StatementTexts* texts, const Session::Limits& limits)
      : url_(std::move(url)), texts_(texts), limits_(limits) {}

  // Adds the statements it has sent to *statements. Connects where there is no connection; a
  // connection on which something went wrong is closed, and the next call makes another.
  CommitOutcome Commit(const CommitBatch& batch, int* statements);

 private:
  // Where the writing of a batch has come to before its COMMIT.
  struct Written {
    enum class Kind { kAll, kFenced, kTaken, kRefused, kFailed };
    Kind kind = Kind::kAll;
    std::vector<ExecutionRef> taken;
    SqlFailure failure;  // of kRefused and kFailed
  };

  Written WriteTogether(const CommitBatch& batch);
  Written WriteInSteps(const CommitBatch& batch);
  Written WriteRows(const std::vector<RowStatement>& statements, const CommitBatch& batch);
  static Written Failed(SqlFailure failure);
  static Written CheckRows(const RowStatement& statement, const SqlRows& rows,
                           const CommitBatch& batch);

  std::string BeginText(const CommitBatch& batch) const;
  CommitOutcome SendCommit();
  CommitOutcome GiveUp(const CommitBatch& batch, Written written);
  void RollBack();
  CommitOutcome FindRefused(const CommitBatch& batch, const SqlFailure& failure);
  Written Probe(const CommitBatch& batch, const std::vector<ExecutionRef>& refs);

  const std::string url_;
  const StatementTexts* const texts_;
  const Session::Limits limits_;
  std::unique_ptr<Session> session_;
  int* statements_ = nullptr;  // of the current call
};

}  // namespace pawl::persistence
