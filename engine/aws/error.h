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

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace pawl::aws {

enum class Error {
  kAccessDenied,
  kActivityAlreadyExists,
  kActivityDoesNotExist,
  kActivityLimitExceeded,
  kActivityWorkerLimitExceeded,
  kConflict,
  kConstraint,  // a value that the API model does not allow
  kDeadlineExceeded,
  kExecutionAlreadyExists,
  kExecutionDoesNotExist,
  kExecutionNotRedrivable,
  kIncompleteSignature,  // credentials that cannot be read
  kInternalFailure,
  kInvalidArn,
  kInvalidDefinition,
  kInvalidEncryptionConfiguration,
  kInvalidExecutionInput,
  kInvalidLoggingConfiguration,
  kInvalidName,
  kInvalidOutput,
  kInvalidRoutingConfiguration,
  kInvalidSignature,  // credentials that do not fit the request, or the time
  kInvalidToken,
  kInvalidTracingConfiguration,
  kLabeledArn,                  // of a Map Run's state where a machine is wanted
  kMapRunCompleted,             // of UpdateMapRun
  kMissingAuthenticationToken,  // no credentials
  kMissingRequiredParameter,
  kNamespaceAlreadyExists,  // Pawl's own
  kResourceNotFound,
  kSerialization,
  kServiceQuotaExceeded,
  kServiceUnavailable,
  kStateMachineAlreadyExists,
  kStateMachineDeleting,
  kStateMachineDoesNotExist,
  kStateMachineTypeNotSupported,
  kTaskDoesNotExist,
  kTaskTimedOut,
  kThrottling,
  kTooManyTags,
  kUnknownOperation,
  kUnrecognizedClient,  // nobody known has these credentials, or has them any more
  kUnsupported,
  kValidation,
};

// Who raises an error at AWS: what stands before the '#' of `__type`.
enum class Origin {
  kService,  // the service itself
  kModel,    // the check of a request against the API model
  kGateway,  // what stands before the service
};

struct ErrorInfo {
  Error error;
  absl::string_view name;      // ours, for google.rpc.ErrorInfo.reason: "EXECUTION_DOES_NOT_EXIST"
  absl::StatusCode code;       // gRPC's code has the same number
  int http_status;             // AWS answers 400 to whatever is the caller's doing
  absl::string_view aws_name;  // "ExecutionDoesNotExist"
  Origin origin = Origin::kService;
  absl::string_view reason = "";  // of a ValidationException
};

const ErrorInfo& InfoOf(Error error);
// nullptr for a name that is not in the table.
const ErrorInfo* FindByName(absl::string_view name);
const ErrorInfo* FindByAwsName(absl::string_view aws_name);
// The error of a status that carries none. `code` is not kOk.
Error DefaultError(absl::StatusCode code);

// A status with the error's code and payload.
absl::Status MakeError(Error error, absl::string_view message);
// The same where AWS has other words for it, which programs may compare: `message` helps people.
absl::Status MakeError(Error error, absl::string_view message, absl::string_view aws_message);
// AWS's words, or the message of a status that has none.
std::string AwsMessageOf(const absl::Status& status);
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
