// A small S3 on a loopback port, for tests: one bucket space in memory, path style, signatures
// checked.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "tests/support/http_server.h"

namespace pawl::objects::s3 {

// Thread-safe.
class FakeS3 {
 public:
  static constexpr char kAccessKey[] = "AKIAFAKE";
  static constexpr char kSecretKey[] = "secret/fake+key";

  FakeS3();
  FakeS3(const FakeS3&) = delete;
  FakeS3& operator=(const FakeS3&) = delete;

  std::string endpoint() const;  // "http://127.0.0.1:PORT"

  // Forgets everything.
  void Reset();
  void Put(const std::string& bucket, const std::string& key, const std::string& body);
  std::string Get(const std::string& bucket, const std::string& key) const;  // "(none)"
  // The next requests whose method is `method` ("" = any) are answered with these statuses, and
  // error codes "Faked"; 0 closes the connection after the work is done.
  void Fault(const std::string& method, std::vector<int> statuses);
  int requests() const;
  int open_uploads() const;

 private:
  struct Request;
  struct Answer;
  struct Object {
    std::string body;
    int version = 0;
  };

  std::string Handle(const support::HttpRequest& got);
  static Request ReadRequest(const support::HttpRequest& got);
  static bool IsSigned(const Request& request);
  Answer Serve(const Request& request);
  Answer ServeObject(const Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Answer ServeList(const Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Answer ServeUpload(const Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, std::map<std::string, Object>> buckets_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::map<int, std::string>> uploads_ ABSL_GUARDED_BY(mutex_);
  std::string fault_method_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> faults_ ABSL_GUARDED_BY(mutex_);
  int requests_ ABSL_GUARDED_BY(mutex_) = 0;
  int versions_ ABSL_GUARDED_BY(mutex_) = 0;
  support::HttpServer server_;  // the last: it calls the others
};

}  // namespace pawl::objects::s3
