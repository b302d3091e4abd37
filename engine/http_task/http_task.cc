#include "engine/http_task/http_task.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/http_task/answer.h"
#include "engine/http_task/guard.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"

namespace pawl::http_task {
namespace {

constexpr absl::Duration kTokenMargin = absl::Seconds(30);
constexpr absl::Duration kDefaultTokenLife = absl::Minutes(5);

Failure Forbidden(absl::string_view cause) {
  return Failure{"States.Permissions", std::string(cause)};
}

size_t SizeOf(const Request& request) {
  size_t bytes = request.url.ToString().size();
  for (const auto& [name, value] : request.headers) bytes += name.size() + value.size();
  return bytes + (request.body.has_value() ? request.body->size() : 0);
}

// What a request has become at the place where it was redirected to; nullopt where it must not go
// there.
absl::optional<Request> Redirected(const Request& request, const Response& response) {
  const bool is_safe = request.method == "GET" || request.method == "HEAD";
  const bool keeps_body = response.status == 307 || response.status == 308;
  if (response.status != 301 && response.status != 302 && response.status != 303 && !keeps_body) {
    return absl::nullopt;
  }
  const std::string* location = FindHeader(response, "location");
  if (location == nullptr) return absl::nullopt;
  const absl::optional<Url> url = ResolveUrl(request.url, *location);
  if (!url.has_value()) return absl::nullopt;
  Request next = request;
  next.url = *url;
  if (response.status == 303 && !is_safe) {
    next.method = "GET";
    next.body.reset();
  } else if (!is_safe && !keeps_body) {
    return absl::nullopt;
  }
  if (url->IsSameOrigin(request.url)) return next;
  if (next.body.has_value()) return absl::nullopt;
  // Headers may carry credentials, in the definition as in the connection.
  const auto is_private = [](const auto& header) {
    return !absl::EqualsIgnoreCase(header.first, "accept") &&
           !absl::EqualsIgnoreCase(header.first, "accept-language") &&
           !absl::EqualsIgnoreCase(header.first, "user-agent") &&
           !absl::EqualsIgnoreCase(header.first, "range");
  };
  next.headers.erase(std::remove_if(next.headers.begin(), next.headers.end(), is_private),
                     next.headers.end());
  return next;
}

}  // namespace

// What holds for all exchanges of one task.
struct HttpTask::Run {
  absl::Time deadline;
  bool is_task_timeout = false;  // the deadline is the task's, not ours
  const std::atomic<bool>* cancelled = nullptr;
  std::vector<std::string> secrets;
  bool has_cached_token = false;
  Trace* trace = nullptr;
};

HttpTask::HttpTask(Options options) : options_(std::move(options)) {}

OrFailure<Value> HttpTask::Invoke(const Value& parameters, absl::Duration timeout,
                                  const std::atomic<bool>* cancelled, Trace* trace) {
  if (options_.allowed_hosts.empty()) {
    return Forbidden("HTTP Tasks are switched off: no host is allowed (flag --http-allow).");
  }
  OrFailure<Call> call = ParseCall(parameters);
  if (!call.ok()) return call.failure();
  Connection connection;
  if (!call->connection_name.empty()) {
    if (options_.connections == nullptr) {
      return Failure{"Events.ConnectionResource.ResourceNotFound", "There are no connections."};
    }
    OrFailure<Connection> found = options_.connections->Find(call->connection_name);
    if (!found.ok()) return found.failure();
    connection = std::move(found).value();
  }
  Run run;
  run.is_task_timeout = timeout < options_.timeout;
  run.deadline = absl::Now() + std::min(timeout, options_.timeout);
  run.cancelled = cancelled;
  run.secrets = connection.Secrets();
  run.trace = trace;
  OrFailure<Value> result = InvokeWith(*call, connection, &run);
  const bool is_stale_token = !result.ok() && run.has_cached_token &&
                              result.failure().error == "States.Http.StatusCode.401";
  if (is_stale_token) {
    {
      absl::MutexLock lock(&mutex_);
      tokens_.erase(call->connection_name);
    }
    result = InvokeWith(*call, connection, &run);
  }
  if (result.ok() || !result.failure().cause.has_value()) return result;
  // Causes that are not the server's may still name a URL with a secret in its query.
  Failure failure = result.failure();
  failure.cause = Redactor(run.secrets).Redact(*failure.cause);
  return failure;
}

OrFailure<Value> HttpTask::InvokeWith(const Call& call, const Connection& connection, Run* run) {
  // Before any secret is fetched or sent.
  absl::optional<Failure> failure = CheckTarget(call.url, connection);
  if (failure.has_value()) return *failure;
  OrFailure<Request> request = WholeRequest(call, connection.parameters);
  if (!request.ok()) return request.failure();
  Request full = std::move(request).value();
  if (run->trace != nullptr) {
    OrFailure<Request> told = WholeRequest(call, {});
    if (told.ok()) run->trace->request = TraceOf(*told);
  }
  failure = Authorize(call.connection_name, connection, &full, run);
  if (failure.has_value()) return *failure;
  if (SizeOf(full) > options_.max_request_bytes) {
    return Failure{"States.DataLimitExceeded", absl::StrCat("The HTTP request exceeds ",
                                                            options_.max_request_bytes, " bytes.")};
  }
  OrFailure<Response> response = FollowRedirects(std::move(full), connection, run);
  if (!response.ok()) return response.failure();
  return ResultOf(std::move(response).value(), Redactor(run->secrets));
}

OrFailure<Request> HttpTask::WholeRequest(const Call& call,
                                          const HttpParameters& parameters) const {
  OrFailure<Request> request = MergeConnection(call, parameters);
  if (!request.ok()) return request;
  Request whole = std::move(request).value();
  SetHeader("User-Agent", options_.user_agent, &whole.headers);
  SetHeader("Range", absl::StrCat("bytes=0-", options_.max_response_bytes), &whole.headers);
  return whole;
}

OrFailure<Response> HttpTask::FollowRedirects(Request request, const Connection& connection,
                                              Run* run) {
  for (int redirects = 0;; ++redirects) {
    OrFailure<Response> response = Exchange(request, *run);
    if (run->trace != nullptr) {
      if (run->trace->reveals_secrets) run->trace->request = TraceOf(request);
      run->trace->response = TraceOf(response, request.url.scheme, Redactor(run->secrets));
    }
    if (!response.ok() || redirects >= options_.max_redirects) return response;
    absl::optional<Request> next = Redirected(request, *response);
    if (!next.has_value()) return response;
    absl::optional<Failure> failure = CheckTarget(next->url, connection);
    if (failure.has_value()) return *failure;
    request = *std::move(next);
  }
}

absl::optional<Failure> HttpTask::CheckTarget(const Url& url, const Connection& connection) const {
  if (url.scheme != "https" && !options_.allow_plain_http) {
    return Failure{"States.Runtime", "The endpoint of an HTTP Task must be a URL with https."};
  }
  const auto is_allowed = [&](const std::vector<std::string>& patterns) {
    return IsHostAllowed(patterns, url.host, url.port, url.default_port());
  };
  if (!is_allowed(options_.allowed_hosts)) {
    return Forbidden(absl::StrCat("HTTP Tasks may not call ", url.host, ":", url.port,
                                  ": it is not among the allowed hosts (flag --http-allow)."));
  }
  if (!connection.allowed_hosts.empty() && !is_allowed(connection.allowed_hosts)) {
    return Failure{"Events.ConnectionResource.AccessDenied",
                   absl::StrCat("The connection is not for ", url.host, ":", url.port, ".")};
  }
  return absl::nullopt;
}

absl::optional<Failure> HttpTask::Authorize(const std::string& name, const Connection& connection,
                                            Request* request, Run* run) {
  switch (connection.kind) {
    case Connection::Kind::kNone:
      return absl::nullopt;
    case Connection::Kind::kBasic:
      SetHeader("Authorization",
                absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(connection.username, ":",
                                                                       connection.password))),
                &request->headers);
      return absl::nullopt;
    case Connection::Kind::kApiKey:
      if (!IsHeader(connection.api_key_name, connection.api_key_value)) {
        return Failure{"Events.ConnectionResource.InvalidConnectionState",
                       "The connection's API key cannot stand in a header."};
      }
      SetHeader(connection.api_key_name, connection.api_key_value, &request->headers);
      return absl::nullopt;
    case Connection::Kind::kOAuthClientCredentials: {
      OrFailure<std::string> token = TokenOf(name, connection, run);
      if (!token.ok()) return token.failure();
      run->secrets.push_back(*token);
      SetHeader("Authorization", absl::StrCat("Bearer ", *token), &request->headers);
      return absl::nullopt;
    }
  }
  return absl::nullopt;
}

