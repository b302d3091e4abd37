#include "engine/http_task/transfer.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/http_task/guard.h"

namespace pawl::http_task {
namespace {

constexpr size_t kMaxHeaderBytes = size_t{256} * 1024;

struct Exchange {
  const TransferLimits* limits;
  TransferResult result;
  size_t header_bytes = 0;
  bool is_too_large = false;
  bool is_cancelled = false;
  bool is_address_refused = false;
  bool is_address_allowed = false;
};

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  auto* exchange = static_cast<Exchange*>(user);
  std::string& body = exchange->result.response.body;
  const size_t bytes = size * count;
  if (bytes > exchange->limits->max_response_bytes - body.size()) {
    exchange->is_too_large = true;
    return 0;
  }
  body.append(data, bytes);
  return bytes;
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto* exchange = static_cast<Exchange*>(user);
  Response& response = exchange->result.response;
  absl::string_view line(data, size * count);
  exchange->header_bytes += line.size();
  if (exchange->header_bytes > kMaxHeaderBytes) {
    exchange->is_too_large = true;
    return 0;
  }
  const size_t colon = line.find(':');
  if (absl::StartsWith(line, "HTTP/")) {  // those before were of an interim answer
    response.headers.clear();
    const size_t code = std::min(line.find(' '), line.size());
    const size_t reason = std::min(line.find(' ', std::min(code + 1, line.size())), line.size());
    response.reason = std::string(absl::StripAsciiWhitespace(line.substr(reason)));
  } else if (colon != absl::string_view::npos) {
    response.headers.emplace_back(absl::AsciiStrToLower(line.substr(0, colon)),
                                  std::string(absl::StripAsciiWhitespace(line.substr(colon + 1))));
  }
  return size * count;
}

// The address is the one that is connected to: nothing is resolved after this.
curl_socket_t OnOpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
  auto* exchange = static_cast<Exchange*>(user);
  if (!exchange->limits->allow_private_addresses &&
      !IsPublicAddress(&address->addr, static_cast<socklen_t>(address->addrlen))) {
    exchange->is_address_refused = true;
    return CURL_SOCKET_BAD;
  }
  exchange->is_address_allowed = true;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto* exchange = static_cast<Exchange*>(user);
  const std::atomic<bool>* cancelled = exchange->limits->cancelled;
  exchange->is_cancelled = cancelled != nullptr && cancelled->load();
  return exchange->is_cancelled ? 1 : 0;
}

struct CleanUp {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, CleanUp>;

HeaderList HeadersOf(const Request& request) {
  HeaderList list(curl_slist_append(nullptr, "Expect:"));
  const auto append = [&](const std::string& line) {
    list.reset(curl_slist_append(list.release(), line.c_str()));
  };
  if (!HasHeader(request.headers, "accept")) append("Accept: */*");
  if (!HasHeader(request.headers, "content-type")) append("Content-Type:");  // not curl's own
  for (const auto& [name, value] : request.headers) {
    // "Name;" is how curl is told to send an empty value.
    append(value.empty() ? absl::StrCat(name, ";") : absl::StrCat(name, ": ", value));
  }
  return list;
}

void SetMethodAndBody(CURL* curl, const Request& request) {
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request.body.has_value() || request.method == "POST" || request.method == "PUT") {
    const absl::string_view body =
        request.body.has_value() ? absl::string_view(*request.body) : absl::string_view("");
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void SetLimits(CURL* curl, const TransferLimits& limits, absl::Duration left, Exchange* exchange) {
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(left)));
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, exchange);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
  if (!limits.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, limits.ca_file.c_str());
}

TransferResult::Outcome OutcomeOf(CURLcode code, const Exchange& exchange) {
  using Outcome = TransferResult::Outcome;
  if (code == CURLE_OK) return Outcome::kAnswered;
  if (exchange.is_cancelled) return Outcome::kCancelled;
  if (exchange.is_too_large) return Outcome::kTooLarge;
  if (code == CURLE_OPERATION_TIMEDOUT) return Outcome::kTimedOut;
  if (exchange.is_address_refused && !exchange.is_address_allowed) return Outcome::kPrivateAddress;
  return Outcome::kFailed;
}

}  // namespace

TransferResult Transfer(const Request& request, const TransferLimits& limits) {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  Exchange exchange{&limits, {}};
  const absl::Duration left = limits.deadline - absl::Now();
  if (left < absl::Milliseconds(1)) {
    exchange.result.outcome = TransferResult::Outcome::kTimedOut;
    return exchange.result;
  }
  std::unique_ptr<CURL, CleanUp> curl(curl_easy_init());
  if (initialized != CURLE_OK || curl == nullptr) {
    exchange.result.detail = "libcurl cannot be started";
    return exchange.result;
  }
  const std::string url = request.url.ToString();
  const HeaderList headers = HeadersOf(request);
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  SetMethodAndBody(curl.get(), request);
  SetLimits(curl.get(), limits, left, &exchange);
  const CURLcode code = curl_easy_perform(curl.get());
  exchange.result.outcome = OutcomeOf(code, exchange);
  if (code != CURLE_OK) exchange.result.detail = curl_easy_strerror(code);
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  exchange.result.response.status = static_cast<int>(status);
  return exchange.result;
}

}  // namespace pawl::http_task
