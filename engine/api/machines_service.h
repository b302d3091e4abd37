#pragma once

#include <utility>

#include "engine/api/grpc_server.h"
#include "engine/api/unary.h"
#include "engine/runtime/machine_admin.h"
#include "pawl/v1/machines.grpc.pb.h"

namespace pawl::api {

class MachinesService final : public v1::StateMachines::CallbackService {
 public:
  MachinesService(runtime::Node* node, TaskRunner run_task)
      : node_(node), run_task_(std::move(run_task)), admin_(&node->options(), &node->machines()) {}

  grpc::ServerUnaryReactor* Create(grpc::CallbackServerContext* context,
                                   const v1::CreateStateMachineRequest* request,
                                   v1::CreateStateMachineResponse* response) override;
  grpc::ServerUnaryReactor* Update(grpc::CallbackServerContext* context,
                                   const v1::UpdateStateMachineRequest* request,
                                   v1::UpdateStateMachineResponse* response) override;
  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context,
                                     const v1::DescribeStateMachineRequest* request,
                                     v1::DescribeStateMachineResponse* response) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::ListStateMachinesRequest* request,
                                 v1::ListStateMachinesResponse* response) override;
  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* context,
                                   const v1::DeleteStateMachineRequest* request,
                                   v1::DeleteStateMachineResponse* response) override;
  grpc::ServerUnaryReactor* Validate(grpc::CallbackServerContext* context,
                                     const v1::ValidateStateMachineRequest* request,
                                     v1::ValidateStateMachineResponse* response) override;
  grpc::ServerUnaryReactor* TestState(grpc::CallbackServerContext* context,
                                      const v1::TestStateRequest* request,
                                      v1::TestStateResponse* response) override;

 private:
  runtime::Node* node_;
  const TaskRunner run_task_;
  runtime::MachineAdmin admin_;
};

}  // namespace pawl::api
