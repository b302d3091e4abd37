#include "engine/api/machines_service.h"

#include <utility>

#include "engine/api/convert.h"
#include "engine/api/test_state_convert.h"
#include "engine/asl/lint.h"

namespace pawl::api {
namespace {

std::string TypeName(v1::StateMachineType type) {
  return type == v1::STATE_MACHINE_TYPE_EXPRESS ? "EXPRESS" : "STANDARD";
}

// Of Create and Update.
template <typename Response>
service::Done<service::MachineResult> AnswerWithMachine(std::shared_ptr<LongAnswer> answer,
                                                        const aws::ArnContext& arns,
                                                        Response* response) {
  return AnswerWith<service::MachineResult>(std::move(answer), [arns, response](auto& result) {
    for (const asl::Diagnostic& d : result.diagnostics) ToProto(d, response->add_diagnostics());
    ToProto(result.machine.revision, arns, response->mutable_state_machine());
  });
}

}  // namespace

grpc::ServerUnaryReactor* MachinesService::Create(grpc::CallbackServerContext* context,
                                                  const v1::StateMachinesCreateRequest* request,
                                                  v1::StateMachinesCreateResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.Create");
  if (!answer->is_admitted()) return answer->reactor();
  runtime::NewMachine machine;
  machine.definition = request->definition();
  machine.type = TypeName(request->type());
  machine.role_arn = request->role_arn();
  service_->machines.Create(
      answer->context(), request->name(), std::move(machine),
      AnswerWithMachine(answer, service_->deps.arns(answer->context()), response));
  return answer->reactor();
}

grpc::ServerUnaryReactor* MachinesService::Update(grpc::CallbackServerContext* context,
                                                  const v1::StateMachinesUpdateRequest* request,
                                                  v1::StateMachinesUpdateResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.Update");
  if (!answer->is_admitted()) return answer->reactor();
  runtime::MachineUpdate update;
  if (!request->definition().empty()) update.definition = request->definition();
  if (request->has_role_arn()) update.role_arn = request->role_arn();
  service_->machines.Update(
      answer->context(), request->state_machine(), std::move(update),
      AnswerWithMachine(answer, service_->deps.arns(answer->context()), response));
  return answer->reactor();
}

grpc::ServerUnaryReactor* MachinesService::Describe(grpc::CallbackServerContext* context,
                                                    const v1::StateMachinesDescribeRequest* request,
                                                    v1::StateMachinesDescribeResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.Describe");
  if (!answer->is_admitted()) return answer->reactor();
  service_->machines.Describe(
      answer->context(), request->state_machine(), request->revision(),
      AnswerWith<service::MachineDescription>(
          answer, [response, arns = service_->deps.arns(answer->context())](auto& described) {
            ToProto(described.revision, arns, response->mutable_state_machine());
            response->set_definition(described.revision.definition);
          }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* MachinesService::List(grpc::CallbackServerContext* context,
                                                const v1::StateMachinesListRequest* request,
                                                v1::StateMachinesListResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.List");
  if (!answer->is_admitted()) return answer->reactor();
  service_->machines.List(
      answer->context(), request->page_size(), request->page_token(),
      AnswerWith<service::MachinePage>(
          answer, [response, arns = service_->deps.arns(answer->context())](auto& page) {
            for (const persistence::MachineRevision& revision : page.revisions) {
              ToProto(revision, arns, response->add_state_machines());
            }
            response->set_next_page_token(page.next_page_token);
          }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* MachinesService::Delete(grpc::CallbackServerContext* context,
                                                  const v1::StateMachinesDeleteRequest* request,
                                                  v1::StateMachinesDeleteResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.Delete");
  if (!answer->is_admitted()) return answer->reactor();
  service_->machines.Delete(answer->context(), request->state_machine(),
                            AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

grpc::ServerUnaryReactor* MachinesService::Validate(grpc::CallbackServerContext* context,
                                                    const v1::StateMachinesValidateRequest* request,
                                                    v1::StateMachinesValidateResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.Validate");
  if (!answer->is_admitted()) return answer->reactor();
  service_->machines.Validate(
      answer->context(), request->definition(), TypeName(request->type()),
      AnswerWith<std::vector<asl::Diagnostic>>(answer, [response](auto& diagnostics) {
        for (const asl::Diagnostic& d : diagnostics) ToProto(d, response->add_diagnostics());
        response->set_ok(!asl::HasErrors(diagnostics));
      }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* MachinesService::TestState(
    grpc::CallbackServerContext* context, const v1::StateMachinesTestStateRequest* request,
    v1::StateMachinesTestStateResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.TestState");
  if (!answer->is_admitted()) return answer->reactor();
  service_->test_states.Test(answer->context(), FromProto(*request),
                             AnswerWith<test_state::Response>(
                                 answer, [response](auto& result) { ToProto(result, response); }));
  return answer->reactor();
}

}  // namespace pawl::api
