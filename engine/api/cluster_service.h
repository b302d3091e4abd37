// The installation over gRPC: converts, and asks engine/service.
#pragma once

#include "engine/api/unary.h"
#include "pawl/v1/cluster.grpc.pb.h"

namespace pawl::api {

class ClusterService final : public v1::Cluster::CallbackService {
 public:
  explicit ClusterService(service::Service* service) : service_(service) {}
  PAWL_UNARY_METHOD(Cluster, Describe);
  PAWL_UNARY_METHOD(Cluster, ListQuarantined);
  PAWL_UNARY_METHOD(Cluster, RetryQuarantined);
  PAWL_UNARY_METHOD(Cluster, ExportExecution);

 private:
  service::Service* const service_;
};

}  // namespace pawl::api
