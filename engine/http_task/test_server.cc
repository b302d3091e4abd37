#include "engine/http_task/test_server.h"

#include <civetweb.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pawl::http_task {

TestServer::TestServer() {
  const char* options[] = {"listening_ports", "127.0.0.1:0", "num_threads", "4",
                           "decode_url",      "no",          nullptr};
  mg_callbacks callbacks = {};
  context_ = mg_start(&callbacks, this, options);
  mg_server_port port = {};
  if (context_ == nullptr || mg_get_server_ports(context_, 1, &port) != 1) std::abort();
  port_ = port.port;
  mg_set_request_handler(context_, "/", &TestServer::Handle, this);
}

TestServer::~TestServer() { mg_stop(context_); }

std::string TestServer::Url(const std::string& path) const {
  return absl::StrCat("http://127.0.0.1:", port_, path);
}

void TestServer::Answer(const std::string& path, Handler handler) {
  absl::MutexLock lock(&mutex_);
  handlers_[path] = std::move(handler);
}

void TestServer::Reset() {
  absl::MutexLock lock(&mutex_);
  handlers_.clear();
  received_.clear();
}

std::vector<TestServer::Received> TestServer::received() const {
  absl::MutexLock lock(&mutex_);
  return received_;
}

int TestServer::Handle(mg_connection* connection, void* self) {
  auto* server = static_cast<TestServer*>(self);
  const mg_request_info* info = mg_get_request_info(connection);
  Received received;
  received.method = info->request_method;
  received.target = info->request_uri;
  if (info->query_string != nullptr && !absl::StrContains(received.target, "?")) {
    absl::StrAppend(&received.target, "?", info->query_string);
  }
  for (int i = 0; i < info->num_headers; ++i) {
    std::string& value = received.headers[absl::AsciiStrToLower(info->http_headers[i].name)];
    absl::StrAppend(&value, value.empty() ? "" : "|", info->http_headers[i].value);
  }
  received.body.resize(static_cast<size_t>(std::max<long long>(info->content_length, 0)));
  size_t have = 0;
  while (have < received.body.size()) {
    const int n = mg_read(connection, received.body.data() + have, received.body.size() - have);
    if (n <= 0) return 400;
    have += static_cast<size_t>(n);
  }
  Handler handler;
  {
    absl::MutexLock lock(&server->mutex_);
    server->received_.push_back(received);
    size_t longest = 0;
    for (const auto& [path, candidate] : server->handlers_) {
      if (path.size() < longest || !absl::StartsWith(received.target, path)) continue;
      longest = path.size();
      handler = candidate;
    }
  }
  const std::string answer =
      handler ? handler(received) : HttpAnswer(404, "Not Found", "text/plain", "no handler");
  mg_write(connection, answer.data(), answer.size());
  return 200;
}

std::string HttpAnswer(int status, const std::string& reason, const std::string& content_type,
                       const std::string& body, const std::string& more_headers) {
  return absl::StrCat("HTTP/1.1 ", status, " ", reason, "\r\nContent-Type: ", content_type,
                      "\r\nContent-Length: ", body.size(), "\r\nConnection: close\r\n",
                      more_headers, "\r\n", body);
}

}  // namespace pawl::http_task
