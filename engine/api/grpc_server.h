// The gRPC server: the services of proto/pawl/v1 with health and reflection. No gRPC header is
// needed to use it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/runtime/node.h"
#include "engine/test_state/test_state.h"

namespace pawl::api {

// Runs a task for TestState and answers once, on a thread that must not block. A status is the
// engine's own trouble (ResourceExhausted, Unavailable); a task's failure is an answer.
using TaskRunner = std::function<void(
    test_state::TaskCall call, std::function<void(absl::StatusOr<test_state::TaskAnswer>)> done)>;

struct ServerOptions {
  std::string listen = "127.0.0.1:7233";  // host:port; port 0 picks a free one
  int max_message_bytes = 64 * 1024 * 1024;
  bool shows_task_tokens = false;  // in Describe (flag --show-task-tokens)
  std::string version = "0.1.0";
  TaskRunner run_task;  // empty: TestState refuses tasks without a mock
};

class GrpcServer {
 public:
  // Serves at once. Unavailable where the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const ServerOptions& options,
                                                           runtime::Node* node);
  virtual ~GrpcServer() = default;

  virtual int port() const = 0;
  // Tells workers to go away, refuses new calls, gives open ones `grace` to end, then cancels them.
  virtual void Shutdown(absl::Duration grace) = 0;
};

}  // namespace pawl::api
