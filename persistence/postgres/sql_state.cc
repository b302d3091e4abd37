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
    {"42703", SqlClass::kMissing},         // undefined column
    {"3F000", SqlClass::kMissing},         // undefined schema
    {"3D000", SqlClass::kMissing},         // undefined database
    {"53100", SqlClass::kFull},            // disk full
    {"53300", SqlClass::kCrowded},         // too many connections
    {"53", SqlClass::kRetry},              // resources: memory, configuration limits
    {"54", SqlClass::kData},               // program limits: a row too big
    {"55", SqlClass::kRetry},              // 55P03 lock not available
    {"57014", SqlClass::kTimeout},         // query cancelled
    {"57", SqlClass::kConnection},         // 57P01 admin shutdown, 57P02 crash, 57P03 starting up
    {"58", SqlClass::kRetry},              // the server's I/O
    {"P0001", SqlClass::kData},            // somebody's trigger raised an exception
    {"XX001", SqlClass::kCorrupt},         // data corrupted
    {"XX002", SqlClass::kCorrupt},         // index corrupted
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
    case SqlClass::kFull:
    case SqlClass::kTimeout:
    case SqlClass::kCrowded:
    case SqlClass::kConnection:
    case SqlClass::kUnknownOutcome:
    case SqlClass::kMissing:
    case SqlClass::kCorrupt:
    case SqlClass::kForbidden:
    case SqlClass::kOther:
      return false;
  }
  return false;
}

namespace {

absl::string_view RemedyOf(SqlClass meaning) {
  switch (meaning) {
    case SqlClass::kFull:
      return "; free space on the disk of the database server";
    case SqlClass::kTimeout:
      return "; the statement took too long: narrow the request, or look at the load and the locks "
             "of the database server";
    case SqlClass::kCrowded:
      return "; raise max_connections of the database server, or end other clients";
    case SqlClass::kReadOnly:
      return "; the address leads to a read-only server: point --store at the primary";
    case SqlClass::kMissing:
      return "; a table of the engine is missing: restore a backup";
    case SqlClass::kCorrupt:
      return "; the database is damaged: restore a backup";
    case SqlClass::kForbidden:
      return "; grant the engine's role its rights on the schema and its tables again";
    case SqlClass::kData:
    case SqlClass::kRetry:
    case SqlClass::kConnection:
    case SqlClass::kUnknownOutcome:
    case SqlClass::kOther:
      return "";
  }
  return "";
}

}  // namespace

absl::Status SqlStatus(absl::string_view state, absl::string_view message) {
  const SqlClass meaning = ClassifySqlState(state);
  const std::string text =
      absl::StrCat("postgres: ", message, state.empty() ? "" : absl::StrCat(" [", state, "]"),
                   RemedyOf(meaning));
  switch (meaning) {
    case SqlClass::kData:
      return absl::InvalidArgumentError(text);
    case SqlClass::kFull:
      return absl::ResourceExhaustedError(text);
    case SqlClass::kTimeout:
      return absl::DeadlineExceededError(text);
    case SqlClass::kMissing:
    case SqlClass::kCorrupt:
      return absl::DataLossError(text);
    case SqlClass::kRetry:
    case SqlClass::kCrowded:
    case SqlClass::kConnection:
    case SqlClass::kReadOnly:
    case SqlClass::kUnknownOutcome:
    case SqlClass::kForbidden:
      return absl::UnavailableError(text);
    case SqlClass::kOther:
      return absl::InternalError(text);
  }
  return absl::InternalError(text);
}

absl::StatusCode SqlCommitCode(absl::string_view state) {
  switch (ClassifySqlState(state)) {
    case SqlClass::kFull:
      return absl::StatusCode::kResourceExhausted;
    case SqlClass::kMissing:
    case SqlClass::kCorrupt:
      return absl::StatusCode::kDataLoss;
    case SqlClass::kData:
    case SqlClass::kRetry:
    case SqlClass::kTimeout:
    case SqlClass::kCrowded:
    case SqlClass::kConnection:
    case SqlClass::kReadOnly:
    case SqlClass::kUnknownOutcome:
    case SqlClass::kForbidden:
    case SqlClass::kOther:
      return absl::StatusCode::kUnavailable;
  }
  return absl::StatusCode::kUnavailable;
}

}  // namespace pawl::persistence