OrFailure<std::string> HttpTask::TokenOf(const std::string& name, const Connection& connection,
                                         Run* run) {
  const std::string of = absl::StrCat(connection.token_endpoint, "\n", connection.client_id, "\n",
                                      connection.client_secret);
  {
    absl::MutexLock lock(&mutex_);
    const auto cached = tokens_.find(name);
    run->has_cached_token =
        cached != tokens_.end() && cached->second.of == of && cached->second.expires > absl::Now();
    if (run->has_cached_token) return cached->second.text;
  }
  OrFailure<Token> token = FetchToken(connection, run);
  if (!token.ok()) return token.failure();
  Token fresh = std::move(token).value();
  fresh.of = of;
  absl::MutexLock lock(&mutex_);
  tokens_[name] = fresh;
  return fresh.text;
}

OrFailure<HttpTask::Token> HttpTask::FetchToken(const Connection& connection, Run* run) const {
  const auto unusable = [](absl::string_view why) {
    return Failure{"Events.ConnectionResource.InvalidConnectionState",
                   absl::StrCat("The connection's token endpoint ", why)};
  };
  const absl::optional<Url> url = ParseUrl(connection.token_endpoint);
  if (!url.has_value() || (url->scheme != "https" && !options_.allow_plain_http)) {
    return unusable("is no URL with https.");
  }
  Call call;
  call.url = *url;
  call.method = connection.token_method;
  call.is_form = true;
  call.body = Value::Object({{"grant_type", Value::String("client_credentials")},
                             {"client_id", Value::String(connection.client_id)},
                             {"client_secret", Value::String(connection.client_secret)}});
  OrFailure<Request> request = MergeConnection(call, connection.token_parameters);
  if (!request.ok()) return request.failure();
  OrFailure<Response> response = Exchange(*request, *run);
  if (!response.ok()) return response.failure();
  if (response->status / 100 != 2) {
    return unusable(absl::StrCat("has answered with status ", response->status, "."));
  }
  absl::StatusOr<Value> answer = ParseJson(response->body);
  const Value* text = answer.ok() ? answer->Find("access_token") : nullptr;
  if (text == nullptr || !text->is_string() || !IsSafeToken(text->AsString())) {
    return unusable("has given no access_token.");
  }
  if (CountCodePoints(text->AsString()) < kMinSecretCharacters) {
    return unusable(absl::StrCat("has given an access_token of fewer than ", kMinSecretCharacters,
                                 " characters, which could not be kept out of results."));
  }
  const Value* seconds = answer->Find("expires_in");
  int64_t life = 0;
  absl::Duration duration = kDefaultTokenLife;
  if (seconds != nullptr && seconds->is_number() && seconds->ToInt64(&life)) {
    duration = absl::Seconds(life) - kTokenMargin;
  }
  return Token{text->AsString(), absl::Now() + duration, ""};
}

