#include "tests/support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace pawl::testing {
namespace {

// The status line and the headers, without the empty line behind them.
absl::StatusOr<HttpAnswer> ParseHead(absl::string_view head) {
  HttpAnswer answer;
  bool is_first = true;
  for (absl::string_view line : absl::StrSplit(head, "\r\n")) {
    if (std::exchange(is_first, false)) {
      if (line.size() < 12 || !absl::SimpleAtoi(line.substr(9, 3), &answer.status)) {
        return absl::UnavailableError("no HTTP status line");
      }
      continue;
    }
    const std::pair<std::string, std::string> field = absl::StrSplit(line, absl::MaxSplits(':', 1));
    answer.headers[absl::AsciiStrToLower(field.first)] =
        std::string(absl::StripAsciiWhitespace(field.second));
  }
  return answer;
}

}  // namespace

void HttpClient::Close() {
  if (socket_ >= 0) close(socket_.exchange(-1));
}

void HttpClient::Abort() {
  if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
}

bool HttpClient::Connect() {
  if (socket_ >= 0) return true;
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return true;
  Close();
  return false;
}

bool HttpClient::Receive(std::string* text) const {
  char buffer[65536];
  const ssize_t n = recv(socket_, buffer, sizeof(buffer), 0);
  if (n > 0) text->append(buffer, static_cast<size_t>(n));
  return n > 0;
}

absl::StatusOr<HttpAnswer> HttpClient::Exchange(const std::string& request) {
  if (!Connect()) return absl::UnavailableError(absl::StrCat("nobody listens on port ", port_));
  for (size_t sent = 0; sent < request.size();) {
    const ssize_t n = send(socket_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return absl::UnavailableError("the connection was closed");
    sent += static_cast<size_t>(n);
  }
  std::string text;
  size_t end = std::string::npos;
  while ((end = text.find("\r\n\r\n")) == std::string::npos) {
    if (!Receive(&text)) return absl::UnavailableError("the connection was closed");
  }
  absl::StatusOr<HttpAnswer> answer = ParseHead(absl::string_view(text).substr(0, end));
  if (!answer.ok()) return answer;
  answer->body = text.substr(end + 4);
  size_t length = 0;
  if (!absl::SimpleAtoi(answer->headers["content-length"], &length)) {
    return absl::UnavailableError("an answer without content-length");
  }
  while (answer->body.size() < length) {
    if (!Receive(&answer->body)) return absl::UnavailableError("half an answer");
  }
  if (answer->headers["connection"] == "close") Close();
  return answer;
}

absl::StatusOr<HttpAnswer> HttpClient::Post(const std::string& path,
                                            const std::map<std::string, std::string>& headers,
                                            absl::string_view body) {
  std::string request =
      absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: localhost\r\nContent-Length: ", body.size());
  for (const auto& [name, value] : headers) absl::StrAppend(&request, "\r\n", name, ": ", value);
  absl::StrAppend(&request, "\r\n\r\n", body);
  const bool was_kept = socket_ >= 0;
  absl::StatusOr<HttpAnswer> answer = Exchange(request);
  if (answer.ok()) return answer;
  Close();
  return was_kept ? Exchange(request) : answer;
}

absl::StatusOr<HttpAnswer> HttpClient::Aws(const std::string& operation, absl::string_view body) {
  return Post("/",
              {{"Content-Type", "application/x-amz-json-1.0"},
               {"X-Amz-Target", absl::StrCat("AWSStepFunctions.", operation)}},
              body);
}

}  // namespace pawl::testing
