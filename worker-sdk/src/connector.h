// Keeps a session connected: opens a stream, pings, notices silence, and opens the next one after a
// backoff, for ever. Internal to the SDK.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "worker-sdk/src/backoff.h"
#include "worker-sdk/src/session.h"
#include "worker-sdk/src/stream.h"

namespace pawl::sdk {

struct ConnectorOptions {
  std::vector<std::string> addresses;
  absl::Duration backoff_initial = absl::Milliseconds(100);
  absl::Duration backoff_max = absl::Seconds(10);
  absl::Duration connect_timeout = absl::Seconds(5);
  uint64_t seed = 1;
  std::function<void(const std::string&)> log;
};

// Thread-safe. Has a thread of its own.
class Connector {
 public:
  Connector(ConnectorOptions options, std::shared_ptr<Session> session, StreamFactory open);
  ~Connector();  // Stop

  void Start();
  // Closes the stream and waits for its end. Idempotent.
  void Stop();

 private:
  struct Ending {  // shared with the stream, which may end after the connector
    absl::Mutex mutex;
    bool has_ended ABSL_GUARDED_BY(mutex) = false;
    std::string reason ABSL_GUARDED_BY(mutex);
  };

  void Run();
  // Returns when the stream is over; whether it was of any use.
  bool RunStream(const std::string& address);
  // Why the stream is to be closed; "" while all is well.
  std::string Check(const Stream& stream, const std::string& address) const;
  bool is_stopping() const;

  const ConnectorOptions options_;
  const std::shared_ptr<Session> session_;
  const StreamFactory open_;
  Backoff backoff_;  // of the thread
  mutable absl::Mutex mutex_;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<Stream> stream_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace pawl::sdk
