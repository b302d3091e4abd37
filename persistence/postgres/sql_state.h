// What an SQLSTATE means for us; one table, sql_state.cc.
// https://www.postgresql.org/docs/15/errcodes-appendix.html
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace pawl::persistence {

enum class SqlClass {
  kData,            // these rows will never be taken: refused for good
  kRetry,           // rolled back, may succeed when sent again: serialization, locks, resources
  kFull,            // the server's disk is full
  kTimeout,         // stopped by statement_timeout or by an administrator
  kCrowded,         // all connections of the server are taken
  kConnection,      // the connection is or will be gone; before COMMIT that means rolled back
  kReadOnly,        // connected to a standby: reconnect, the address may lead to the primary
  kUnknownOutcome,  // the server itself does not know whether it has committed
  kMissing,         // a table or schema that is not there
  kCorrupt,         // the server finds its own data damaged
  kForbidden,       // rights
  kOther,           // anything else: the server's or our defect
};

// `state` is empty where the server gave none (a lost connection).
SqlClass ClassifySqlState(absl::string_view state);

// Whether an error with this state in answer to COMMIT proves that the transaction was rolled back.
// False means that the outcome is unknown.
bool ProvesRollback(absl::string_view state);

// The status of a failed read or single write, with the remedy in its message.
absl::Status SqlStatus(absl::string_view state, absl::string_view message);

// What callers are told while a commit with this failure is not taken (CommitOutcome::code).
absl::StatusCode SqlCommitCode(absl::string_view state);

}  // namespace pawl::persistence
