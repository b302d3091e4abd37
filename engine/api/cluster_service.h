#pragma once

#include "engine/api/grpc_server.h"
#include "engine/api/unary.h"
#include "pawl/v1/cluster.grpc.pb.h"

namespace pawl::api {

class ClusterService final : public v1::Cluster::CallbackService {
 public:
  ClusterService(runtime::Node* node, const ServerOptions& options)
      : node_(node), options_(options) {}
  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context,
                                     const v1::DescribeClusterRequest* request,
                                     v1::DescribeClusterResponse* response) override;

 private:
  runtime::Node* node_;
  const ServerOptions options_;
};

}  // namespace pawl::api
