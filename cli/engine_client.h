// The engine's API in messages and absl::Status. gRPC stays behind this header.
//
//   v1::ExecutionsStartResponse started;
//   absl::Status status = engine.Call(request, &started);
//
// Calls block. UNAVAILABLE is tried again a few times, for a second or so in all: every call here
// may be sent twice (a start must have a name for that).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pawl/connect.h"
#include "pawl/v1/access_keys.pb.h"
#include "pawl/v1/activities.pb.h"
#include "pawl/v1/cluster.pb.h"
#include "pawl/v1/executions.pb.h"
#include "pawl/v1/machines.pb.h"
#include "pawl/v1/namespaces.pb.h"

namespace pawl::cli {

// Thread-safe.
class EngineClient {
 public:
  virtual ~EngineClient() = default;

  virtual absl::Status Call(const v1::StateMachinesCreateRequest& request,
                            v1::StateMachinesCreateResponse* response) = 0;
  virtual absl::Status Call(const v1::StateMachinesUpdateRequest& request,
                            v1::StateMachinesUpdateResponse* response) = 0;
  virtual absl::Status Call(const v1::StateMachinesDescribeRequest& request,
                            v1::StateMachinesDescribeResponse* response) = 0;
  virtual absl::Status Call(const v1::StateMachinesListRequest& request,
                            v1::StateMachinesListResponse* response) = 0;
  virtual absl::Status Call(const v1::StateMachinesDeleteRequest& request,
                            v1::StateMachinesDeleteResponse* response) = 0;
  virtual absl::Status Call(const v1::StateMachinesPublishVersionRequest& request,
                            v1::StateMachinesPublishVersionResponse* response) = 0;
  virtual absl::Status Call(const v1::StateMachinesListVersionsRequest& request,
                            v1::StateMachinesListVersionsResponse* response) = 0;
  virtual absl::Status Call(const v1::StateMachinesDeleteVersionRequest& request,
                            v1::StateMachinesDeleteVersionResponse* response) = 0;
  virtual absl::Status Call(const v1::StateMachinesSetAliasRequest& request,
                            v1::StateMachinesSetAliasResponse* response) = 0;
  virtual absl::Status Call(const v1::StateMachinesListAliasesRequest& request,
                            v1::StateMachinesListAliasesResponse* response) = 0;
  virtual absl::Status Call(const v1::StateMachinesDeleteAliasRequest& request,
                            v1::StateMachinesDeleteAliasResponse* response) = 0;
  virtual absl::Status Call(const v1::StateMachinesValidateRequest& request,
                            v1::StateMachinesValidateResponse* response) = 0;
  // Sent once: it may run a task. Waits up to five minutes, as that task may.
  virtual absl::Status Call(const v1::StateMachinesTestStateRequest& request,
                            v1::StateMachinesTestStateResponse* response) = 0;

  virtual absl::Status Call(const v1::ActivitiesCreateRequest& request,
                            v1::ActivitiesCreateResponse* response) = 0;
  virtual absl::Status Call(const v1::ActivitiesListRequest& request,
                            v1::ActivitiesListResponse* response) = 0;
  virtual absl::Status Call(const v1::ActivitiesDeleteRequest& request,
                            v1::ActivitiesDeleteResponse* response) = 0;
  virtual absl::Status Call(const v1::TagsSetRequest& request, v1::TagsSetResponse* response) = 0;
  virtual absl::Status Call(const v1::TagsRemoveRequest& request,
                            v1::TagsRemoveResponse* response) = 0;
  virtual absl::Status Call(const v1::TagsListRequest& request, v1::TagsListResponse* response) = 0;

