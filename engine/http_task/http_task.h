// The executor of Task states with the resource "arn:aws:states:::http:invoke".
//
//   Options options;
//   options.allowed_hosts = {"api.stripe.com", "*.example.com:8443"};
//   options.connections = ConnectionsInFolder("/etc/pawl/connections");
//   HttpTask task(std::move(options));
//   OrFailure<Value> result = task.Invoke(parameters, timeout, &cancelled);
//
// `parameters` are the state's Parameters or Arguments, evaluated: ApiEndpoint, Method,
// Authentication or InvocationConfig {ConnectionArn}, Headers, QueryParameters, RequestBody,
// Transform. The result is {"Headers": {name: [value, ...]}, "ResponseBody", "StatusCode",
// "StatusText"}; names of headers are in lower case, the body is JSON where its content type is,
// otherwise a string.
//
// Failures:
//   States.Http.StatusCode.NNN  any status but 2xx; the cause is the body, or the status text
//   States.Http.Socket          no answer within Options::timeout, no connection, TLS
//   States.Timeout              no answer within the task's own timeout; without a cause
//   States.Permissions          the host or its address is not allowed (Pawl's; AWS has IAM there)
//   States.DataLimitExceeded    the request or the answer is larger than allowed
//   States.Runtime              parameters that are not as documented, a header that is not
//   allowed,
//                               an answer that is not text (application/octet-stream, image/*,
//                               video/*, audio/*, not UTF-8)
//   Events.ConnectionResource.ResourceNotFound, .InvalidConnectionState, .AccessDenied
//
// Secrets of connections are replaced by "***" wherever an answer has them in it.
//
// Source: AWS Step Functions Developer Guide, "Call HTTPS APIs in Step Functions workflows".
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/http_task/call.h"
#include "engine/http_task/connection.h"
#include "engine/http_task/transfer.h"
#include "engine/value/failure.h"
#include "engine/value/value.h"

namespace pawl::http_task {

struct Options {
  // Patterns as IsHostAllowed has them; empty: every task fails, the feature is off.
  std::vector<std::string> allowed_hosts;
  // Allows addresses that are not of the public internet; otherwise they are refused after names
  // are resolved, at every redirect.
  bool allow_private_addresses = false;
  bool allow_plain_http = false;
  absl::Duration timeout = absl::Seconds(60);   // AWS's, of all exchanges of a task together
  size_t max_request_bytes = size_t{1} << 20;   // body, and URL with headers; AWS: 256 KiB
  size_t max_response_bytes = size_t{1} << 20;  // of the body; AWS: 256 KiB
  // Redirects are followed for GET and HEAD, for 303, and for 307 and 308 at the same origin. 0:
  // none, the task fails with their status.
  int max_redirects = 5;
  std::string user_agent = "Pawl|StepFunctions|HttpInvoke";
  std::string ca_file;  // PEM; empty: the system's
  // Null: there are none.
  std::shared_ptr<ConnectionSource> connections;
};

// The last exchange of a task, in the form of TestState's inspection data (AWS API reference,
// "InspectionDataRequest", "InspectionDataResponse"): every member is a text.
struct Trace {
  bool reveals_secrets = false;    // given; otherwise what a connection adds is left out
  absl::optional<Value> request;   // absent where nothing was sent; the first, if not revealed
  absl::optional<Value> response;  // absent where nothing came back
};

// Thread-safe.
class HttpTask {
 public:
  explicit HttpTask(Options options);

  // Blocks up to the smaller of `timeout` and Options::timeout. `cancelled` may be null; it ends
  // the task within about a second, with States.Http.Socket. `trace` may be null.
  OrFailure<Value> Invoke(const Value& parameters, absl::Duration timeout,
                          const std::atomic<bool>* cancelled, Trace* trace = nullptr);

 private:
  struct Run;
  struct Token {
    std::string text;
    absl::Time expires;
    std::string of;  // the endpoint and client that it was got with
  };

  // All of it but the credentials.
  OrFailure<Request> WholeRequest(const Call& call, const HttpParameters& parameters) const;
  OrFailure<Value> InvokeWith(const Call& call, const Connection& connection, Run* run);
  OrFailure<Response> FollowRedirects(Request request, const Connection& connection, Run* run);
  absl::optional<Failure> CheckTarget(const Url& url, const Connection& connection) const;
  absl::optional<Failure> Authorize(const std::string& name, const Connection& connection,
                                    Request* request, Run* run);
  OrFailure<std::string> TokenOf(const std::string& name, const Connection& connection, Run* run);
  OrFailure<Token> FetchToken(const Connection& connection, Run* run) const;
  OrFailure<Response> Exchange(const Request& request, const Run& run) const;

  const Options options_;
  absl::Mutex mutex_;
  std::map<std::string, Token> tokens_ ABSL_GUARDED_BY(mutex_);  // by connection
};

}  // namespace pawl::http_task
