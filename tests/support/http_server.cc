#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace pawl::support {
namespace {

constexpr char kEndOfHead[] = "\r\n\r\n";

bool Send(int connection, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// Appends what has come; false at the end of the connection.
bool Receive(int connection, std::string* bytes) {
  char buffer[64 * 1024];
  const ssize_t n = recv(connection, buffer, sizeof(buffer), 0);
  if (n > 0) bytes->append(buffer, static_cast<size_t>(n));
  return n > 0;
}

HttpRequest ParseHead(absl::string_view head) {
  HttpRequest request;
  const std::vector<absl::string_view> lines = absl::StrSplit(head, "\r\n");
  const std::vector<std::string> first = absl::StrSplit(lines[0], ' ');
  request.method = first[0];
  if (first.size() > 1) request.target = first[1];
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t colon = lines[i].find(':');
    if (colon == absl::string_view::npos) continue;
    std::string& value = request.headers[absl::AsciiStrToLower(lines[i].substr(0, colon))];
    absl::StrAppend(&value, value.empty() ? "" : "|",
                    absl::StripAsciiWhitespace(lines[i].substr(colon + 1)));
  }
  return request;
}

bool ReadRequest(int connection, HttpRequest* request) {
  std::string bytes;
  size_t end = std::string::npos;
  while ((end = bytes.find(kEndOfHead)) == std::string::npos) {
    if (!Receive(connection, &bytes)) return false;
  }
  *request = ParseHead(absl::string_view(bytes).substr(0, end));
  request->body = bytes.substr(end + sizeof(kEndOfHead) - 1);
  size_t length = 0;
  const auto given = request->headers.find("content-length");
  if (given != request->headers.end() && !absl::SimpleAtoi(given->second, &length)) return false;
  const bool waits = request->headers.count("expect") > 0;
  if (waits && !Send(connection, "HTTP/1.1 100 Continue\r\n\r\n")) return false;
  while (request->body.size() < length) {
    if (!Receive(connection, &request->body)) return false;
  }
  return true;
}

}  // namespace

HttpServer::HttpServer(Handler handler)
    : handler_(std::move(handler)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || bind(listener_, generic, size) != 0 || listen(listener_, 128) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { Accept(); });
}

HttpServer::~HttpServer() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    for (const int connection : connections_) shutdown(connection, SHUT_RDWR);
  }
  accepting_.join();
  {
    absl::MutexLock lock(&mutex_);
    threads = std::move(threads_);
  }
  for (std::thread& thread : threads) thread.join();
  close(listener_);
}

void HttpServer::Accept() {
  while (true) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    absl::MutexLock lock(&mutex_);
    if (is_stopping_) {
      if (connection >= 0) close(connection);
      return;
    }
    if (connection < 0) continue;
    connections_.insert(connection);
    threads_.emplace_back([this, connection] { Serve(connection); });
  }
}

void HttpServer::Serve(int connection) {
  HttpRequest request;
  // A client that does not wait for its answer is no mistake of the server.
  if (ReadRequest(connection, &request)) Send(connection, handler_(request));
  absl::MutexLock lock(&mutex_);
  connections_.erase(connection);
  close(connection);
}

}  // namespace pawl::support
