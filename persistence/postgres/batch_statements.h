// A commit batch as SQL statements, free of any connection.
#pragma once

#include <string>
#include <vector>

#include "persistence/postgres/binary_format.h"
#include "persistence/types.h"

namespace pawl::persistence {

// The rows of one table in a batch.
struct RowStatement {
  enum class Kind { kStarts, kHistory, kUpdates, kRedrives, kCheckpoints, kDrops };
  Kind kind;
  Columns columns;

  size_t rows() const { return columns.front().size(); }
};

// Only what the batch holds, in the order in which it has to be written. Texts and bytes point into
// `batch`. A history beyond 32 MiB becomes several statements: an array has to stay below 1 GiB.
std::vector<RowStatement> RowStatements(const CommitBatch& batch);

class StatementTexts {
 public:
  explicit StatementTexts(std::string schema);

  // The fence, which also extends the lease. It must affect exactly one row.
  const std::string& fence() const { return fence_; }
  static std::vector<std::string> FenceParameters(const CommitBatch& batch);
  std::string FenceAsText(const CommitBatch& batch) const;

  // With parameters ($1 is the first column's array...).
  const std::string& Prepared(RowStatement::Kind kind) const;
  // With the rows in it.
  std::string AsText(const RowStatement& statement) const;

 private:
  std::string Write(RowStatement::Kind kind, const std::string& source) const;
  std::string Fence(const std::vector<std::string>& values) const;

  const std::string schema_;
  const std::string fence_;
  const std::vector<std::string> prepared_;  // by kind
};

// "now" of the database in microseconds, in SQL.
extern const char kNowMicros[];

}  // namespace pawl::persistence
