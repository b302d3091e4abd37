#include "engine/http_task/answer.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"

namespace pawl::http_task {
namespace {

constexpr size_t kMaxCauseBytes = 32768;  // AWS's limit of a cause

bool IsUtf8(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const size_t length = Utf8SequenceLength(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

// "application/json" of "Application/JSON; charset=utf-8".
std::string MediaType(const Response& response) {
  const std::string* header = FindHeader(response, "content-type");
  if (header == nullptr) return "";
  return absl::AsciiStrToLower(
      absl::StripAsciiWhitespace(absl::string_view(*header).substr(0, header->find(';'))));
}

bool IsJson(absl::string_view media_type) {
  return media_type == "application/json" || media_type == "text/json" ||
         absl::EndsWith(media_type, "+json");
}

bool IsBinary(absl::string_view media_type) {
  return media_type == "application/octet-stream" || absl::StartsWith(media_type, "image/") ||
         absl::StartsWith(media_type, "video/") || absl::StartsWith(media_type, "audio/");
}

Value HeadersOf(const Response& response) {
  Value::Members members;
  for (const auto& [raw_name, value] : response.headers) {
    const std::string name = ReplaceInvalidUtf8(raw_name);
    Value text = Value::String(ReplaceInvalidUtf8(value));
    bool is_there = false;
    for (auto& [known, list] : members) {
      if (known != name) continue;
      Value::Elements values = list.AsArray();
      values.push_back(text);
      list = Value::Array(std::move(values));
      is_there = true;
    }
    if (!is_there) members.emplace_back(name, Value::Array({std::move(text)}));
  }
  return Value::Object(std::move(members));
}

Value BodyOf(const Response& response, const std::string& media_type) {
  if (IsJson(media_type)) {
    JsonLimits limits;
    limits.max_bytes = response.body.size() + 1;
    absl::StatusOr<Value> value = ParseJson(response.body, limits);
    if (value.ok()) return *std::move(value);
  }
  return Value::String(response.body);
}

// "[Accept: text/plain, Range: bytes=0-100]", as AWS has it.
std::string JoinHeaders(const Pairs& headers) {
  std::string text = "[";
  for (const auto& [name, value] : headers) {
    absl::StrAppend(&text, text.size() > 1 ? ", " : "", name, ": ", value);
  }
  return absl::StrCat(text, "]");
}

Failure FailureOf(const Response& response) {
  std::string cause = response.body.empty() ? response.reason : response.body;
  if (cause.size() > kMaxCauseBytes) cause.resize(kMaxCauseBytes);
  return Failure{absl::StrCat("States.Http.StatusCode.", response.status),
                 ReplaceInvalidUtf8(std::move(cause))};
}

}  // namespace

OrFailure<Value> ResultOf(Response response, const Redactor& redactor) {
  response.body = redactor.Redact(response.body);
  for (auto& [name, value] : response.headers) {
    name = redactor.Redact(name);
    value = redactor.Redact(value);
  }
  response.reason = ReplaceInvalidUtf8(redactor.Redact(response.reason));
  if (response.status / 100 != 2) return FailureOf(response);
  const std::string media_type = MediaType(response);
  if (!response.body.empty() && IsBinary(media_type)) {
    return Failure{"States.Runtime", absl::StrCat("The answer has an unsupported content type: ",
                                                  ReplaceInvalidUtf8(media_type))};
  }
  if (!IsUtf8(response.body)) {
    return Failure{"States.Runtime", "The answer cannot be read as a string: it is not UTF-8."};
  }
  return Value::Object({{"Headers", HeadersOf(response)},
                        {"ResponseBody", BodyOf(response, media_type)},
                        {"StatusCode", Value::Int(response.status)},
                        {"StatusText", Value::String(response.reason)}});
}

Value TraceOf(const Request& request) {
  Value::Members members = {{"protocol", Value::String(request.url.scheme)},
                            {"method", Value::String(request.method)},
                            {"url", Value::String(request.url.ToString())},
                            {"headers", Value::String(JoinHeaders(request.headers))}};
  if (request.body.has_value()) members.emplace_back("body", Value::String(*request.body));
  return Value::Object(std::move(members));
}

absl::optional<Value> TraceOf(const OrFailure<Response>& response, const std::string& protocol,
                              const Redactor& redactor) {
  if (!response.ok()) return absl::nullopt;
  const auto text = [&redactor](absl::string_view told) {
    return Value::String(ReplaceInvalidUtf8(redactor.Redact(told)));
  };
  return Value::Object({{"protocol", Value::String(protocol)},
                        {"statusCode", Value::String(absl::StrCat(response->status))},
                        {"statusMessage", text(response->reason)},
                        {"headers", text(JoinHeaders(response->headers))},
                        {"body", text(response->body)}});
}

const std::string* FindHeader(const Response& response, absl::string_view name) {
  for (const auto& [known, value] : response.headers) {
    if (known == name) return &value;
  }
  return nullptr;
}

bool IsSafeToken(absl::string_view token) {
  for (char c : token) {
    if (c <= ' ' || c == '\x7f') return false;
  }
  return !token.empty();
}

}  // namespace pawl::http_task
