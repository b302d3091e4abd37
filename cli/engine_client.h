// The engine's API in messages and absl::Status. gRPC stays behind this header.
//
//   v1::StartExecutionResponse started;
//   absl::Status status = engine.Call(request, &started);
//
// Calls block. UNAVAILABLE is tried again a few times, for a second or so in all: every call here
// may be sent twice (a start must have a name for that).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pawl/v1/cluster.pb.h"
#include "pawl/v1/executions.pb.h"
#include "pawl/v1/machines.pb.h"

namespace pawl::cli {

// Thread-safe.
class EngineClient {
 public:
  virtual ~EngineClient() = default;

  virtual absl::Status Call(const v1::CreateStateMachineRequest& request,
                            v1::CreateStateMachineResponse* response) = 0;
  virtual absl::Status Call(const v1::UpdateStateMachineRequest& request,
                            v1::UpdateStateMachineResponse* response) = 0;
  virtual absl::Status Call(const v1::DescribeStateMachineRequest& request,
                            v1::DescribeStateMachineResponse* response) = 0;
  virtual absl::Status Call(const v1::ListStateMachinesRequest& request,
                            v1::ListStateMachinesResponse* response) = 0;
  virtual absl::Status Call(const v1::DeleteStateMachineRequest& request,
                            v1::DeleteStateMachineResponse* response) = 0;
  virtual absl::Status Call(const v1::ValidateStateMachineRequest& request,
                            v1::ValidateStateMachineResponse* response) = 0;
  // Sent once: it may run a task. Waits up to five minutes, as that task may.
  virtual absl::Status Call(const v1::TestStateRequest& request,
                            v1::TestStateResponse* response) = 0;

  virtual absl::Status Call(const v1::StartExecutionRequest& request,
                            v1::StartExecutionResponse* response) = 0;
  // Sent once: whoever waits knows best what to do when the connection is lost.
  virtual absl::Status Call(const v1::StartAndWaitRequest& request,
                            v1::StartAndWaitResponse* response) = 0;
  virtual absl::Status Call(const v1::DescribeExecutionRequest& request,
                            v1::DescribeExecutionResponse* response) = 0;
  virtual absl::Status Call(const v1::GetHistoryRequest& request,
                            v1::GetHistoryResponse* response) = 0;
  virtual absl::Status Call(const v1::ListExecutionsRequest& request,
                            v1::ListExecutionsResponse* response) = 0;
  virtual absl::Status Call(const v1::StopExecutionRequest& request,
                            v1::StopExecutionResponse* response) = 0;
  virtual absl::Status Call(const v1::DescribeMapRunRequest& request,
                            v1::DescribeMapRunResponse* response) = 0;
  virtual absl::Status Call(const v1::ListMapRunsRequest& request,
                            v1::ListMapRunsResponse* response) = 0;
  virtual absl::Status Call(const v1::UpdateMapRunRequest& request,
                            v1::UpdateMapRunResponse* response) = 0;
  virtual absl::Status Call(const v1::SendTaskSuccessRequest& request,
                            v1::SendTaskSuccessResponse* response) = 0;
  virtual absl::Status Call(const v1::SendTaskFailureRequest& request,
                            v1::SendTaskFailureResponse* response) = 0;
  virtual absl::Status Call(const v1::SendTaskHeartbeatRequest& request,
                            v1::SendTaskHeartbeatResponse* response) = 0;

  virtual absl::Status Call(const v1::DescribeClusterRequest& request,
                            v1::DescribeClusterResponse* response) = 0;
  virtual absl::Status Call(const v1::ListQuarantinedRequest& request,
                            v1::ListQuarantinedResponse* response) = 0;
  virtual absl::Status Call(const v1::RetryQuarantinedRequest& request,
                            v1::RetryQuarantinedResponse* response) = 0;
  virtual absl::Status Call(const v1::ExportExecutionRequest& request,
                            v1::ExportExecutionResponse* response) = 0;

  // Calls `each` with every batch until the execution has ended (OK) or the stream broke. Sent
  // once.
  virtual absl::Status Follow(
      const v1::FollowHistoryRequest& request,
      const std::function<void(const v1::FollowHistoryResponse&)>& each) = 0;
};

// Does not fail: the first call says whether the engine is there.
std::unique_ptr<EngineClient> ConnectEngine(const std::string& address);

}  // namespace pawl::cli
