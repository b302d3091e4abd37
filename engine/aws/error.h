// The errors that callers of the engine can tell apart, in one table: our name, the status code,
// the HTTP status and AWS's name.
//
//   return aws::MakeError(aws::Error::kExecutionDoesNotExist, "Execution Does Not Exist: 'x'");
//   ...
//   if (aws::ErrorOf(status) == aws::Error::kInvalidName) ...
//
// The error travels inside the absl::Status as a payload, so no one recognises it by its text;
// fronts send it as google.rpc.ErrorInfo or as AWS's `__type`. A status without a payload has the
// error that stands for its code (DefaultError).
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace pawl::aws {

enum class Error {
  kAccessDenied,
  kConflict,
  kDeadlineExceeded,
  kExecutionAlreadyExists,
  kExecutionDoesNotExist,
  kInternalFailure,
  kInvalidArn,
  kInvalidDefinition,
  kInvalidExecutionInput,
  kInvalidName,
  kInvalidOutput,
  kInvalidToken,
  kResourceNotFound,
  kServiceUnavailable,
  kStateMachineAlreadyExists,
  kStateMachineDoesNotExist,
  kStateMachineTypeNotSupported,
  kTaskDoesNotExist,
  kTaskTimedOut,
  kThrottling,
  kUnsupported,
  kValidation,
};

struct ErrorInfo {
  Error error;
  absl::string_view name;      // ours, for google.rpc.ErrorInfo.reason: "EXECUTION_DOES_NOT_EXIST"
  absl::StatusCode code;       // gRPC's code has the same number
  int http_status;             // AWS answers 400 to whatever is the caller's doing
  absl::string_view aws_name;  // "ExecutionDoesNotExist"
};

const ErrorInfo& InfoOf(Error error);
// nullptr for a name that is not in the table.
const ErrorInfo* FindByName(absl::string_view name);
const ErrorInfo* FindByAwsName(absl::string_view aws_name);
// The error of a status that carries none. `code` is not kOk.
Error DefaultError(absl::StatusCode code);

// A status with the error's code and payload.
absl::Status MakeError(Error error, absl::string_view message);
// `status` with the payload of `error` added, unless it is OK or carries an error already. The code
// stays.
absl::Status WithError(absl::Status status, Error error);
// The error that `status` carries; nullopt for OK and for statuses that carry none.
absl::optional<Error> ErrorOf(const absl::Status& status);
// What a front answers: the error that is carried, else DefaultError. `status` is not OK.
const ErrorInfo& Classify(const absl::Status& status);

// When to send the same request again. Without a payload: nullopt.
absl::Status WithRetryAfter(absl::Status status, absl::Duration delay);
absl::optional<absl::Duration> RetryAfterOf(const absl::Status& status);

}  // namespace pawl::aws
