#include "engine/aws/error.h"

#include <array>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace pawl::aws {
namespace {

using Code = absl::StatusCode;

constexpr std::array<ErrorInfo, 45> kErrors = {{
    {Error::kAccessDenied, "ACCESS_DENIED", Code::kPermissionDenied, 400, "AccessDeniedException",
     Origin::kGateway},
    {Error::kActivityAlreadyExists, "ACTIVITY_ALREADY_EXISTS", Code::kAlreadyExists, 400,
     "ActivityAlreadyExists"},
    {Error::kActivityDoesNotExist, "ACTIVITY_DOES_NOT_EXIST", Code::kNotFound, 400,
     "ActivityDoesNotExist"},
    {Error::kActivityLimitExceeded, "ACTIVITY_LIMIT_EXCEEDED", Code::kResourceExhausted, 400,
     "ActivityLimitExceeded"},
    {Error::kActivityWorkerLimitExceeded, "ACTIVITY_WORKER_LIMIT_EXCEEDED",
     Code::kResourceExhausted, 400, "ActivityWorkerLimitExceeded"},
    {Error::kConflict, "CONFLICT", Code::kAborted, 400, "ConflictException"},
    {Error::kConstraint, "CONSTRAINT_VIOLATION", Code::kInvalidArgument, 400, "ValidationException",
     Origin::kModel},
    {Error::kDeadlineExceeded, "DEADLINE_EXCEEDED", Code::kDeadlineExceeded, 503,
     "ServiceUnavailable"},
    {Error::kExecutionAlreadyExists, "EXECUTION_ALREADY_EXISTS", Code::kAlreadyExists, 400,
     "ExecutionAlreadyExists"},
    {Error::kExecutionDoesNotExist, "EXECUTION_DOES_NOT_EXIST", Code::kNotFound, 400,
     "ExecutionDoesNotExist"},
    {Error::kExecutionNotRedrivable, "EXECUTION_NOT_REDRIVABLE", Code::kFailedPrecondition, 400,
     "ExecutionNotRedrivable"},
    {Error::kIncompleteSignature, "INCOMPLETE_SIGNATURE", Code::kUnauthenticated, 400,
     "IncompleteSignatureException", Origin::kGateway},
    {Error::kInternalFailure, "INTERNAL_FAILURE", Code::kInternal, 500, "InternalFailure"},
    {Error::kInvalidArn, "INVALID_ARN", Code::kInvalidArgument, 400, "InvalidArn"},
    {Error::kInvalidDefinition, "INVALID_DEFINITION", Code::kInvalidArgument, 400,
     "InvalidDefinition"},
    {Error::kInvalidEncryptionConfiguration, "INVALID_ENCRYPTION_CONFIGURATION",
     Code::kInvalidArgument, 400, "InvalidEncryptionConfiguration"},
    {Error::kInvalidExecutionInput, "INVALID_EXECUTION_INPUT", Code::kInvalidArgument, 400,
     "InvalidExecutionInput"},
    {Error::kInvalidLoggingConfiguration, "INVALID_LOGGING_CONFIGURATION", Code::kInvalidArgument,
     400, "InvalidLoggingConfiguration"},
    {Error::kInvalidName, "INVALID_NAME", Code::kInvalidArgument, 400, "InvalidName"},
    {Error::kInvalidOutput, "INVALID_OUTPUT", Code::kInvalidArgument, 400, "InvalidOutput"},
    {Error::kInvalidRoutingConfiguration, "INVALID_ROUTING_CONFIGURATION", Code::kInvalidArgument,
     400, "ValidationException", Origin::kService, "INVALID_ROUTING_CONFIGURATION"},
    {Error::kInvalidSignature, "INVALID_SIGNATURE", Code::kUnauthenticated, 400,
     "InvalidSignatureException", Origin::kGateway},
    {Error::kInvalidToken, "INVALID_TOKEN", Code::kInvalidArgument, 400, "InvalidToken"},
    {Error::kInvalidTracingConfiguration, "INVALID_TRACING_CONFIGURATION", Code::kInvalidArgument,
     400, "InvalidTracingConfiguration"},
    {Error::kLabeledArn, "LABELED_ARN", Code::kInvalidArgument, 400, "ValidationException",
     Origin::kService, "API_DOES_NOT_SUPPORT_LABELED_ARNS"},
    {Error::kMapRunCompleted, "MAP_RUN_COMPLETED", Code::kFailedPrecondition, 400,
     "ValidationException", Origin::kService, "CANNOT_UPDATE_COMPLETED_MAP_RUN"},
    {Error::kMissingAuthenticationToken, "MISSING_AUTHENTICATION_TOKEN", Code::kUnauthenticated,
     400, "MissingAuthenticationTokenException", Origin::kGateway},
    {Error::kMissingRequiredParameter, "MISSING_REQUIRED_PARAMETER", Code::kInvalidArgument, 400,
     "MissingRequiredParameter"},
    {Error::kNamespaceAlreadyExists, "NAMESPACE_ALREADY_EXISTS", Code::kAlreadyExists, 400,
     "ConflictException"},
    {Error::kResourceNotFound, "RESOURCE_NOT_FOUND", Code::kNotFound, 400, "ResourceNotFound"},
    {Error::kSerialization, "SERIALIZATION", Code::kInvalidArgument, 400, "SerializationException",
     Origin::kGateway},
    {Error::kServiceQuotaExceeded, "SERVICE_QUOTA_EXCEEDED", Code::kResourceExhausted, 400,
     "ServiceQuotaExceededException"},
    {Error::kServiceUnavailable, "SERVICE_UNAVAILABLE", Code::kUnavailable, 503,
     "ServiceUnavailable"},
    {Error::kStateMachineAlreadyExists, "STATE_MACHINE_ALREADY_EXISTS", Code::kAlreadyExists, 400,
     "StateMachineAlreadyExists"},
    {Error::kStateMachineDeleting, "STATE_MACHINE_DELETING", Code::kFailedPrecondition, 400,
     "StateMachineDeleting"},
    {Error::kStateMachineDoesNotExist, "STATE_MACHINE_DOES_NOT_EXIST", Code::kNotFound, 400,
     "StateMachineDoesNotExist"},
    {Error::kStateMachineTypeNotSupported, "STATE_MACHINE_TYPE_NOT_SUPPORTED",
     Code::kFailedPrecondition, 400, "StateMachineTypeNotSupported"},
    {Error::kTaskDoesNotExist, "TASK_DOES_NOT_EXIST", Code::kNotFound, 400, "TaskDoesNotExist"},
    {Error::kTaskTimedOut, "TASK_TIMED_OUT", Code::kFailedPrecondition, 400, "TaskTimedOut"},
    {Error::kThrottling, "THROTTLING", Code::kResourceExhausted, 400, "ThrottlingException"},
    {Error::kTooManyTags, "TOO_MANY_TAGS", Code::kInvalidArgument, 400, "TooManyTags"},
    {Error::kUnknownOperation, "UNKNOWN_OPERATION", Code::kUnimplemented, 400,
     "UnknownOperationException", Origin::kGateway},
    {Error::kUnrecognizedClient, "UNRECOGNIZED_CLIENT", Code::kUnauthenticated, 400,
     "UnrecognizedClientException", Origin::kGateway},
    {Error::kUnsupported, "UNSUPPORTED", Code::kFailedPrecondition, 400, "ValidationException"},
    {Error::kValidation, "VALIDATION", Code::kInvalidArgument, 400, "ValidationException"},
}};

constexpr absl::string_view kErrorUrl = "pawl/error";
constexpr absl::string_view kAwsMessageUrl = "pawl/aws-message";
constexpr absl::string_view kRetryAfterUrl = "pawl/retry-after-us";

}  // namespace

