// The installation over gRPC: converts, and asks engine/service.
#pragma once

#include "engine/api/unary.h"
#include "pawl/v1/cluster.grpc.pb.h"

namespace pawl::api {

class ClusterService final : public v1::Cluster::CallbackService {
 public:
  explicit ClusterService(service::Service* service) : service_(service) {}
  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context,
                                     const v1::DescribeClusterRequest* request,
                                     v1::DescribeClusterResponse* response) override;
  grpc::ServerUnaryReactor* ListQuarantined(grpc::CallbackServerContext* context,
                                            const v1::ListQuarantinedRequest* request,
                                            v1::ListQuarantinedResponse* response) override;
  grpc::ServerUnaryReactor* RetryQuarantined(grpc::CallbackServerContext* context,
                                             const v1::RetryQuarantinedRequest* request,
                                             v1::RetryQuarantinedResponse* response) override;
  grpc::ServerUnaryReactor* ExportExecution(grpc::CallbackServerContext* context,
                                            const v1::ExportExecutionRequest* request,
                                            v1::ExportExecutionResponse* response) override;

 private:
  service::Service* const service_;
};

}  // namespace pawl::api
