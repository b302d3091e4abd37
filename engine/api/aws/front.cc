#include "engine/api/aws/front.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/api/aws/call.h"
#include "engine/api/aws/constraints.h"
#include "engine/api/aws/error_answer.h"
#include "engine/api/aws/operations.h"
#include "engine/api/aws/credentials.h"
#include "engine/aws/error.h"
#include "engine/value/check.h"
#include "engine/value/json.h"

namespace pawl::api::aws_json {
namespace {

constexpr char kTargetHeader[] = "X-Amz-Target";
// Requests nest no deeper than a few structures; members that nobody knows may.
constexpr uint32_t kMaxDepth = 64;
// A body beyond this is read elsewhere than on the server's thread, which serves everybody.
constexpr size_t kLargeBody = size_t{64} * 1024;
constexpr absl::Duration kRetryWhileOpening = absl::Seconds(1);

absl::Status UnknownOperation(const std::string& message) {
  return aws::MakeError(aws::Error::kUnknownOperation, message);
}

// As the audit log names it, whether there is such an operation or not.
std::string OperationOf(absl::string_view target) {
  return std::string(target.substr(target.rfind('.') + 1));
}

// An engine that authenticates nobody takes an access key id that is an account for a wish to be in
// that namespace, as local stand-ins for AWS do. "" for other ids and where there is no such
// namespace: people make ids up.
std::string WantedNamespace(const http::Request& request, const service::Gate& gate) {
  constexpr absl::string_view kCredential = "Credential=";
  constexpr size_t kAccountDigits = 12;
  const absl::string_view authorization = request.Header("Authorization");
  const size_t at = authorization.find(kCredential);
  if (gate.authenticates() || at == absl::string_view::npos) return "";
  const absl::string_view id = authorization.substr(at + kCredential.size());
  if (id.size() <= kAccountDigits || id[kAccountDigits] != '/') return "";
  const std::string account(id.substr(0, kAccountDigits));
  return gate.HasNamespace(account) ? account : "";
}

struct Target {
  const Operation* operation;
  OperationHandler handler;
};

absl::StatusOr<Target> FindTarget(const Model& model, absl::string_view header) {
  absl::string_view name = header;
  if (!absl::ConsumePrefix(&name, model.target_prefix()) || !absl::ConsumePrefix(&name, ".")) {
    return UnknownOperation(absl::StrCat("Send ", kTargetHeader, ": ", model.target_prefix(),
                                         ".OPERATION to choose an operation"));
  }
  const Operation* operation = model.FindOperation(name);
  const OperationHandler handler = FindHandler(name);
  if (operation == nullptr || handler == nullptr) {
    return UnknownOperation(
        absl::StrCat("This engine has no operation '", std::string(name.substr(0, 80)), "'"));
  }
  return Target{operation, handler};
}

// The members of a request that fits the model.
absl::StatusOr<Value> ReadBody(const Operation& operation, const http::Request& request) {
  const auto refuse = [](const std::string& why) {
    return aws::MakeError(aws::Error::kSerialization, why);
  };
  if (const absl::string_view encoding = request.Header("Content-Encoding");
      !encoding.empty() && encoding != "identity") {
    return refuse("Content-Encoding is not supported: send the body as it is");
  }
  if (request.body.empty()) return Value::EmptyObject();
  JsonLimits limits;
  limits.max_depth = kMaxDepth;
  limits.max_bytes = request.body.size();  // which the server limits
  absl::StatusOr<Value> body = ParseJson(request.body, limits);
  if (!body.ok()) {
    return refuse(absl::StrCat("The body is not JSON: ", std::string(body.status().message())));
  }
  if (!body->is_object()) return refuse("The body is not a JSON object");
  absl::Status status = CheckTypes(*operation.input, *body);
  if (status.ok()) status = CheckConstraints(*operation.input, *body);
  if (!status.ok()) return status;
  return body;
}

Model BuiltInModel() {
  absl::StatusOr<Model> model = Model::Parse(BuiltInModelText());
  PAWL_CHECK(model.ok());  // it is compiled in
  return *std::move(model);
}

}  // namespace

Front::Front(service::Service* service)
    : service_(service), model_(BuiltInModel()), random_(service->deps.node->world().seed()) {}

bool Front::IsFor(const http::Request& request) {
  return request.method == "POST" &&
         (request.path == "/" || !request.Header(kTargetHeader).empty());
}

std::string Front::NewRequestId() {
  absl::MutexLock lock(&mutex_);
  return random_.NextUuid();
}

void Front::Handle(http::Request request, http::Respond respond) {
  std::string request_id = NewRequestId();
  const runtime::WorldRef& world = service_->deps.node->world();
  if (request.body.size() <= kLargeBody || world.slow == nullptr) {
    return Dispatch(request, request_id, std::move(respond));
  }
  world.slow->Run([this, request = std::move(request), request_id = std::move(request_id),
                   respond = std::move(
                       respond)]() mutable { Dispatch(request, request_id, std::move(respond)); },
                  service_->deps.node->any_strand(), [] {});
}

void Front::Dispatch(const http::Request& request, const std::string& request_id,
                     http::Respond respond) {
  const auto refuse = [&](const absl::Status& status) {
    respond(ErrorAnswer(status, request_id, service_->deps.node->options().retry_after));
  };
  const absl::string_view target_header = request.Header(kTargetHeader);
  service::Caller caller;
  caller.source = request.peer;
  caller.operation = OperationOf(target_header);
  caller.ns = WantedNamespace(request, service_->gate);
  caller.request_id = request_id;
  const absl::StatusOr<service::CallContext> context =
      service_->gate.Admit(CredentialsOf(request), std::move(caller));
  if (!context.ok()) return refuse(context.status());
  const absl::StatusOr<Target> target = FindTarget(model_, target_header);
  if (!target.ok()) return refuse(target.status());
  absl::StatusOr<Value> body = ReadBody(*target->operation, request);
  if (!body.ok()) return refuse(body.status());
  target->handler(std::make_shared<Call>(service_, target->operation->name, *context,
                                         RequestMembers(*std::move(body)), std::move(respond)));
}

http::Response NotServing(const std::string& why, uint64_t seed) {
  return ErrorAnswer(absl::UnavailableError(absl::StrCat("The engine does not serve yet: ", why)),
                     expr::RandomSource(seed).NextUuid(), kRetryWhileOpening);
}

}  // namespace pawl::api::aws_json
