#include "engine/api/machines_service.h"

#include <memory>

#include "engine/api/convert.h"
#include "engine/api/test_state_call.h"

namespace pawl::api {
namespace {

std::string TypeName(v1::StateMachineType type) {
  return type == v1::EXPRESS ? "EXPRESS" : "STANDARD";
}

template <typename Response>
void AddDiagnostics(const std::vector<asl::Diagnostic>& diagnostics, Response* response) {
  for (const asl::Diagnostic& d : diagnostics) ToProto(d, response->add_diagnostics());
}

}  // namespace

grpc::ServerUnaryReactor* MachinesService::Create(grpc::CallbackServerContext* context,
                                                  const v1::CreateStateMachineRequest* request,
                                                  v1::CreateStateMachineResponse* response) {
  return RunBlocking(node_, context, [=, this](persistence::Store& store) -> absl::Status {
    std::vector<asl::Diagnostic> diagnostics;
    auto revision = admin_.Create(&store, {node_->options().account, request->name()},
                                  request->definition(), TypeName(request->type()),
                                  request->role_arn(), node_->world().clock->Now(), &diagnostics);
    AddDiagnostics(diagnostics, response);
    if (!revision.ok()) return revision.status();
    ToProto(*revision, node_->arns(), response->mutable_state_machine());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* MachinesService::Update(grpc::CallbackServerContext* context,
                                                  const v1::UpdateStateMachineRequest* request,
                                                  v1::UpdateStateMachineResponse* response) {
  return RunBlocking(node_, context, [=, this](persistence::Store& store) -> absl::Status {
    auto id = runtime::ParseMachine(node_->arns(), request->state_machine());
    if (!id.ok()) return id.status();
    std::vector<asl::Diagnostic> diagnostics;
    absl::optional<std::string> role;
    if (request->has_role_arn()) role = request->role_arn();
    auto revision = admin_.Update(&store, *id, request->definition(), role,
                                  node_->world().clock->Now(), &diagnostics);
    AddDiagnostics(diagnostics, response);
    if (!revision.ok()) return revision.status();
    ToProto(*revision, node_->arns(), response->mutable_state_machine());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* MachinesService::Describe(grpc::CallbackServerContext* context,
                                                    const v1::DescribeStateMachineRequest* request,
                                                    v1::DescribeStateMachineResponse* response) {
  return RunBlocking(node_, context, [=, this](persistence::Store& store) -> absl::Status {
    auto id = runtime::ParseMachine(node_->arns(), request->state_machine());
    if (!id.ok()) return id.status();
    auto revision = request->revision() > 0
                        ? store.GetRevision(id->ns, id->name, request->revision())
                        : store.GetMachine(id->ns, id->name);
    if (absl::IsNotFound(revision.status())) {
      return absl::NotFoundError(
          absl::StrCat("State Machine Does Not Exist: '", request->state_machine(), "'"));
    }
    if (!revision.ok()) return revision.status();
    ToProto(*revision, node_->arns(), response->mutable_state_machine());
    response->set_definition(revision->definition);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* MachinesService::List(grpc::CallbackServerContext* context,
                                                const v1::ListStateMachinesRequest* request,
                                                v1::ListStateMachinesResponse* response) {
  return RunBlocking(node_, context, [=, this](persistence::Store& store) -> absl::Status {
    auto size = PageSize(request->page_size());
    if (!size.ok()) return size.status();
    auto page = store.ListMachines(node_->options().account, request->page_token(), *size + 1);
    if (!page.ok()) return page.status();
    const bool has_more = static_cast<int>(page->size()) > *size;
    if (has_more) page->pop_back();
    for (const auto& revision : *page) {
      ToProto(revision, node_->arns(), response->add_state_machines());
    }
    if (has_more) response->set_next_page_token(page->back().name);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* MachinesService::Delete(grpc::CallbackServerContext* context,
                                                  const v1::DeleteStateMachineRequest* request,
                                                  v1::DeleteStateMachineResponse*) {
  return RunBlocking(node_, context, [=, this](persistence::Store& store) -> absl::Status {
    auto id = runtime::ParseMachine(node_->arns(), request->state_machine());
    if (!id.ok()) return id.status();
    return admin_.Delete(&store, *id);
  });
}

grpc::ServerUnaryReactor* MachinesService::Validate(grpc::CallbackServerContext* context,
                                                    const v1::ValidateStateMachineRequest* request,
                                                    v1::ValidateStateMachineResponse* response) {
  const std::vector<asl::Diagnostic> diagnostics =
      admin_.Validate(request->definition(), TypeName(request->type()));
  AddDiagnostics(diagnostics, response);
  response->set_ok(!asl::HasErrors(diagnostics));
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* MachinesService::TestState(grpc::CallbackServerContext* context,
                                                     const v1::TestStateRequest* request,
                                                     v1::TestStateResponse* response) {
  return std::make_shared<TestStateCall>(node_, &run_task_, context, request, response)->Start();
}

}  // namespace pawl::api
