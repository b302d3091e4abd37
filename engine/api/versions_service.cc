// Versions and aliases over gRPC.
#include <utility>

#include "engine/api/convert.h"
#include "engine/api/machines_service.h"

namespace pawl::api {
namespace {

void ToProto(const runtime::Version& version, const aws::MachineId& machine,
             const std::string& region, v1::StateMachineVersion* out) {
  out->set_arn(aws::VersionArn({region, machine.ns}, machine.name, version.number));
  out->set_number(version.number);
  out->set_revision(version.revision);
  out->set_description(version.description);
  *out->mutable_create_time() = api::ToProto(version.create_time);
}

void ToProto(const runtime::Alias& alias, const aws::MachineId& machine, const std::string& region,
             v1::StateMachineAlias* out) {
  out->set_arn(aws::AliasArn({region, machine.ns}, machine.name, alias.name));
  out->set_name(alias.name);
  out->set_description(alias.description);
  for (const runtime::Route& route : alias.routes) {
    v1::AliasRoute* to = out->add_routes();
    to->set_version(route.version);
    to->set_weight(route.weight);
  }
  *out->mutable_create_time() = api::ToProto(alias.create_time);
  if (alias.update_time != absl::InfinitePast()) {
    *out->mutable_update_time() = api::ToProto(alias.update_time);
  }
}

}  // namespace

grpc::ServerUnaryReactor* MachinesService::PublishVersion(
    grpc::CallbackServerContext* context, const v1::StateMachinesPublishVersionRequest* request,
    v1::StateMachinesPublishVersionResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.PublishVersion");
  if (!answer->is_admitted()) return answer->reactor();
  const auto machine =
      aws::ParseMachine(service_->deps.arns(answer->context()), request->state_machine());
  service_->machines.Publish(
      answer->context(), request->state_machine(), "", request->description(),
      AnswerWith<runtime::Version>(
          answer, [response, machine, region = options().region](const runtime::Version& version) {
            ToProto(version, *machine, region, response->mutable_version());
          }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* MachinesService::ListVersions(
    grpc::CallbackServerContext* context, const v1::StateMachinesListVersionsRequest* request,
    v1::StateMachinesListVersionsResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.ListVersions");
  if (!answer->is_admitted()) return answer->reactor();
  service_->machines.ListVersions(
      answer->context(), request->state_machine(), request->page_size(), request->page_token(),
      AnswerWith<service::VersionPage>(
          answer, [response, region = options().region](const service::VersionPage& page) {
            for (const runtime::Version& version : page.versions) {
              ToProto(version, page.machine, region, response->add_versions());
            }
            response->set_next_page_token(page.next_page_token);
          }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* MachinesService::DeleteVersion(
    grpc::CallbackServerContext* context, const v1::StateMachinesDeleteVersionRequest* request,
    v1::StateMachinesDeleteVersionResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.DeleteVersion");
  if (!answer->is_admitted()) return answer->reactor();
  service_->machines.DeleteVersion(answer->context(), request->version(),
                                   AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

grpc::ServerUnaryReactor* MachinesService::SetAlias(grpc::CallbackServerContext* context,
                                                    const v1::StateMachinesSetAliasRequest* request,
                                                    v1::StateMachinesSetAliasResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.SetAlias");
  if (!answer->is_admitted()) return answer->reactor();
  std::vector<runtime::Route> routes;
  for (const v1::AliasRoute& route : request->routes()) {
    routes.push_back({route.version(), route.weight()});
  }
  absl::optional<std::string> description;
  if (request->has_description()) description = request->description();
  service_->machines.SetAlias(
      answer->context(), request->alias(), std::move(routes), std::move(description),
      AnswerWith<service::NamedAlias>(
          answer, [response, region = options().region](const service::NamedAlias& alias) {
            ToProto(alias.alias, alias.machine, region, response->mutable_alias());
          }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* MachinesService::ListAliases(
    grpc::CallbackServerContext* context, const v1::StateMachinesListAliasesRequest* request,
    v1::StateMachinesListAliasesResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.ListAliases");
  if (!answer->is_admitted()) return answer->reactor();
  service_->machines.ListAliases(
      answer->context(), request->state_machine(), request->page_size(), request->page_token(),
      AnswerWith<service::AliasPage>(
          answer, [response, region = options().region](const service::AliasPage& page) {
            for (const runtime::Alias& alias : page.aliases) {
              ToProto(alias, page.machine, region, response->add_aliases());
            }
            response->set_next_page_token(page.next_page_token);
          }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* MachinesService::DeleteAlias(
    grpc::CallbackServerContext* context, const v1::StateMachinesDeleteAliasRequest* request,
    v1::StateMachinesDeleteAliasResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "StateMachines.DeleteAlias");
  if (!answer->is_admitted()) return answer->reactor();
  service_->machines.DeleteAlias(answer->context(), request->alias(),
                                 AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

}  // namespace pawl::api
