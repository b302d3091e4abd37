// A plain HTTP client for tests: one kept connection, one request at a time, blocking.
#pragma once

#include <atomic>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pawl::testing {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class HttpClient {
 public:
  explicit HttpClient(int port) : port_(port) {}
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient() { Close(); }

  // Connects first where there is no connection; connects once more where the kept one turns out to
  // be closed. Unavailable.
  absl::StatusOr<HttpAnswer> Post(const std::string& path,
                                  const std::map<std::string, std::string>& headers,
                                  absl::string_view body);
  // An operation of AWS's API.
  absl::StatusOr<HttpAnswer> Aws(const std::string& operation, absl::string_view body);
  void Close();
  // Ends a request that another thread waits for.
  void Abort();

 private:
  absl::StatusOr<HttpAnswer> Exchange(const std::string& request);
  bool Connect();
  // More of the answer, onto `text`; false at the end.
  bool Receive(std::string* text) const;

  const int port_;
  std::atomic<int> socket_{-1};
};

}  // namespace pawl::testing
