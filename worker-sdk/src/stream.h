// One stream to one engine. Internal to the SDK; made by gRPC (grpc_stream.cc) or by a test.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pawl/connect.h"
#include "worker-sdk/src/session.h"

namespace pawl::sdk {

// Thread-safe.
class Stream : public Link {
 public:
  // Begins to connect; the session is attached before.
  virtual void Start() = 0;
  // Ends it, without waiting. `ended` is called all the same.
  virtual void Close() = 0;
  // Since something came in (since Start, where nothing has), and since something went out.
  virtual absl::Duration since_read() const = 0;
  virtual absl::Duration since_write() const = 0;
};

// `ended` is called exactly once, as the last thing, with the reason. Whoever opens a started
// stream keeps it until then, and lets it go on a thread of its own.
using StreamFactory = std::function<std::shared_ptr<Stream>(
    const std::string& address, std::shared_ptr<Session> session,
    std::function<void(std::string reason)> ended)>;

// Streams over gRPC. InvalidArgument: `connect` cannot be used. Its files are read again for each
// stream; one that cannot be read any more ends the stream.
absl::StatusOr<StreamFactory> GrpcStreams(ConnectOptions connect);

}  // namespace pawl::sdk
