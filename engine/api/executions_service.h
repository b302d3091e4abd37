#pragma once

#include "engine/api/grpc_server.h"
#include "engine/api/long_answer.h"
#include "engine/api/unary.h"
#include "pawl/v1/executions.grpc.pb.h"

namespace pawl::api {

class ExecutionsService final : public v1::Executions::CallbackService {
 public:
  ExecutionsService(runtime::Node* node, const ServerOptions& options)
      : node_(node), options_(options) {}

  grpc::ServerUnaryReactor* Start(grpc::CallbackServerContext* context,
                                  const v1::StartExecutionRequest* request,
                                  v1::StartExecutionResponse* response) override;
  grpc::ServerUnaryReactor* StartAndWait(grpc::CallbackServerContext* context,
                                         const v1::StartAndWaitRequest* request,
                                         v1::StartAndWaitResponse* response) override;
  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context,
                                     const v1::DescribeExecutionRequest* request,
                                     v1::DescribeExecutionResponse* response) override;
  grpc::ServerUnaryReactor* GetHistory(grpc::CallbackServerContext* context,
                                       const v1::GetHistoryRequest* request,
                                       v1::GetHistoryResponse* response) override;
  grpc::ServerWriteReactor<v1::FollowHistoryResponse>* FollowHistory(
      grpc::CallbackServerContext* context, const v1::FollowHistoryRequest* request) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::ListExecutionsRequest* request,
                                 v1::ListExecutionsResponse* response) override;
  grpc::ServerUnaryReactor* Stop(grpc::CallbackServerContext* context,
                                 const v1::StopExecutionRequest* request,
                                 v1::StopExecutionResponse* response) override;
  // map_runs.cc
  grpc::ServerUnaryReactor* DescribeMapRun(grpc::CallbackServerContext* context,
                                           const v1::DescribeMapRunRequest* request,
                                           v1::DescribeMapRunResponse* response) override;
  grpc::ServerUnaryReactor* ListMapRuns(grpc::CallbackServerContext* context,
                                        const v1::ListMapRunsRequest* request,
                                        v1::ListMapRunsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateMapRun(grpc::CallbackServerContext* context,
                                         const v1::UpdateMapRunRequest* request,
                                         v1::UpdateMapRunResponse* response) override;
  grpc::ServerUnaryReactor* SendTaskSuccess(grpc::CallbackServerContext* context,
                                            const v1::SendTaskSuccessRequest* request,
                                            v1::SendTaskSuccessResponse* response) override;
  grpc::ServerUnaryReactor* SendTaskFailure(grpc::CallbackServerContext* context,
                                            const v1::SendTaskFailureRequest* request,
                                            v1::SendTaskFailureResponse* response) override;
  grpc::ServerUnaryReactor* SendTaskHeartbeat(grpc::CallbackServerContext* context,
                                              const v1::SendTaskHeartbeatRequest* request,
                                              v1::SendTaskHeartbeatResponse* response) override;

 private:
  using WithRef = absl::AnyInvocable<void(persistence::ExecutionRef)>;
  // Finds the execution that the request names; on failure the call is finished.
  void Resolve(grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor,
               const std::string& execution, WithRef then);

  // StartAndWait, of an EXPRESS machine and of a STANDARD one.
  void RunExpress(const runtime::MachineId& machine, const std::string& name, Payload input,
                  const std::shared_ptr<LongAnswer>& answer, v1::StartAndWaitResponse* response);
  void RunStandard(const runtime::MachineId& machine, const std::string& name, Payload input,
                   absl::Duration wait, const std::shared_ptr<LongAnswer>& answer,
                   v1::StartAndWaitResponse* response);

  runtime::Node* node_;
  const ServerOptions options_;
};

}  // namespace pawl::api
