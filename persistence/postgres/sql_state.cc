#include "persistence/postgres/sql_state.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pawl::persistence {
namespace {

struct Entry {
  absl::string_view prefix;
  SqlClass meaning;
};

// The first entry that is a prefix of the state counts: exact codes stand before their class.
constexpr Entry kEntries[] = {
    {"08", SqlClass::kConnection},         // connection exceptions
    {"22", SqlClass::kData},               // data exceptions: bad encoding, out of range
    {"23", SqlClass::kData},               // constraints
    {"25006", SqlClass::kReadOnly},        // read-only transaction: a standby, or a demoted primary
    {"25P03", SqlClass::kConnection},      // idle_in_transaction_session_timeout
    {"25", SqlClass::kRetry},              // invalid transaction state
    {"28", SqlClass::kForbidden},          // authorization
    {"40003", SqlClass::kUnknownOutcome},  // statement completion unknown (CockroachDB's ambiguous)
    {"40", SqlClass::kRetry},              // 40001 serialization, 40P01 deadlock
    {"42501", SqlClass::kForbidden},       // insufficient privilege
    {"42P01", SqlClass::kMissing},         // undefined table
    {"3F000", SqlClass::kMissing},         // undefined schema
    {"3D000", SqlClass::kMissing},         // undefined database
    {"53", SqlClass::kRetry},              // resources: disk full, memory, too many connections
    {"54", SqlClass::kData},               // program limits: a row too big
    {"55", SqlClass::kRetry},              // 55P03 lock not available
    {"57014", SqlClass::kRetry},           // query cancelled
    {"57", SqlClass::kConnection},         // 57P01 admin shutdown, 57P02 crash, 57P03 starting up
    {"58", SqlClass::kRetry},              // the server's I/O
    {"P0001", SqlClass::kData},            // somebody's trigger raised an exception
};

}  // namespace

SqlClass ClassifySqlState(absl::string_view state) {
  if (state.empty()) return SqlClass::kConnection;
  for (const Entry& entry : kEntries) {
    if (absl::StartsWith(state, entry.prefix)) return entry.meaning;
  }
  return SqlClass::kOther;
}

bool ProvesRollback(absl::string_view state) {
  // Constraints checked at the end, serialization, deadlock, no space: reported before the commit
  // record is written. Everything else could have happened after it, when waiting for a standby for
  // example.
  switch (ClassifySqlState(state)) {
    case SqlClass::kData:
    case SqlClass::kReadOnly:
      return true;
    case SqlClass::kRetry:
      return absl::StartsWith(state, "40") || absl::StartsWith(state, "25");
    case SqlClass::kConnection:
    case SqlClass::kUnknownOutcome:
    case SqlClass::kMissing:
    case SqlClass::kForbidden:
    case SqlClass::kOther:
      return false;
  }
  return false;
}

absl::Status SqlStatus(absl::string_view state, absl::string_view message) {
  const std::string text =
      absl::StrCat("postgres: ", message, state.empty() ? "" : absl::StrCat(" [", state, "]"));
  switch (ClassifySqlState(state)) {
    case SqlClass::kData:
      return absl::InvalidArgumentError(text);
    case SqlClass::kRetry:
    case SqlClass::kConnection:
    case SqlClass::kReadOnly:
    case SqlClass::kUnknownOutcome:
      return absl::UnavailableError(text);
    case SqlClass::kMissing:
      return absl::FailedPreconditionError(text);
    case SqlClass::kForbidden:
      return absl::PermissionDeniedError(text);
    case SqlClass::kOther:
      return absl::InternalError(text);
  }
  return absl::InternalError(text);
}

}  // namespace pawl::persistence
