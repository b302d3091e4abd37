// The installation over gRPC: converts, and asks engine/service.
#pragma once

#include "engine/api/unary.h"
#include "pawl/v1/cluster.grpc.pb.h"

namespace pawl::api {

class ClusterService final : public v1::Cluster::CallbackService {
 public:
  explicit ClusterService(service::Service* service) : service_(service) {}
  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context,
                                     const v1::ClusterDescribeRequest* request,
                                     v1::ClusterDescribeResponse* response) override;
  grpc::ServerUnaryReactor* ListQuarantined(grpc::CallbackServerContext* context,
                                            const v1::ClusterListQuarantinedRequest* request,
                                            v1::ClusterListQuarantinedResponse* response) override;
  grpc::ServerUnaryReactor* RetryQuarantined(
      grpc::CallbackServerContext* context, const v1::ClusterRetryQuarantinedRequest* request,
      v1::ClusterRetryQuarantinedResponse* response) override;
  grpc::ServerUnaryReactor* ExportExecution(grpc::CallbackServerContext* context,
                                            const v1::ClusterExportExecutionRequest* request,
                                            v1::ClusterExportExecutionResponse* response) override;

 private:
  service::Service* const service_;
};

}  // namespace pawl::api
