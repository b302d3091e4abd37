// A thin layer over the sqlite3 C interface: connections, statements, and errors as absl::Status.
// Both classes are thread-compatible: one thread at a time.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace pawl::persistence {

// The status of a failed call: DataLoss for a damaged file or a missing table, ResourceExhausted
// for a full disk, DeadlineExceeded for a read that was stopped by its time limit, Unavailable for
// locks, rights and I/O errors, Internal else. The message names the file and the remedy. `rc` is
// an extended result code.
absl::Status SqliteError(int rc, sqlite3* db, absl::string_view attempted);

// A prepared statement, reset by its destructor so that it can be used again; parameters and
// columns are counted from 0. Bound text and bytes are not copied: they must live until the
// statement is reset.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement() { Reset(); }

  Statement& Bind(int64_t value);
  Statement& Bind(absl::optional<int64_t> value);  // NULL without a value
  Statement& BindText(absl::string_view value);
  Statement& BindBytes(absl::string_view value);

  // SQLITE_ROW, SQLITE_DONE or an error.
  int Step();
  void Reset();
  sqlite3* db() const { return sqlite3_db_handle(statement_); }

  int64_t Int(int column) const { return sqlite3_column_int64(statement_, column); }
  bool IsNull(int column) const;
  // No value where the column holds another type.
  absl::optional<int64_t> OptionalInt(int column) const;
  absl::optional<std::string> OptionalText(int column) const;
  absl::optional<std::string> OptionalBytes(int column) const;
  std::string Text(int column) const;
  std::string Bytes(int column) const;

 private:
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

class Database {
 public:
  // `flags` are those of sqlite3_open_v2.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, int flags);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs statements that return nothing.
  absl::Status Run(absl::string_view sql);
  // As Run, with SQLite's own result code.
  int RunForCode(const char* sql);
  // Kept under its text for the next time. Internal for a statement that does not compile.
  absl::StatusOr<Statement> Prepare(const std::string& sql);
  // Statements that are still running after `limit` from now end with SQLITE_INTERRUPT.
  void LimitTime(absl::Duration limit);
  // Whether the last call failed in a way after which the connection is not trusted any more.
  bool is_suspect() const;
  // The first column of the first row, as text.
  absl::StatusOr<std::string> QueryText(const std::string& sql);

  sqlite3* handle() const { return db_; }

 private:
  explicit Database(sqlite3* db) : db_(db) {}
  static int OnProgress(void* self);

  sqlite3* db_;
  std::chrono::steady_clock::time_point stops_at_ = std::chrono::steady_clock::time_point::max();
  std::map<std::string, sqlite3_stmt*> statements_;
};

}  // namespace pawl::persistence
