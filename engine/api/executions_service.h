// Executions over gRPC: converts, and asks engine/service.
#pragma once

#include "engine/api/unary.h"
#include "pawl/v1/executions.grpc.pb.h"

namespace pawl::api {

class ExecutionsService final : public v1::Executions::CallbackService {
 public:
  explicit ExecutionsService(service::Service* service) : service_(service) {}

#define PAWL_API_METHOD(Method, Message)                                 \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context, \
                                   const v1::Message##Request* request,  \
                                   v1::Message##Response* response) override;
  PAWL_API_METHOD(Start, StartExecution)
  PAWL_API_METHOD(StartAndWait, StartAndWait)
  PAWL_API_METHOD(Describe, DescribeExecution)
  PAWL_API_METHOD(GetHistory, GetHistory)
  PAWL_API_METHOD(List, ListExecutions)
  PAWL_API_METHOD(Stop, StopExecution)
  PAWL_API_METHOD(DescribeMapRun, DescribeMapRun)
  PAWL_API_METHOD(ListMapRuns, ListMapRuns)
  PAWL_API_METHOD(UpdateMapRun, UpdateMapRun)
  PAWL_API_METHOD(SendTaskSuccess, SendTaskSuccess)
  PAWL_API_METHOD(SendTaskFailure, SendTaskFailure)
  PAWL_API_METHOD(SendTaskHeartbeat, SendTaskHeartbeat)
#undef PAWL_API_METHOD
  grpc::ServerWriteReactor<v1::FollowHistoryResponse>* FollowHistory(
      grpc::CallbackServerContext* context, const v1::FollowHistoryRequest* request) override;

 private:
  const runtime::Options& options() const { return service_->deps.node->options(); }

  service::Service* const service_;
};

}  // namespace pawl::api
