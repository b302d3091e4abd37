// Executions over gRPC: converts, and asks engine/service.
#pragma once

#include "engine/api/unary.h"
#include "pawl/v1/executions.grpc.pb.h"

namespace pawl::api {

class ExecutionsService final : public v1::Executions::CallbackService {
 public:
  explicit ExecutionsService(service::Service* service) : service_(service) {}

  PAWL_UNARY_METHOD(Executions, Start);
  PAWL_UNARY_METHOD(Executions, StartAndWait);
  PAWL_UNARY_METHOD(Executions, Describe);
  PAWL_UNARY_METHOD(Executions, GetHistory);
  PAWL_UNARY_METHOD(Executions, List);
  PAWL_UNARY_METHOD(Executions, Stop);
  PAWL_UNARY_METHOD(Executions, Redrive);
  PAWL_UNARY_METHOD(Executions, DescribeMapRun);
  PAWL_UNARY_METHOD(Executions, ListMapRuns);
  PAWL_UNARY_METHOD(Executions, UpdateMapRun);
  PAWL_UNARY_METHOD(Executions, SendTaskSuccess);
  PAWL_UNARY_METHOD(Executions, SendTaskFailure);
  PAWL_UNARY_METHOD(Executions, SendTaskHeartbeat);
  grpc::ServerWriteReactor<v1::ExecutionsFollowHistoryResponse>* FollowHistory(
      grpc::CallbackServerContext* context,
      const v1::ExecutionsFollowHistoryRequest* request) override;

 private:
  const runtime::Options& options() const { return service_->deps.node->options(); }

  service::Service* const service_;
};

}  // namespace pawl::api
