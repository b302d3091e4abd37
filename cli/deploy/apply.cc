#include "cli/deploy/apply.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace pawl::deploy {
namespace {

absl::Status Of(const std::string& what, const absl::Status& status) {
  if (status.ok()) return status;
  return {status.code(), absl::StrCat(what, ": ", std::string(status.message()))};
}

class Applier {
 public:
  Applier(Engine* engine, const Progress& progress) : engine_(*engine), progress_(progress) {}

  absl::Status ApplyActivity(const ActivityPlan& plan);
  absl::Status ApplyMachine(const MachinePlan& plan);
  absl::Status Remove(const Removal& removal);

 private:
  absl::Status ApplyTags(const std::string& arn, const TagChanges& tags);
  absl::Status ApplyAliases(const MachinePlan& plan);

  Engine& engine_;
  const Progress& progress_;
};

absl::Status Applier::ApplyTags(const std::string& arn, const TagChanges& tags) {
  absl::Status status;
  // Removed first: a machine has at most 50.
  if (!tags.removed.empty()) status = engine_.RemoveTags(arn, tags.removed);
  if (status.ok() && !tags.set.empty()) status = engine_.SetTags(arn, tags.set);
  return status;
}

absl::Status Applier::ApplyActivity(const ActivityPlan& plan) {
  if (plan.change == Change::kUnchanged) return absl::OkStatus();
  const bool creates = plan.change == Change::kCreate;
  const absl::Status status =
      creates ? engine_.CreateActivity(*plan.activity).status() : ApplyTags(plan.arn, plan.tags);
  if (status.ok()) {
    progress_(creates ? "created" : "updated", absl::StrCat("activity ", plan.activity->name));
  }
  return status;
}

absl::Status Applier::ApplyAliases(const MachinePlan& plan) {
  const Machine& machine = *plan.machine;
  int64_t version = plan.version;
  if (plan.publishes) {
    const absl::StatusOr<int64_t> number =
        engine_.PublishVersion(machine.name, machine.version_description);
    if (!number.ok()) return number.status();
    version = *number;
    progress_("published", absl::StrCat("version ", version, " of ", machine.name));
  }
  for (const Alias* wanted : plan.aliases) {
    Alias alias = *wanted;
    for (Route& route : alias.routes) {
      if (route.version == 0) route.version = version;
    }
    if (absl::Status status = engine_.SetAlias(machine.name, alias); !status.ok()) return status;
    progress_("set", absl::StrCat("alias ", machine.name, ":", alias.name));
  }
  return absl::OkStatus();
}

absl::Status Applier::ApplyMachine(const MachinePlan& plan) {
  if (plan.change == Change::kUnchanged) return absl::OkStatus();
  const Machine& machine = *plan.machine;
  absl::Status status;
  if (plan.change == Change::kCreate) {
    const absl::StatusOr<std::string> arn = engine_.CreateMachine(machine);
    if (!arn.ok()) return arn.status();
    // A run that ends here leaves a machine without its tags; the next one adds them.
    if (!machine.tags.empty()) status = engine_.SetTags(*arn, machine.tags);
  } else {
    if (plan.changes_definition || plan.changes_role) status = engine_.UpdateMachine(machine);
    if (status.ok()) status = ApplyTags(plan.current->arn, plan.tags);
  }
  if (!status.ok()) return status;
  const bool changes = plan.change == Change::kCreate || plan.changes_definition ||
                       plan.changes_role || !plan.tags.is_empty();
  if (changes) {
    progress_(plan.change == Change::kCreate ? "created" : "updated",
              absl::StrCat("state machine ", machine.name));
  }
  return ApplyAliases(plan);
}

absl::Status Applier::Remove(const Removal& removal) {
  const absl::Status status = removal.is_activity ? engine_.DeleteActivity(removal.name)
                                                  : engine_.DeleteMachine(removal.name);
  if (status.ok()) {
    progress_("deleted",
              absl::StrCat(removal.is_activity ? "activity " : "state machine ", removal.name));
  }
  return status;
}

}  // namespace

absl::Status Apply(const Plan& plan, Engine* engine, const Progress& progress) {
  Applier applier(engine, progress);
  for (const ActivityPlan& activity : plan.activities) {
    const absl::Status status = applier.ApplyActivity(activity);
    if (!status.ok()) return Of(absl::StrCat("activity ", activity.activity->name), status);
  }
  for (const MachinePlan& machine : plan.machines) {
    const absl::Status status = applier.ApplyMachine(machine);
    if (!status.ok()) return Of(absl::StrCat("state machine ", machine.machine->name), status);
  }
  if (!plan.prunes) return absl::OkStatus();
  for (const Removal& removal : plan.removals) {
    const absl::Status status = applier.Remove(removal);
    if (!status.ok()) return Of(removal.name, status);
  }
  return absl::OkStatus();
}

}  // namespace pawl::deploy
