// One connection. The only place that knows libpqxx (session.cc): everything else sees rows and
// failures, and no exception.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace pawl::persistence {

struct SqlFailure {
  bool is_connection_lost = false;
  std::string state;    // SQLSTATE; empty where there was none
  std::string message;  // the server's first line only: its DETAIL would quote rows

  absl::Status ToStatus() const;
};

// The rows of one statement. Must not outlive its session.
class SqlRows {
 public:
  SqlRows();
  ~SqlRows();
  SqlRows(SqlRows&&) noexcept;
  SqlRows& operator=(SqlRows&&) noexcept;

  int size() const;
  int64_t affected() const;  // by an INSERT, UPDATE or DELETE
  bool IsNull(int row, int column) const;
  // No value for NULL.
  absl::optional<int64_t> OptionalInt(int row, int column) const;
  absl::optional<std::string> OptionalText(int row, int column) const;
  absl::optional<std::string> OptionalBytes(int row, int column) const;
  int64_t Int(int row, int column) const;  // 0 for NULL
  std::string Text(int row, int column) const;
  std::string Bytes(int row, int column) const;  // of a bytea

 private:
  friend class Session;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Thread-compatible: one thread at a time. After a failure with is_connection_lost it is of no more
// use: it never reconnects by itself, since what followed would then run outside the transaction.
class Session {
 public:
  // What a connection is for decides how its statements are planned.
  enum class Purpose {
    kCommit,  // the same few statements for ever
    kRead,    // parameters matter
  };
  // The server ends what takes longer; zero is no limit.
  struct Limits {
    absl::Duration statement;  // then the statement fails with 57014
    absl::Duration lock;       // waiting for a lock, 55P03
    absl::Duration idle;       // between two statements of a transaction: the connection ends
  };
  static absl::StatusOr<std::unique_ptr<Session>> Connect(const std::string& url, Purpose purpose,
                                                          const Limits& limits = {});
  ~Session();

  // One or several statements without parameters; the rows of the last one. One round trip.
  absl::optional<SqlFailure> Run(const std::string& sql, SqlRows* rows = nullptr);
  // Several statements in one round trip, and the rows of each.
  absl::optional<SqlFailure> RunTogether(const std::vector<std::string>& statements,
                                         std::vector<SqlRows>* rows);
  // A statement that is prepared at its first use and kept; parameters are in PostgreSQL's binary
  // format (binary_format.h). One round trip.
  absl::optional<SqlFailure> RunPrepared(const std::string& sql,
                                         const std::vector<std::string>& parameters,
                                         SqlRows* rows = nullptr);

  bool is_open() const;
  // Notices and warnings of the server so far. One in answer to COMMIT means that the commit may
  // not be as durable as it was asked to be.
  int notices() const;
  // "host/database"; no user, no password.
  std::string address() const;

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  template <typename Body>
  absl::optional<SqlFailure> Catch(const Body& body);

  std::unique_ptr<Impl> impl_;
};

}  // namespace pawl::persistence