OrFailure<Response> HttpTask::Exchange(const Request& request, const Run& run) const {
  TransferLimits limits;
  limits.allow_private_addresses = options_.allow_private_addresses;
  limits.max_response_bytes = options_.max_response_bytes;
  limits.deadline = run.deadline;
  limits.cancelled = run.cancelled;
  limits.ca_file = options_.ca_file;
  TransferResult result = Transfer(request, limits);
  switch (result.outcome) {
    case TransferResult::Outcome::kAnswered:
      return std::move(result.response);
    case TransferResult::Outcome::kTimedOut:
      if (run.is_task_timeout) return Failure{"States.Timeout", absl::nullopt};
      return Failure{"States.Http.Socket",
                     absl::StrCat("The HTTP request has timed out after ",
                                  absl::FormatDuration(options_.timeout), ".")};
    case TransferResult::Outcome::kCancelled:
      return Failure{"States.Http.Socket", "The HTTP request was cancelled."};
    case TransferResult::Outcome::kPrivateAddress:
      return Forbidden(absl::StrCat("HTTP Tasks may not call ", request.url.host,
                                    ": its address is not of the public internet."));
    case TransferResult::Outcome::kTooLarge:
      return Failure{"States.DataLimitExceeded",
                     absl::StrCat("The answer to the HTTP request exceeds ",
                                  options_.max_response_bytes, " bytes.")};
    case TransferResult::Outcome::kFailed:
      return Failure{"States.Http.Socket", result.detail};
  }
  return Failure{"States.Runtime", absl::nullopt};
}

}  // namespace pawl::http_task
