// An HTTP server on a loopback port that answers as tests say.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

struct mg_context;
struct mg_connection;

namespace pawl::http_task {

// Thread-safe. Stopping takes seconds: share one among tests.
class TestServer {
 public:
  struct Received {
    std::string method, target, body;            // target: path and query as they were sent
    std::map<std::string, std::string> headers;  // by lower-case name
  };
  // Gives the whole answer, "HTTP/1.1 200 OK\r\n...".
  using Handler = std::function<std::string(const Received&)>;

  TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer();

  int port() const { return port_; }
  std::string Url(const std::string& path) const;
  // For paths that begin with `path`; the longest counts. Forgets what was received.
  void Answer(const std::string& path, Handler handler);
  void Reset();
  std::vector<Received> received() const;

 private:
  static int Handle(mg_connection* connection, void* self);

  mg_context* context_ = nullptr;
  int port_ = 0;
  mutable absl::Mutex mutex_;
  std::map<std::string, Handler> handlers_ ABSL_GUARDED_BY(mutex_);
  std::vector<Received> received_ ABSL_GUARDED_BY(mutex_);
};

// An answer with a length.
std::string HttpAnswer(int status, const std::string& reason, const std::string& content_type,
                       const std::string& body, const std::string& more_headers = "");

}  // namespace pawl::http_task