const ErrorInfo& InfoOf(Error error) { return kErrors[static_cast<size_t>(error)]; }

const ErrorInfo* FindByName(absl::string_view name) {
  for (const ErrorInfo& info : kErrors) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

const ErrorInfo* FindByAwsName(absl::string_view aws_name) {
  // The last one, because the table's last ValidationException is the general one.
  const ErrorInfo* found = nullptr;
  for (const ErrorInfo& info : kErrors) {
    if (info.aws_name == aws_name) found = &info;
  }
  return found;
}

Error DefaultError(absl::StatusCode code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kOutOfRange:
      return Error::kValidation;
    case Code::kNotFound:
      return Error::kResourceNotFound;
    case Code::kAlreadyExists:
    case Code::kAborted:
      return Error::kConflict;
    case Code::kPermissionDenied:
      return Error::kAccessDenied;
    case Code::kUnauthenticated:
      return Error::kUnrecognizedClient;
    case Code::kResourceExhausted:
      return Error::kThrottling;
    case Code::kFailedPrecondition:
    case Code::kUnimplemented:
      return Error::kUnsupported;
    case Code::kUnavailable:
      return Error::kServiceUnavailable;
    case Code::kDeadlineExceeded:
    case Code::kCancelled:
      return Error::kDeadlineExceeded;
    default:  // absl's own enum, which may grow
      return Error::kInternalFailure;
  }
}

absl::Status MakeError(Error error, absl::string_view message) {
  return WithError(absl::Status(InfoOf(error).code, message), error);
}

absl::Status MakeError(Error error, absl::string_view message, absl::string_view aws_message) {
  absl::Status status = MakeError(error, message);
  status.SetPayload(kAwsMessageUrl, absl::Cord(aws_message));
  return status;
}

std::string AwsMessageOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kAwsMessageUrl);
  return payload.has_value() ? std::string(*payload) : std::string(status.message());
}

absl::Status WithError(absl::Status status, Error error) {
  if (status.ok() || status.GetPayload(kErrorUrl).has_value()) return status;
  status.SetPayload(kErrorUrl, absl::Cord(InfoOf(error).name));
  return status;
}

absl::optional<Error> ErrorOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kErrorUrl);
  if (!payload.has_value()) return absl::nullopt;
  const ErrorInfo* info = FindByName(std::string(*payload));
  if (info == nullptr) return absl::nullopt;
  return info->error;
}

const ErrorInfo& Classify(const absl::Status& status) {
  return InfoOf(ErrorOf(status).value_or(DefaultError(status.code())));
}

absl::Status WithRetryAfter(absl::Status status, absl::Duration delay) {
  if (!status.ok()) {
    const std::string text = absl::StrCat(absl::ToInt64Microseconds(delay));
    // Not Cord(std::string): clang names that template otherwise than the packaged library does.
    status.SetPayload(kRetryAfterUrl, absl::Cord(absl::string_view(text)));
  }
  return status;
}

absl::optional<absl::Duration> RetryAfterOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kRetryAfterUrl);
  int64_t microseconds = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &microseconds)) {
    return absl::nullopt;
  }
  return absl::Microseconds(microseconds);
}

}  // namespace pawl::aws
