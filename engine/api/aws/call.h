// One request under way: what was asked, by whom, and where the answer goes.
//
//   void DeleteStateMachine(const CallPtr& call) {
//     call->service().machines.Delete(call->context(), call->request().Text("stateMachineArn"),
//                                     AnswerEmpty(call));
//   }
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "engine/api/aws/json_writer.h"
#include "engine/api/aws/request_members.h"
#include "engine/http/server.h"
#include "engine/service/service.h"

namespace pawl::api::aws_json {

// Answers once: the first of Succeed and Fail counts, and ServiceUnavailable where the last
// reference goes without one, because then nobody is left to answer. Thread-safe.
class Call {
 public:
  Call(service::Service* service, std::string operation, service::CallContext context,
       RequestMembers request, http::Respond respond);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  service::Service& service() const { return *service_; }
  // The operation's name.
  const std::string& operation() const { return operation_; }
  const service::CallContext& context() const { return context_; }
  const RequestMembers& request() const { return request_; }
  // Region and namespace of the caller.
  const aws::ArnContext& arns() const { return arns_; }

  // `body` is a JSON object.
  void Succeed(std::string body);
  // `status` is not OK.
  void Fail(const absl::Status& status);
  // Called at most once, if the client goes away before the answer. Set it at most once.
  void OnGone(std::function<void()> callback);

 private:
  service::Service* const service_;  // not touched by answers: it may be gone before they come
  const aws::ArnContext arns_;
  const absl::Duration retry_after_;
  const std::string operation_;
  const service::CallContext context_;
  const RequestMembers request_;
  std::atomic<bool> is_answered_{false};
  http::Respond respond_;
};

using CallPtr = std::shared_ptr<Call>;

// An operation's `done` that answers `call`: `write` takes the result and a JsonObject* to write
// the answer's members to.
template <typename T, typename Write>
service::Done<T> AnswerWith(CallPtr call, Write write) {
  return [call = std::move(call), write = std::move(write)](absl::StatusOr<T> result) mutable {
    if (!result.ok()) return call->Fail(result.status());
    std::string body;
    {
      JsonObject answer(&body);
      write(*result, &answer);
    }
    call->Succeed(std::move(body));
  };
}

// The same for an operation whose answer has no members.
inline service::Done<service::Empty> AnswerEmpty(CallPtr call) {
  return AnswerWith<service::Empty>(std::move(call), [](const service::Empty&, JsonObject*) {});
}

}  // namespace pawl::api::aws_json
