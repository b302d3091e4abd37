// Versions and aliases.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/aws/error.h"
#include "engine/runtime/machines/machine_admin.h"

namespace pawl::runtime {
namespace {

absl::Status InvalidRoutes(absl::string_view rule, absl::string_view received) {
  return aws::MakeError(aws::Error::kInvalidRoutingConfiguration,
                        absl::StrCat(rule, " Received: [", received, "]"));
}

absl::Status NoSuchAlias() {
  return aws::MakeError(aws::Error::kResourceNotFound,
                        "Request references a resource that does not exist.");
}

}  // namespace

absl::StatusOr<Version> MachineAdmin::Publish(persistence::Store* store, const aws::MachineId& id,
                                              const std::string& revision_id,
                                              const std::string& description, absl::Time now) {
  Version published;
  absl::Status status = Change(
      store, id,
      [&](const persistence::MachineRevision& revision, MachineRecord* record) -> absl::Status {
        absl::StatusOr<MachineSettings> settings = DecodeSettings(revision.settings);
        if (!settings.ok()) return settings.status();
        const std::string current = RevisionId(revision, *settings);
        if (!revision_id.empty() && revision_id != current) {
          return aws::MakeError(
              aws::Error::kConflict,
              absl::StrCat("Failed to publish the State Machine version for revision ", revision_id,
                           ". The current State Machine revision is ", current, "."));
        }
        if (const Version* existing = record->FindVersionOf(revision.revision)) {
          published = *existing;
          return absl::OkStatus();
        }
        absl::StatusOr<Version> added = AddVersion(record, revision.revision, description, now);
        if (!added.ok()) return added.status();
        published = *std::move(added);
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return published;
}

absl::Status MachineAdmin::DeleteVersion(persistence::Store* store, const aws::MachineId& id,
                                         int64_t number) {
  absl::Status status = Change(
      store, id, [&](const persistence::MachineRevision&, MachineRecord* record) -> absl::Status {
        std::vector<std::string> referring;
        for (const Alias& alias : record->aliases) {
          for (const Route& route : alias.routes) {
            if (route.version == number) referring.push_back(alias.name);
          }
        }
        if (!referring.empty()) {
          return aws::MakeError(
              aws::Error::kConflict,
              absl::StrCat("Version to be deleted must not be referenced by an alias. Current list "
                           "of aliases referencing this version: [",
                           absl::StrJoin(referring, ", "), "]"));
        }
        std::erase_if(record->versions,
                      [&](const Version& version) { return version.number == number; });
        return absl::OkStatus();
      });
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

absl::Status MachineAdmin::CheckRoutes(const aws::MachineId& id, const MachineRecord& record,
                                       const std::vector<Route>& routes) const {
  std::set<int64_t> versions;
  int64_t sum = 0;
  for (const Route& route : routes) {
    versions.insert(route.version);
    sum += route.weight;
  }
  const auto arns = [&](std::string* out, const Route& route) {
    absl::StrAppend(out, ArnOf(id), ":", route.version);
  };
  if (versions.size() != routes.size()) {
    return InvalidRoutes("Routing configuration must contain distinct state machine version ARNs.",
                         absl::StrJoin(routes, ", ", arns));
  }
  if (sum != 100) {
    const auto weights = [](std::string* out, const Route& route) {
      absl::StrAppend(out, route.weight);
    };
    return InvalidRoutes("Sum of routing configuration weights must equal 100.",
                         absl::StrJoin(routes, ", ", weights));
  }
  for (const Route& route : routes) {
    if (record.FindVersion(route.version) == nullptr) return NoSuchAlias();
  }
  return absl::OkStatus();
}

absl::StatusOr<Alias> MachineAdmin::CreateAlias(persistence::Store* store, const aws::MachineId& id,
                                                const Alias& alias, absl::Time now) {
  Alias created;
  absl::Status status = Change(
      store, id, [&](const persistence::MachineRevision&, MachineRecord* record) -> absl::Status {
        if (absl::Status routes = CheckRoutes(id, *record, alias.routes); !routes.ok()) {
          return routes;
        }
        if (const Alias* existing = std::as_const(*record).FindAlias(alias.name)) {
          created = *existing;
          if (existing->routes == alias.routes && existing->description == alias.description) {
            return absl::OkStatus();
          }
          return aws::MakeError(aws::Error::kConflict,
                                "Failed to create alias because an alias with the same name and a "
                                "different routing configuration already exists.");
        }
        if (record->aliases.size() >= kMaxAliases) {
          return aws::MakeError(
              aws::Error::kServiceQuotaExceeded,
              absl::StrCat("a state machine has at most ", kMaxAliases, " aliases; delete one"));
        }
        created = alias;
        created.create_time = now;
        created.update_time = absl::InfinitePast();
        const auto place =
            std::find_if(record->aliases.begin(), record->aliases.end(),
                         [&](const Alias& other) { return other.name > alias.name; });
        record->aliases.insert(place, created);
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return created;
}

absl::StatusOr<Alias> MachineAdmin::UpdateAlias(persistence::Store* store, const aws::MachineId& id,
                                                const std::string& name,
                                                const absl::optional<std::string>& description,
                                                const absl::optional<std::vector<Route>>& routes,
                                                absl::Time now) {
  if (!description.has_value() && !routes.has_value()) {
    return aws::MakeError(aws::Error::kValidation,
                          "Either description or routing configuration must be specified");
  }
  Alias updated;
  absl::Status status = Change(
      store, id, [&](const persistence::MachineRevision&, MachineRecord* record) -> absl::Status {
        Alias* alias = record->FindAlias(name);
        if (alias == nullptr) return NoSuchAlias();
        if (routes.has_value()) {
          absl::Status checked = CheckRoutes(id, *record, *routes);
          if (!checked.ok()) return checked;
          alias->routes = *routes;
        }
        if (description.has_value()) alias->description = *description;
        alias->update_time = now;
        updated = *alias;
        return absl::OkStatus();
      });
  if (absl::IsNotFound(status)) return NoSuchAlias();
  if (!status.ok()) return status;
  return updated;
}

absl::Status MachineAdmin::DeleteAlias(persistence::Store* store, const aws::MachineId& id,
                                       const std::string& name) {
  absl::Status status =
      Change(store, id, [&](const persistence::MachineRevision&, MachineRecord* record) {
        std::erase_if(record->aliases, [&](const Alias& alias) { return alias.name == name; });
        return absl::OkStatus();
      });
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

}  // namespace pawl::runtime
