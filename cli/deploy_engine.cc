#include "cli/deploy_engine.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/output.h"

namespace pawl::cli {

absl::StatusOr<deploy::Tags> DeployEngine::TagsOf(const std::string& arn) {
  v1::TagsListRequest request;
  request.set_arn(arn);
  v1::TagsListResponse response;
  if (absl::Status status = client_.Call(request, &response); !status.ok()) return status;
  return deploy::Tags(response.tags().begin(), response.tags().end());
}

absl::StatusOr<absl::optional<deploy::CurrentMachine>> DeployEngine::FindMachine(
    const std::string& name) {
  v1::StateMachinesDescribeRequest request;
  request.set_state_machine(name);
  v1::StateMachinesDescribeResponse response;
  absl::Status status = client_.Call(request, &response);
  if (absl::IsNotFound(status)) return absl::optional<deploy::CurrentMachine>();
  if (!status.ok()) return status;
  const v1::StateMachine& machine = response.state_machine();
  deploy::CurrentMachine current;
  current.arn = machine.arn();
  current.type = machine.type() == v1::STATE_MACHINE_TYPE_EXPRESS ? asl::MachineType::kExpress
                                                                  : asl::MachineType::kStandard;
  current.role_arn = machine.role_arn();
  current.definition = response.definition();
  current.revision = machine.revision();
  absl::StatusOr<deploy::Tags> tags = TagsOf(machine.arn());
  if (!tags.ok()) return tags.status();
  current.tags = *std::move(tags);
  return absl::optional<deploy::CurrentMachine>(std::move(current));
}

absl::StatusOr<std::vector<deploy::Tagged>> DeployEngine::ListMachines() {
  std::vector<std::pair<std::string, std::string>> names;
  absl::Status status = ForEachPage<v1::StateMachinesListRequest, v1::StateMachinesListResponse>(
      client_, {}, 0, [&names](const auto& page) {
        for (const v1::StateMachine& machine : page.state_machines()) {
          if (machine.damage().empty()) names.emplace_back(machine.name(), machine.arn());
        }
        return page.state_machines_size();
      });
  if (!status.ok()) return status;
  std::vector<deploy::Tagged> machines;
  for (const auto& [name, arn] : names) {
    absl::StatusOr<deploy::Tags> tags = TagsOf(arn);
    if (absl::IsNotFound(tags.status())) continue;  // deleted since
    if (!tags.ok()) return tags.status();
    machines.push_back({name, *std::move(tags)});
  }
  return machines;
}

absl::StatusOr<std::vector<deploy::CurrentVersion>> DeployEngine::ListVersions(
    const std::string& machine) {
  v1::StateMachinesListVersionsRequest request;
  request.set_state_machine(machine);
  std::vector<deploy::CurrentVersion> versions;
  absl::Status status =
      ForEachPage<v1::StateMachinesListVersionsRequest, v1::StateMachinesListVersionsResponse>(
          client_, request, 0, [&versions](const auto& page) {
            for (const v1::StateMachineVersion& version : page.versions()) {
              versions.push_back({version.number(), version.revision()});
            }
            return page.versions_size();
          });
  if (!status.ok()) return status;
  return versions;
}

absl::StatusOr<std::vector<deploy::Alias>> DeployEngine::ListAliases(const std::string& machine) {
  v1::StateMachinesListAliasesRequest request;
  request.set_state_machine(machine);
  std::vector<deploy::Alias> aliases;
  absl::Status status =
      ForEachPage<v1::StateMachinesListAliasesRequest, v1::StateMachinesListAliasesResponse>(
          client_, request, 0, [&aliases](const auto& page) {
            for (const v1::StateMachineAlias& alias : page.aliases()) {
              deploy::Alias out{alias.name(), alias.description(), {}};
              for (const v1::AliasRoute& route : alias.routes()) {
                out.routes.push_back({route.version(), route.weight()});
              }
              aliases.push_back(std::move(out));
            }
            return page.aliases_size();
          });
  if (!status.ok()) return status;
  return aliases;
}

absl::StatusOr<std::map<std::string, std::string>> DeployEngine::Activities() {
  if (activities_.has_value()) return *activities_;
  std::map<std::string, std::string> found;
  absl::Status status = ForEachPage<v1::ActivitiesListRequest, v1::ActivitiesListResponse>(
      client_, {}, 0, [&found](const auto& page) {
        for (const v1::Activity& activity : page.activities()) {
          found[activity.name()] = activity.arn();
        }
        return page.activities_size();
      });
  if (!status.ok()) return status;
  activities_ = found;
  return found;
}

absl::StatusOr<std::vector<deploy::Tagged>> DeployEngine::ListActivities() {
  absl::StatusOr<std::map<std::string, std::string>> all = Activities();
  if (!all.ok()) return all.status();
  std::vector<deploy::Tagged> activities;
  for (const auto& [name, arn] : *all) {
    absl::StatusOr<deploy::Tags> tags = TagsOf(arn);
    if (absl::IsNotFound(tags.status())) continue;  // deleted since
    if (!tags.ok()) return tags.status();
    activities.push_back({name, *std::move(tags)});
  }
  return activities;
}

absl::StatusOr<absl::optional<deploy::CurrentActivity>> DeployEngine::FindActivity(
    const std::string& name) {
  absl::StatusOr<std::map<std::string, std::string>> all = Activities();
  if (!all.ok()) return all.status();
  const auto found = all->find(name);
  if (found == all->end()) return absl::optional<deploy::CurrentActivity>();
  absl::StatusOr<deploy::Tags> tags = TagsOf(found->second);
  if (!tags.ok()) return tags.status();
  return absl::optional<deploy::CurrentActivity>({found->second, *std::move(tags)});
}

absl::StatusOr<std::string> DeployEngine::CreateMachine(const deploy::Machine& machine) {
  v1::StateMachinesCreateRequest request;
  request.set_name(machine.name);
  request.set_definition(machine.definition);
  request.set_type(machine.type == asl::MachineType::kExpress ? v1::STATE_MACHINE_TYPE_EXPRESS
                                                              : v1::STATE_MACHINE_TYPE_STANDARD);
  request.set_role_arn(machine.role_arn);
  v1::StateMachinesCreateResponse response;
  if (absl::Status status = client_.Call(request, &response); !status.ok()) return status;
  return response.state_machine().arn();
}

absl::StatusOr<std::string> DeployEngine::CreateActivity(const deploy::Activity& activity) {
  v1::ActivitiesCreateRequest request;
  request.set_name(activity.name);
  request.mutable_tags()->insert(activity.tags.begin(), activity.tags.end());
  v1::ActivitiesCreateResponse response;
  if (absl::Status status = client_.Call(request, &response); !status.ok()) return status;
  return response.activity().arn();
}

absl::Status DeployEngine::UpdateMachine(const deploy::Machine& machine) {
  v1::StateMachinesUpdateRequest request;
  request.set_state_machine(machine.name);
  request.set_definition(machine.definition);
  if (!machine.role_arn.empty()) request.set_role_arn(machine.role_arn);
  v1::StateMachinesUpdateResponse response;
  return client_.Call(request, &response);
}

absl::Status DeployEngine::SetTags(const std::string& arn, const deploy::Tags& tags) {
  v1::TagsSetRequest request;
  request.set_arn(arn);
  request.mutable_tags()->insert(tags.begin(), tags.end());
  v1::TagsSetResponse response;
  return client_.Call(request, &response);
}

absl::Status DeployEngine::RemoveTags(const std::string& arn,
                                      const std::vector<std::string>& keys) {
  v1::TagsRemoveRequest request;
  request.set_arn(arn);
  for (const std::string& key : keys) request.add_keys(key);
  v1::TagsRemoveResponse response;
  return client_.Call(request, &response);
}

absl::StatusOr<int64_t> DeployEngine::PublishVersion(const std::string& machine,
                                                     const std::string& description) {
  v1::StateMachinesPublishVersionRequest request;
  request.set_state_machine(machine);
  request.set_description(description);
  v1::StateMachinesPublishVersionResponse response;
  if (absl::Status status = client_.Call(request, &response); !status.ok()) return status;
  return response.version().number();
}

absl::Status DeployEngine::SetAlias(const std::string& machine, const deploy::Alias& alias) {
  v1::StateMachinesSetAliasRequest request;
  request.set_alias(absl::StrCat(machine, ":", alias.name));
  request.set_description(alias.description);
  for (const deploy::Route& route : alias.routes) {
    v1::AliasRoute* to = request.add_routes();
    to->set_version(route.version);
    to->set_weight(route.weight);
  }
  v1::StateMachinesSetAliasResponse response;
  return client_.Call(request, &response);
}

absl::Status DeployEngine::DeleteMachine(const std::string& name) {
  v1::StateMachinesDeleteRequest request;
  request.set_state_machine(name);
  v1::StateMachinesDeleteResponse response;
  return client_.Call(request, &response);
}

absl::Status DeployEngine::DeleteActivity(const std::string& name) {
  v1::ActivitiesDeleteRequest request;
  request.set_activity(name);
  v1::ActivitiesDeleteResponse response;
  return client_.Call(request, &response);
}

}  // namespace pawl::cli
