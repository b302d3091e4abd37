#include "engine/http_task/call.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"

namespace pawl::http_task {
namespace {

constexpr size_t kMaxShownBytes = 200;  // of a value in a message

// "Headers" in AWS's "HTTP Task fields".
constexpr absl::string_view kForbiddenHeaders[] = {"a-im",
                                                   "accept-charset",
                                                   "accept-datetime",
                                                   "accept-encoding",
                                                   "authorization",
                                                   "cache-control",
                                                   "connection",
                                                   "content-encoding",
                                                   "content-md5",
                                                   "date",
                                                   "expect",
                                                   "forwarded",
                                                   "from",
                                                   "host",
                                                   "http2-settings",
                                                   "if-match",
                                                   "if-modified-since",
                                                   "if-none-match",
                                                   "if-range",
                                                   "if-unmodified-since",
                                                   "max-forwards",
                                                   "origin",
                                                   "pragma",
                                                   "proxy-authorization",
                                                   "referer",
                                                   "server",
                                                   "te",
                                                   "trailer",
                                                   "transfer-encoding",
                                                   "upgrade",
                                                   "via",
                                                   "warning"};
constexpr absl::string_view kForbiddenPrefixes[] = {"x-forwarded-", "x-amz-", "x-amzn-"};
// Set by us, as by AWS: what a task says is dropped.
constexpr absl::string_view kOwnHeaders[] = {"user-agent", "range", "content-length"};

Failure Bad(absl::string_view cause) { return Failure{"States.Runtime", std::string(cause)}; }

bool IsOneOf(absl::string_view name, const absl::string_view* begin, const absl::string_view* end) {
  return std::find(begin, end, name) != end;
}

bool IsForbidden(absl::string_view lower_name) {
  for (absl::string_view prefix : kForbiddenPrefixes) {
    if (absl::StartsWith(lower_name, prefix)) return true;
  }
  return IsOneOf(lower_name, std::begin(kForbiddenHeaders), std::end(kForbiddenHeaders));
}

bool IsToken(absl::string_view name) {
  for (char c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) &&
        absl::string_view("!#$%&'*+-.^_`|~").find(c) == absl::string_view::npos) {
      return false;
    }
  }
  return !name.empty();
}

bool IsHeaderValue(absl::string_view value) {
  for (char c : value) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '\t') return false;
  }
  return true;
}

absl::optional<Failure> AddHeader(const std::string& name, const Value& value, Pairs* headers) {
  if (value.is_array()) {
    for (const Value& element : value.AsArray()) {
      if (element.is_array()) return Bad("A header's value must be a string or a list of them.");
      absl::optional<Failure> failure = AddHeader(name, element, headers);
      if (failure.has_value()) return failure;
    }
    return absl::nullopt;
  }
  const std::string lower = absl::AsciiStrToLower(name);
  if (IsForbidden(lower)) {
    return Bad(absl::StrCat("The header ", name, " cannot be used in an HTTP Task."));
  }
  const std::string text = ScalarText(value);
  if (value.is_object() || !IsHeader(name, text)) {
    return Bad("A header of the HTTP Task has a name or a value that HTTP does not allow.");
  }
  if (!IsOneOf(lower, std::begin(kOwnHeaders), std::end(kOwnHeaders))) {
    headers->emplace_back(name, text);
  }
  return absl::nullopt;
}

void AddQueryString(absl::string_view text, Pairs* query) {
  if (absl::StartsWith(text, "?")) text.remove_prefix(1);
  for (absl::string_view pair : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    const size_t equals = std::min(pair.find('='), pair.size());
    const absl::string_view value =
        equals == pair.size() ? absl::string_view() : pair.substr(equals + 1);
    query->emplace_back(PercentDecode(pair.substr(0, equals)), PercentDecode(value));
  }
}

absl::optional<Failure> AddQuery(const Value& value, Pairs* query) {
  if (value.is_string()) {
    AddQueryString(value.AsString(), query);
  } else if (value.is_object()) {
    const Pairs pairs = FlattenForm(value, ArrayFormat::kRepeat);
    query->insert(query->end(), pairs.begin(), pairs.end());
  } else if (value.is_array()) {
    for (const Value& element : value.AsArray()) {
      if (element.is_array()) return Bad("QueryParameters must not have lists in a list.");
      absl::optional<Failure> failure = AddQuery(element, query);
      if (failure.has_value()) return failure;
    }
  } else if (!value.is_null()) {
    return Bad("QueryParameters must be an object, a list or a string.");
  }
  return absl::nullopt;
}

absl::optional<Failure> ReadTransform(const Value& transform, Call* call) {
  const Value* encoding = transform.Find("RequestBodyEncoding");
  const std::string name = encoding == nullptr ? "NONE" : ScalarText(*encoding);
  call->is_form = name == "URL_ENCODED";
  if (!call->is_form && name != "NONE") {
    return Bad("RequestBodyEncoding must be NONE or URL_ENCODED.");
  }
  const Value* options = transform.Find("RequestEncodingOptions");
  const Value* format = options == nullptr ? nullptr : options->Find("ArrayFormat");
  const std::string text = format == nullptr ? "INDICES" : ScalarText(*format);
  if (text == "REPEAT")
    call->array_format = ArrayFormat::kRepeat;
  else if (text == "COMMAS")
    call->array_format = ArrayFormat::kCommas;
  else if (text == "BRACKETS")
    call->array_format = ArrayFormat::kBrackets;
  else if (text != "INDICES" && text != "NONE") {
    return Bad("ArrayFormat must be INDICES, REPEAT, COMMAS or BRACKETS.");
  }
  return absl::nullopt;
}

