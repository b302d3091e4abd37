// State machines over gRPC: converts, and asks engine/service.
#pragma once

#include "engine/api/unary.h"
#include "pawl/v1/machines.grpc.pb.h"

namespace pawl::api {

class MachinesService final : public v1::StateMachines::CallbackService {
 public:
  explicit MachinesService(service::Service* service) : service_(service) {}

  PAWL_UNARY_METHOD(StateMachines, Create);
  PAWL_UNARY_METHOD(StateMachines, Update);
  PAWL_UNARY_METHOD(StateMachines, Describe);
  PAWL_UNARY_METHOD(StateMachines, List);
  PAWL_UNARY_METHOD(StateMachines, Delete);
  PAWL_UNARY_METHOD(StateMachines, PublishVersion);
  PAWL_UNARY_METHOD(StateMachines, ListVersions);
  PAWL_UNARY_METHOD(StateMachines, DeleteVersion);
  PAWL_UNARY_METHOD(StateMachines, SetAlias);
  PAWL_UNARY_METHOD(StateMachines, ListAliases);
  PAWL_UNARY_METHOD(StateMachines, DeleteAlias);
  PAWL_UNARY_METHOD(StateMachines, Validate);
  PAWL_UNARY_METHOD(StateMachines, TestState);

 private:
  const runtime::Options& options() const { return service_->deps.node->options(); }

  service::Service* const service_;
};

}  // namespace pawl::api
