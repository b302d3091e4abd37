// State machines over gRPC: converts, and asks engine/service.
#pragma once

#include "engine/api/unary.h"
#include "pawl/v1/machines.grpc.pb.h"

namespace pawl::api {

class MachinesService final : public v1::StateMachines::CallbackService {
 public:
  explicit MachinesService(service::Service* service) : service_(service) {}

#define PAWL_API_METHOD(Method, Message)                                 \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context, \
                                   const v1::Message##Request* request,  \
                                   v1::Message##Response* response) override;
  PAWL_API_METHOD(Create, CreateStateMachine)
  PAWL_API_METHOD(Update, UpdateStateMachine)
  PAWL_API_METHOD(Describe, DescribeStateMachine)
  PAWL_API_METHOD(List, ListStateMachines)
  PAWL_API_METHOD(Delete, DeleteStateMachine)
  PAWL_API_METHOD(Validate, ValidateStateMachine)
  PAWL_API_METHOD(TestState, TestState)
#undef PAWL_API_METHOD

 private:
  const runtime::Options& options() const { return service_->deps.node->options(); }

  service::Service* const service_;
};

}  // namespace pawl::api
