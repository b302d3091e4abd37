// What the audit log says of one call.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pawl::auth {

// Names only: a payload, a secret or a token of a task has no place in it.
struct AuditEntry {
  absl::Time time;
  std::string principal;  // Principal::name; "" for whoever is not known
  std::string ns;         // that the call is in
  std::string source;     // the address it came from
  std::string operation;  // "StartExecution"
  std::string resource;   // as the caller named it; "" for none
  std::string request_id;
  std::string outcome;  // AuditOutcome
};

// Whether a call belongs into the log: it may have changed something, or it was denied. `status` is
// its end.
bool IsAudited(absl::string_view operation, const absl::Status& status);

// "OK", or the name of the error: "ACCESS_DENIED", "INVALID_SIGNATURE". Not its message, which
// may hold what the caller has sent.
std::string AuditOutcome(const absl::Status& status);

// One line of JSON, with its line end. Values are escaped, so that none of them ends the line or
// moves a terminal's cursor, and cut to 2,048 bytes.
std::string AuditLine(const AuditEntry& entry);
// The line that says how many calls are missing here.
std::string AuditGapLine(absl::Time time, int64_t missing);

}  // namespace pawl::auth
