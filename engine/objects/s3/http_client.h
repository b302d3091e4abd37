// One HTTP exchange over libcurl, for the S3 store.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace pawl::objects::s3 {

struct HttpRequest {
  std::string method;
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  absl::string_view body;            // must outlive the exchange
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // by lower-case name; of equal ones the last
  std::string body;
};

// Thread-safe; keeps connections open between exchanges. Follows no redirects, uses no proxy and no
// environment.
class HttpClient {
 public:
  HttpClient(absl::Duration connect_timeout, absl::Duration timeout);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  // Any status is an answer. Unavailable where there is none within the time; ResourceExhausted for
  // a body beyond `max_response_bytes`. Messages name neither URL nor headers.
  absl::StatusOr<HttpResponse> Send(const HttpRequest& request, size_t max_response_bytes);

 private:
  void* TakeHandle();
  void ReturnHandle(void* handle);

  const absl::Duration connect_timeout_;
  const absl::Duration timeout_;
  absl::Mutex mutex_;
  std::vector<void*> idle_ ABSL_GUARDED_BY(mutex_);  // CURL*
};

}  // namespace pawl::objects::s3
