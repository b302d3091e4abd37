#include "engine/api/aws/error_answer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/api/aws/json_writer.h"
#include "engine/aws/error.h"
#include "engine/value/utf8.h"

namespace pawl::api::aws_json {
namespace {

constexpr char kContentType[] = "application/x-amz-json-1.0";
constexpr size_t kMaxMessageBytes = size_t{128} * 1024;

const char* NamespaceOf(aws::Origin origin) {
  switch (origin) {
    case aws::Origin::kService:
      return "com.amazonaws.swf.service.v2.model#";
    case aws::Origin::kModel:
      return "com.amazon.coral.validate#";
    case aws::Origin::kGateway:
      return "com.amazon.coral.service#";
  }
  return "";
}

http::Response WithRequestId(http::Response response, const std::string& request_id) {
  response.headers.emplace_back("x-amzn-requestid", request_id);
  return response;
}

}  // namespace

http::Response AnswerOf(std::string body, const std::string& request_id) {
  return WithRequestId({200, kContentType, std::move(body), {}}, request_id);
}

http::Response ErrorAnswer(const absl::Status& status, const std::string& request_id,
                           absl::Duration retry_after) {
  const aws::ErrorInfo& info = aws::Classify(status);
  // A header that a message repeats may hold any bytes.
  std::string message = ReplaceInvalidUtf8(aws::AwsMessageOf(status));
  // Texts of definitions and values repeat what was sent; nothing longer is of use to anybody.
  TruncateUtf8(kMaxMessageBytes, &message);
  std::string body;
  {
    JsonObject error(&body);
    error.Text("__type", absl::StrCat(NamespaceOf(info.origin), info.aws_name));
    // The gateway's faults have a capital letter here.
    error.Text(info.origin == aws::Origin::kGateway ? "Message" : "message", message);
    error.TextIfAny("reason", info.reason);
  }
  http::Response response{info.http_status, kContentType, std::move(body), {}};
  if (info.error == aws::Error::kThrottling || info.http_status == 503) {
    const absl::Duration delay = aws::RetryAfterOf(status).value_or(retry_after);
    response.headers.emplace_back(
        "retry-after", absl::StrCat(absl::ToInt64Seconds(absl::Ceil(delay, absl::Seconds(1)))));
  }
  return WithRequestId(std::move(response), request_id);
}

}  // namespace pawl::api::aws_json