absl::optional<Failure> ReadConnection(const Value& parameters, Call* call) {
  for (const char* field : {"InvocationConfig", "Authentication"}) {
    const Value* config = parameters.Find(field);
    if (config == nullptr) continue;
    const Value* arn = config->Find("ConnectionArn");
    if (arn == nullptr || !arn->is_string() || ConnectionName(arn->AsString()).empty()) {
      return Bad(absl::StrCat(field, " must have the ConnectionArn of a connection."));
    }
    call->connection_name = ConnectionName(arn->AsString());
    return absl::nullopt;
  }
  return absl::nullopt;
}

absl::optional<Failure> ReadTarget(const Value& parameters, Call* call) {
  const Value* endpoint = parameters.Find("ApiEndpoint");
  if (endpoint == nullptr || !endpoint->is_string()) return Bad("ApiEndpoint must be a string.");
  const absl::optional<Url> url = ParseUrl(endpoint->AsString());
  if (!url.has_value()) {
    // Without what may be a password.
    const std::string& text = endpoint->AsString();
    const size_t at = text.rfind('@');
    std::string shown = at == std::string::npos ? text : absl::StrCat("***", text.substr(at));
    TruncateUtf8(kMaxShownBytes, &shown);
    return Bad(
        absl::StrCat("ApiEndpoint must be a URL with https, without a user and a password, "
                     "such as https://api.example.com/orders; it is '",
                     shown, "'."));
  }
  call->url = *url;
  const Value* method = parameters.Find("Method");
  call->method = method == nullptr ? "" : ScalarText(*method);
  for (const char* known : {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"}) {
    if (call->method == known) return absl::nullopt;
  }
  return Bad("Method must be GET, POST, PUT, DELETE, PATCH, OPTIONS or HEAD.");
}

void ReplacePairs(const std::vector<Parameter>& parameters, Pairs* pairs) {
  for (const Parameter& parameter : parameters) {
    pairs->erase(std::remove_if(pairs->begin(), pairs->end(),
                                [&](const auto& pair) { return pair.first == parameter.key; }),
                 pairs->end());
  }
  for (const Parameter& parameter : parameters) pairs->emplace_back(parameter.key, parameter.value);
}

OrFailure<Value> MergeBody(const Value& body, const std::vector<Parameter>& parameters) {
  if (parameters.empty()) return body;
  if (!body.is_null() && !body.is_object()) {
    return Bad("A RequestBody that is no object cannot be merged with the connection's body.");
  }
  Value::Members members;
  if (body.is_object()) members = body.AsObject();
  // Of equal keys the last wins.
  for (const Parameter& parameter : parameters) {
    members.emplace_back(parameter.key, Value::String(parameter.value));
  }
  return Value::Object(std::move(members));
}

}  // namespace

OrFailure<Call> ParseCall(const Value& parameters) {
  Call call;
  if (!parameters.is_object()) return Bad("The parameters of an HTTP Task must be an object.");
  absl::optional<Failure> failure = ReadTarget(parameters, &call);
  if (!failure) failure = ReadConnection(parameters, &call);
  const Value* headers = parameters.Find("Headers");
  if (!failure && headers != nullptr && !headers->is_object() && !headers->is_null()) {
    failure = Bad("Headers must be an object.");
  }
  if (!failure && headers != nullptr && headers->is_object()) {
    for (const auto& [name, value] : headers->AsObject()) {
      failure = AddHeader(name, value, &call.headers);
      if (failure) break;
    }
  }
  const Value* query = parameters.Find("QueryParameters");
  if (!failure && query != nullptr) failure = AddQuery(*query, &call.query);
  const Value* transform = parameters.Find("Transform");
  if (!failure && transform != nullptr) failure = ReadTransform(*transform, &call);
  if (failure) return *failure;
  const Value* body = parameters.Find("RequestBody");
  if (body != nullptr) call.body = *body;
  return call;
}

OrFailure<Request> MergeConnection(const Call& call, const HttpParameters& parameters) {
  Request request;
  request.method = call.method;
  request.url = call.url;
  request.headers = call.headers;
  for (const Parameter& header : parameters.headers) {
    if (!IsHeader(header.key, header.value)) {
      return Bad("A header of the connection has a name or a value that HTTP does not allow.");
    }
    SetHeader(header.key, header.value, &request.headers);
  }
  Pairs query = call.query;
  ReplacePairs(parameters.query, &query);
  const std::string more = EncodePairs(query);
  if (!more.empty()) {
    absl::StrAppend(&request.url.query, request.url.query.empty() ? "" : "&", more);
  }
  OrFailure<Value> body = MergeBody(call.body, parameters.body);
  if (!body.ok()) return body.failure();
  if (body->is_null()) return request;
  const bool is_form = call.is_form && body->is_object();
  if (body->is_string()) {
    request.body = body->AsString();
  } else if (is_form) {
    request.body = EncodePairs(FlattenForm(*body, call.array_format));
  } else {
    request.body = ToJson(*body);
  }
  if (!HasHeader(request.headers, "content-type")) {
    SetHeader("Content-Type",
              is_form ? "application/x-www-form-urlencoded" : "application/json; charset=UTF-8",
              &request.headers);
  }
  return request;
}

void SetHeader(absl::string_view name, absl::string_view value, Pairs* headers) {
  headers->erase(
      std::remove_if(headers->begin(), headers->end(),
                     [&](const auto& h) { return absl::EqualsIgnoreCase(h.first, name); }),
      headers->end());
  headers->emplace_back(std::string(name), std::string(value));
}

bool IsHeader(absl::string_view name, absl::string_view value) {
  return IsToken(name) && IsHeaderValue(value);
}

bool HasHeader(const Pairs& headers, absl::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& h) { return absl::EqualsIgnoreCase(h.first, name); });
}

}  // namespace pawl::http_task
