// The HTTP server of tests: a loopback port, one answer a connection, bytes as the test says them.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace pawl::support {

struct HttpRequest {
  std::string method, target, body;            // target: path and query as they were sent
  std::map<std::string, std::string> headers;  // by lower-case name; repeated ones joined by '|'
};

// Thread-safe. Bodies need a Content-Length.
class HttpServer {
 public:
  // Gives the whole answer, "HTTP/1.1 200 OK\r\n..."; "" closes the connection without one. Called
  // on a thread of the connection; it may block, and the destructor waits for it.
  using Handler = std::function<std::string(const HttpRequest&)>;

  // Serves at once, on a free port of 127.0.0.1. Aborts where it cannot.
  explicit HttpServer(Handler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  int port() const { return port_; }

 private:
  void Accept();
  void Serve(int connection);

  const Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  absl::Mutex mutex_;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<int> connections_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  std::thread accepting_;
};

}  // namespace pawl::support
