// Operations on versions and aliases of state machines.
#include "absl/strings/str_cat.h"
#include "engine/api/aws/operations.h"

namespace pawl::api::aws_json {
namespace {

constexpr char kMachineArn[] = "stateMachineArn";
constexpr char kVersionArn[] = "stateMachineVersionArn";
constexpr char kAliasArn[] = "stateMachineAliasArn";

absl::Status CheckMember(const Call& call, const char* member) {
  return aws::CheckArn(call.request().Text(member), {"stateMachine"});
}

std::vector<service::RouteInput> RoutesOf(const Value::Elements& list) {
  std::vector<service::RouteInput> routes;
  for (const Value& element : list) {
    const RequestMembers route(element);
    routes.push_back({route.Text(kVersionArn), static_cast<int32_t>(route.Int("weight"))});
  }
  return routes;
}

aws::ArnContext ContextOf(const aws::MachineId& machine, const aws::ArnContext& arns) {
  return {arns.region, machine.ns};
}

std::string ArnOf(const service::NamedAlias& alias, const aws::ArnContext& arns) {
  return aws::AliasArn(ContextOf(alias.machine, arns), alias.machine.name, alias.alias.name);
}

int PageSizeOf(const RequestMembers& request) {
  return static_cast<int>(request.Int("maxResults"));
}

}  // namespace

void PublishStateMachineVersion(const CallPtr& call) {
  const RequestMembers& request = call->request();
  if (absl::Status status = CheckMember(*call, kMachineArn); !status.ok()) {
    return call->Fail(status);
  }
  call->service().machines.Publish(
      call->context(), request.Text(kMachineArn), request.Text("revisionId"),
      request.Text("description"),
      AnswerWith<runtime::Version>(
          call, [call](const runtime::Version& version, JsonObject* answer) {
            answer->Time("creationDate", version.create_time);
            const std::string& machine = call->request().Text(kMachineArn);
            answer->Text(kVersionArn, absl::StrCat(machine, ":", version.number));
          }));
}

void DeleteStateMachineVersion(const CallPtr& call) {
  if (absl::Status status = CheckMember(*call, kVersionArn); !status.ok()) {
    return call->Fail(status);
  }
  call->service().machines.DeleteVersion(call->context(), call->request().Text(kVersionArn),
                                         AnswerEmpty(call));
}

void ListStateMachineVersions(const CallPtr& call) {
  const RequestMembers& request = call->request();
  if (absl::Status status = CheckMember(*call, kMachineArn); !status.ok()) {
    return call->Fail(status);
  }
  call->service().machines.ListVersions(
      call->context(), request.Text(kMachineArn), PageSizeOf(request), request.Text("nextToken"),
      AnswerWith<service::VersionPage>(
          call, [arns = call->arns()](const service::VersionPage& page, JsonObject* answer) {
            answer->TextIfAny("nextToken", page.next_page_token);
            JsonArray versions = answer->Array("stateMachineVersions");
            for (const runtime::Version& version : page.versions) {
              JsonObject one = versions.Object();
              one.Time("creationDate", version.create_time);
              one.Text(kVersionArn, aws::VersionArn(ContextOf(page.machine, arns),
                                                    page.machine.name, version.number));
            }
          }));
}

void CreateStateMachineAlias(const CallPtr& call) {
  const RequestMembers& request = call->request();
  service::AliasInput input{request.Text("name"), request.Text("description"),
                            RoutesOf(request.List("routingConfiguration"))};
  call->service().machines.CreateAlias(
      call->context(), std::move(input),
      AnswerWith<service::NamedAlias>(
          call, [arns = call->arns()](const service::NamedAlias& created, JsonObject* answer) {
            answer->Time("creationDate", created.alias.create_time);
            answer->Text(kAliasArn, ArnOf(created, arns));
          }));
}

void UpdateStateMachineAlias(const CallPtr& call) {
  const RequestMembers& request = call->request();
  if (absl::Status status = CheckMember(*call, kAliasArn); !status.ok()) return call->Fail(status);
  absl::optional<std::vector<service::RouteInput>> routes;
  if (request.Has("routingConfiguration")) {
    routes = RoutesOf(request.List("routingConfiguration"));
  }
  call->service().machines.UpdateAlias(
      call->context(), request.Text(kAliasArn), request.OptionalText("description"),
      std::move(routes),
      AnswerWith<service::NamedAlias>(call,
                                      [](const service::NamedAlias& updated, JsonObject* answer) {
                                        answer->Time("updateDate", updated.alias.update_time);
                                      }));
}

void DescribeStateMachineAlias(const CallPtr& call) {
  if (absl::Status status = CheckMember(*call, kAliasArn); !status.ok()) return call->Fail(status);
  call->service().machines.DescribeAlias(
      call->context(), call->request().Text(kAliasArn),
      AnswerWith<service::NamedAlias>(
          call, [arns = call->arns()](const service::NamedAlias& found, JsonObject* answer) {
            const runtime::Alias& alias = found.alias;
            answer->Time("creationDate", alias.create_time);
            answer->TextIfAny("description", alias.description).Text("name", alias.name);
            {
              JsonArray routes = answer->Array("routingConfiguration");
              for (const runtime::Route& route : alias.routes) {
                JsonObject one = routes.Object();
                one.Text(kVersionArn, aws::VersionArn(ContextOf(found.machine, arns),
                                                      found.machine.name, route.version));
                one.Int("weight", route.weight);
              }
            }
            answer->Text(kAliasArn, ArnOf(found, arns));
            if (alias.update_time != absl::InfinitePast()) {
              answer->Time("updateDate", alias.update_time);
            }
          }));
}

void DeleteStateMachineAlias(const CallPtr& call) {
  if (absl::Status status = CheckMember(*call, kAliasArn); !status.ok()) return call->Fail(status);
  call->service().machines.DeleteAlias(call->context(), call->request().Text(kAliasArn),
                                       AnswerEmpty(call));
}

void ListStateMachineAliases(const CallPtr& call) {
  const RequestMembers& request = call->request();
  if (absl::Status status = CheckMember(*call, kMachineArn); !status.ok()) {
    return call->Fail(status);
  }
  call->service().machines.ListAliases(
      call->context(), request.Text(kMachineArn), PageSizeOf(request), request.Text("nextToken"),
      AnswerWith<service::AliasPage>(
          call, [arns = call->arns()](const service::AliasPage& page, JsonObject* answer) {
            answer->TextIfAny("nextToken", page.next_page_token);
            JsonArray aliases = answer->Array("stateMachineAliases");
            for (const runtime::Alias& alias : page.aliases) {
              JsonObject one = aliases.Object();
              one.Time("creationDate", alias.create_time);
              one.Text(kAliasArn,
                       aws::AliasArn(ContextOf(page.machine, arns), page.machine.name, alias.name));
            }
          }));
}

}  // namespace pawl::api::aws_json
