// State machines over gRPC: converts, and asks engine/service.
#pragma once

#include "engine/api/unary.h"
#include "pawl/v1/machines.grpc.pb.h"

namespace pawl::api {

class MachinesService final : public v1::StateMachines::CallbackService {
 public:
  explicit MachinesService(service::Service* service) : service_(service) {}

#define PAWL_API_METHOD(Method)                                                       \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context,              \
                                   const v1::StateMachines##Method##Request* request, \
                                   v1::StateMachines##Method##Response* response) override;
  PAWL_API_METHOD(Create)
  PAWL_API_METHOD(Update)
  PAWL_API_METHOD(Describe)
  PAWL_API_METHOD(List)
  PAWL_API_METHOD(Delete)
  PAWL_API_METHOD(Validate)
  PAWL_API_METHOD(TestState)
#undef PAWL_API_METHOD

 private:
  const runtime::Options& options() const { return service_->deps.node->options(); }

  service::Service* const service_;
};

}  // namespace pawl::api
