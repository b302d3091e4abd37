#include "engine/api/aws/call.h"

#include "engine/api/aws/error_answer.h"

namespace pawl::api::aws_json {

Call::Call(service::Service* service, std::string operation, service::CallContext context,
           RequestMembers request, http::Respond respond)
    : service_(service),
      arns_(service->deps.arns(context)),
      retry_after_(service->deps.node->options().retry_after),
      operation_(std::move(operation)),
      context_(std::move(context)),
      request_(std::move(request)),
      respond_(std::move(respond)) {}

Call::~Call() {
  Fail(absl::UnavailableError(
      "the engine lost the execution before its end: it is not known how far it came"));
}

void Call::Succeed(std::string body) {
  if (is_answered_.exchange(true)) return;
  service::EndCall(context_, absl::OkStatus());
  respond_(AnswerOf(std::move(body), context_.request_id));
}

void Call::Fail(const absl::Status& status) {
  if (is_answered_.exchange(true)) return;
  service::EndCall(context_, status);
  respond_(ErrorAnswer(status, context_.request_id, retry_after_));
}

void Call::OnGone(std::function<void()> callback) { respond_.OnGone(std::move(callback)); }

}  // namespace pawl::api::aws_json
