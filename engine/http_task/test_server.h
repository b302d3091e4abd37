// An HTTP server on a loopback port that answers as tests say.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/support/http_server.h"

namespace pawl::http_task {

// Thread-safe.
class TestServer {
 public:
  using Received = support::HttpRequest;
  // Gives the whole answer, "HTTP/1.1 200 OK\r\n...".
  using Handler = std::function<std::string(const Received&)>;

  TestServer();

  int port() const { return server_.port(); }
  std::string Url(const std::string& path) const;
  // For paths that begin with `path`; the longest counts. Forgets what was received.
  void Answer(const std::string& path, Handler handler);
  void Reset();
  std::vector<Received> received() const;

 private:
  std::string Handle(const Received& received);

  mutable absl::Mutex mutex_;
  std::map<std::string, Handler> handlers_ ABSL_GUARDED_BY(mutex_);
  std::vector<Received> received_ ABSL_GUARDED_BY(mutex_);
  support::HttpServer server_;  // the last: it calls the others
};

// An answer with a length.
std::string HttpAnswer(int status, const std::string& reason, const std::string& content_type,
                       const std::string& body, const std::string& more_headers = "");

}  // namespace pawl::http_task
