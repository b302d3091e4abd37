// Executions over gRPC: converts, and asks engine/service.
#pragma once

#include "engine/api/unary.h"
#include "pawl/v1/executions.grpc.pb.h"

namespace pawl::api {

class ExecutionsService final : public v1::Executions::CallbackService {
 public:
  explicit ExecutionsService(service::Service* service) : service_(service) {}

#define PAWL_API_METHOD(Method)                                                    \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context,           \
                                   const v1::Executions##Method##Request* request, \
                                   v1::Executions##Method##Response* response) override;
  PAWL_API_METHOD(Start)
  PAWL_API_METHOD(StartAndWait)
  PAWL_API_METHOD(Describe)
  PAWL_API_METHOD(GetHistory)
  PAWL_API_METHOD(List)
  PAWL_API_METHOD(Stop)
  PAWL_API_METHOD(DescribeMapRun)
  PAWL_API_METHOD(ListMapRuns)
  PAWL_API_METHOD(UpdateMapRun)
  PAWL_API_METHOD(SendTaskSuccess)
  PAWL_API_METHOD(SendTaskFailure)
  PAWL_API_METHOD(SendTaskHeartbeat)
#undef PAWL_API_METHOD
  grpc::ServerWriteReactor<v1::ExecutionsFollowHistoryResponse>* FollowHistory(
      grpc::CallbackServerContext* context,
      const v1::ExecutionsFollowHistoryRequest* request) override;

 private:
  const runtime::Options& options() const { return service_->deps.node->options(); }

  service::Service* const service_;
};

}  // namespace pawl::api
