// One HTTP exchange over libcurl, to an address that has been checked.
#pragma once

#include <atomic>
#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/http_task/call.h"

namespace pawl::http_task {

struct TransferLimits {
  bool allow_private_addresses = false;
  size_t max_response_bytes = 0;
  absl::Time deadline;                           // of the exchange with all its parts
  const std::atomic<bool>* cancelled = nullptr;  // may be null; looked at about once a second
  std::string ca_file;                           // empty: the system's
};

struct Response {
  int status = 0;
  std::string reason;  // as the server gives it, perhaps empty
  Pairs headers;       // names in lower case, in order
  std::string body;
};

struct TransferResult {
  enum class Outcome {
    kAnswered,
    kTimedOut,
    kCancelled,
    kPrivateAddress,  // the host has no address that we may connect to
    kTooLarge,        // the body, or the headers beyond 256 KiB
    kFailed,          // no connection, TLS, a broken answer
  };
  Outcome outcome = Outcome::kFailed;
  Response response;   // kAnswered
  std::string detail;  // kFailed: curl's words, without URL or data
};

// Blocks. Uses no proxy, no environment, no cookies, no cache, follows no redirects; a connection
// of its own. Thread-safe.
TransferResult Transfer(const Request& request, const TransferLimits& limits);

}  // namespace pawl::http_task