  virtual absl::Status Call(const v1::ExecutionsStartRequest& request,
                            v1::ExecutionsStartResponse* response) = 0;
  // Sent once: whoever waits knows best what to do when the connection is lost.
  virtual absl::Status Call(const v1::ExecutionsStartAndWaitRequest& request,
                            v1::ExecutionsStartAndWaitResponse* response) = 0;
  virtual absl::Status Call(const v1::ExecutionsDescribeRequest& request,
                            v1::ExecutionsDescribeResponse* response) = 0;
  virtual absl::Status Call(const v1::ExecutionsGetHistoryRequest& request,
                            v1::ExecutionsGetHistoryResponse* response) = 0;
  virtual absl::Status Call(const v1::ExecutionsListRequest& request,
                            v1::ExecutionsListResponse* response) = 0;
  virtual absl::Status Call(const v1::ExecutionsStopRequest& request,
                            v1::ExecutionsStopResponse* response) = 0;
  // Give a token: it may be sent twice.
  virtual absl::Status Call(const v1::ExecutionsRedriveRequest& request,
                            v1::ExecutionsRedriveResponse* response) = 0;
  virtual absl::Status Call(const v1::ExecutionsDescribeMapRunRequest& request,
                            v1::ExecutionsDescribeMapRunResponse* response) = 0;
  virtual absl::Status Call(const v1::ExecutionsListMapRunsRequest& request,
                            v1::ExecutionsListMapRunsResponse* response) = 0;
  virtual absl::Status Call(const v1::ExecutionsUpdateMapRunRequest& request,
                            v1::ExecutionsUpdateMapRunResponse* response) = 0;
  virtual absl::Status Call(const v1::ExecutionsSendTaskSuccessRequest& request,
                            v1::ExecutionsSendTaskSuccessResponse* response) = 0;
  virtual absl::Status Call(const v1::ExecutionsSendTaskFailureRequest& request,
                            v1::ExecutionsSendTaskFailureResponse* response) = 0;
  virtual absl::Status Call(const v1::ExecutionsSendTaskHeartbeatRequest& request,
                            v1::ExecutionsSendTaskHeartbeatResponse* response) = 0;

  // Sent once: a second key would be made.
  virtual absl::Status Call(const v1::AccessKeysCreateRequest& request,
                            v1::AccessKeysCreateResponse* response) = 0;
  virtual absl::Status Call(const v1::AccessKeysListRequest& request,
                            v1::AccessKeysListResponse* response) = 0;
  virtual absl::Status Call(const v1::AccessKeysRevokeRequest& request,
                            v1::AccessKeysRevokeResponse* response) = 0;
  virtual absl::Status Call(const v1::AccessKeysDeleteRequest& request,
                            v1::AccessKeysDeleteResponse* response) = 0;

  virtual absl::Status Call(const v1::NamespacesCreateRequest& request,
                            v1::NamespacesCreateResponse* response) = 0;
  virtual absl::Status Call(const v1::NamespacesDescribeRequest& request,
                            v1::NamespacesDescribeResponse* response) = 0;
  virtual absl::Status Call(const v1::NamespacesListRequest& request,
                            v1::NamespacesListResponse* response) = 0;
  virtual absl::Status Call(const v1::NamespacesUpdateRequest& request,
                            v1::NamespacesUpdateResponse* response) = 0;

  virtual absl::Status Call(const v1::ClusterDescribeRequest& request,
                            v1::ClusterDescribeResponse* response) = 0;
  virtual absl::Status Call(const v1::ClusterListQuarantinedRequest& request,
                            v1::ClusterListQuarantinedResponse* response) = 0;
  virtual absl::Status Call(const v1::ClusterRetryQuarantinedRequest& request,
                            v1::ClusterRetryQuarantinedResponse* response) = 0;
  virtual absl::Status Call(const v1::ClusterExportExecutionRequest& request,
                            v1::ClusterExportExecutionResponse* response) = 0;

  // Calls `each` with every batch until the execution has ended (OK) or the stream broke. Sent
  // once.
  virtual absl::Status Follow(
      const v1::ExecutionsFollowHistoryRequest& request,
      const std::function<void(const v1::ExecutionsFollowHistoryResponse&)>& each) = 0;
};

// Does not fail: the first call says whether the options are right and the engine is there. Of the
// addresses the first is used.
std::unique_ptr<EngineClient> ConnectEngine(const absl::StatusOr<ConnectOptions>& options);

}  // namespace pawl::cli
