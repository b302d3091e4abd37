#include "engine/rpc_status/rpc_status.h"

#include <utility>

#include "engine/aws/error.h"
#include "google/rpc/status.pb.h"

namespace pawl::rpc {
namespace {

constexpr char kDomain[] = "pawl";
constexpr char kAwsError[] = "awsError";

}  // namespace

std::string EncodeDetails(const absl::Status& status) {
  google::rpc::Status out;
  out.set_code(static_cast<int>(status.code()));
  out.set_message(std::string(status.message()));
  const aws::ErrorInfo& error = aws::Classify(status);
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(error.name));
  info.set_domain(kDomain);
  (*info.mutable_metadata())[kAwsError] = std::string(error.aws_name);
  out.add_details()->PackFrom(info);
  if (const auto delay = aws::RetryAfterOf(status)) {
    google::rpc::RetryInfo retry;
    absl::Duration rest;
    retry.mutable_retry_delay()->set_seconds(absl::IDivDuration(*delay, absl::Seconds(1), &rest));
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
    out.add_details()->PackFrom(retry);
  }
  return out.SerializeAsString();
}

absl::Status Decode(absl::StatusCode code, absl::string_view message, const std::string& details) {
  absl::Status status(code, message);
  google::rpc::Status in;
  if (status.ok() || details.empty() || !in.ParseFromString(details)) return status;
  for (const google::protobuf::Any& any : in.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::RetryInfo retry;
    if (any.Is<google::rpc::ErrorInfo>() && any.UnpackTo(&info) && info.domain() == kDomain) {
      const aws::ErrorInfo* error = aws::FindByName(info.reason());
      if (error != nullptr) status = aws::WithError(std::move(status), error->error);
    } else if (any.Is<google::rpc::RetryInfo>() && any.UnpackTo(&retry)) {
      status = aws::WithRetryAfter(std::move(status),
                                   absl::Seconds(retry.retry_delay().seconds()) +
                                       absl::Nanoseconds(retry.retry_delay().nanos()));
    }
  }
  return status;
}

}  // namespace pawl::rpc
