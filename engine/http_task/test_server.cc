#include "engine/http_task/test_server.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pawl::http_task {

TestServer::TestServer() : server_([this](const Received& got) { return Handle(got); }) {}

std::string TestServer::Url(const std::string& path) const {
  return absl::StrCat("http://127.0.0.1:", port(), path);
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

std::string TestServer::Handle(const Received& received) {
  Handler handler;
  {
    absl::MutexLock lock(&mutex_);
    received_.push_back(received);
    size_t longest = 0;
    for (const auto& [path, candidate] : handlers_) {
      if (path.size() < longest || !absl::StartsWith(received.target, path)) continue;
      longest = path.size();
      handler = candidate;
    }
  }
  return handler ? handler(received) : HttpAnswer(404, "Not Found", "text/plain", "no handler");
}

std::string HttpAnswer(int status, const std::string& reason, const std::string& content_type,
                       const std::string& body, const std::string& more_headers) {
  return absl::StrCat("HTTP/1.1 ", status, " ", reason, "\r\nContent-Type: ", content_type,
                      "\r\nContent-Length: ", body.size(), "\r\nConnection: close\r\n",
                      more_headers, "\r\n", body);
}

}  // namespace pawl::http_task
