#include "cli/deploy/plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

TagChanges CompareTags(const Tags& wanted, const Tags& current) {
  TagChanges changes;
  for (const auto& [key, value] : wanted) {
    const auto found = current.find(key);
    if (found == current.end() || found->second != value) changes.set[key] = value;
  }
  for (const auto& [key, value] : current) {
    // AWS's own cannot be changed.
    if (wanted.count(key) == 0 && !absl::StartsWith(key, "aws:")) changes.removed.push_back(key);
  }
  return changes;
}

bool IsSameDefinition(const Machine& machine, const CurrentMachine& current) {
  const absl::StatusOr<Value> value = ParseJson(current.definition);
  return value.ok() && *value == machine.value;
}

const char* TypeName(asl::MachineType type) {
  return type == asl::MachineType::kExpress ? "EXPRESS" : "STANDARD";
}

class Planner {
 public:
  Planner(const Bundle& bundle, const PlanOptions& options, Engine* engine)
      : bundle_(bundle), options_(options), engine_(*engine) {}

  absl::StatusOr<Plan> Run() {
    plan_.prunes = options_.prunes;
    for (const Activity& activity : bundle_.activities) {
      if (absl::Status status = PlanActivity(activity); !status.ok()) return status;
    }
    for (const Machine& machine : bundle_.machines) {
      if (absl::Status status = PlanMachine(machine); !status.ok()) return status;
    }
    if (absl::Status status = PlanRemovals(); !status.ok()) return status;
    return std::move(plan_);
  }

 private:
  absl::Status PlanActivity(const Activity& activity);
  absl::Status PlanMachine(const Machine& machine);
  absl::Status PlanVersions(MachinePlan* plan);
  absl::Status PlanRemovals();
  void AddRemovals(const std::vector<Tagged>& all, bool is_activity,
                   const std::set<std::string>& kept);
  // Somebody else's: a problem of the plan.
  void CheckStack(const char* what, const std::string& name, const std::string& stack,
                  const std::string& where, const Tags& current);

  const Bundle& bundle_;
  const PlanOptions& options_;
  Engine& engine_;
  Plan plan_;
};

void Planner::CheckStack(const char* what, const std::string& name, const std::string& stack,
                         const std::string& where, const Tags& current) {
  const auto other = current.find(kStackTag);
  if (options_.takes_over || other == current.end() || other->second == stack) return;
  plan_.problems.push_back(
      absl::StrCat(where, ": the ", what, " '", name, "' was deployed from the stack '",
                   other->second, "', not from '", stack,
                   "'; give it another name, or the stack's with --stack, or take it over "
                   "with --take-over"));
}

absl::Status Planner::PlanActivity(const Activity& activity) {
  ActivityPlan plan;
  plan.activity = &activity;
  absl::StatusOr<absl::optional<CurrentActivity>> current = engine_.FindActivity(activity.name);
  if (!current.ok()) return current.status();
  if (current->has_value()) {
    CheckStack("activity", activity.name, activity.stack, activity.where, (*current)->tags);
    plan.arn = (*current)->arn;
    plan.tags = CompareTags(activity.tags, (*current)->tags);
    plan.change = plan.tags.is_empty() ? Change::kUnchanged : Change::kUpdate;
  } else {
    plan.change = Change::kCreate;
  }
  plan_.activities.push_back(std::move(plan));
  return absl::OkStatus();
}

absl::Status Planner::PlanMachine(const Machine& machine) {
  MachinePlan plan;
  plan.machine = &machine;
  absl::StatusOr<absl::optional<CurrentMachine>> current = engine_.FindMachine(machine.name);
  if (!current.ok()) return current.status();
  if (!current->has_value()) {
    plan.change = Change::kCreate;
    plan.publishes = machine.publishes != Publishes::kNothing;
    for (const Alias& alias : machine.aliases) plan.aliases.push_back(&alias);
    plan_.machines.push_back(std::move(plan));
    return absl::OkStatus();
  }
  plan.current = *std::move(current);
  const CurrentMachine& there = *plan.current;
  CheckStack("state machine", machine.name, machine.stack, machine.where, there.tags);
  if (there.type != machine.type) {
    plan_.problems.push_back(absl::StrCat(
        machine.where, ": '", machine.name, "' is ", TypeName(there.type), ", not ",
        TypeName(machine.type),
        "; the type of a machine is fixed: give it another name, or delete it first (its "
        "executions fail): pawl machine delete ",
        machine.name));
  }
  plan.changes_definition = !IsSameDefinition(machine, there);
  plan.changes_role = !machine.role_arn.empty() && machine.role_arn != there.role_arn;
  plan.tags = CompareTags(machine.tags, there.tags);
  if (absl::Status status = PlanVersions(&plan); !status.ok()) return status;
  const bool changes = plan.changes_definition || plan.changes_role || !plan.tags.is_empty() ||
                       plan.publishes || !plan.aliases.empty();
  plan.change = changes ? Change::kUpdate : Change::kUnchanged;
  plan_.machines.push_back(std::move(plan));
  return absl::OkStatus();
}

absl::Status Planner::PlanVersions(MachinePlan* plan) {
  const Machine& machine = *plan->machine;
  if (machine.publishes == Publishes::kNothing && machine.aliases.empty()) return absl::OkStatus();
  absl::StatusOr<std::vector<CurrentVersion>> versions = engine_.ListVersions(machine.name);
  if (!versions.ok()) return versions.status();
  for (const CurrentVersion& version : *versions) {
    const bool stands =
        machine.publishes == Publishes::kFirst || version.revision == plan->current->revision;
    if (stands) plan->version = std::max(plan->version, version.number);
  }
  const bool makes_revision = plan->changes_definition || plan->changes_role;
  plan->publishes =
      plan->version == 0 || (makes_revision && machine.publishes == Publishes::kRevision);
  if (machine.publishes == Publishes::kNothing) plan->publishes = false;
  if (plan->publishes) plan->version = 0;
  absl::StatusOr<std::vector<Alias>> aliases = engine_.ListAliases(machine.name);
  if (!aliases.ok()) return aliases.status();
  for (const Alias& wanted : machine.aliases) {
    std::vector<Route> routes = wanted.routes;
    for (Route& route : routes) {
      if (route.version == 0) route.version = plan->version;
    }
    const bool is_there = std::any_of(aliases->begin(), aliases->end(), [&](const Alias& current) {
      return current.name == wanted.name && current.description == wanted.description &&
             current.routes == routes;
    });
    if (!is_there) plan->aliases.push_back(&wanted);
  }
  return absl::OkStatus();
}

void Planner::AddRemovals(const std::vector<Tagged>& all, bool is_activity,
                          const std::set<std::string>& kept) {
  for (const Tagged& one : all) {
    const auto stack = one.tags.find(kStackTag);
    if (stack == one.tags.end() || kept.count(one.name) > 0) continue;
    const auto& stacks = bundle_.stacks;
    if (std::find(stacks.begin(), stacks.end(), stack->second) == stacks.end()) continue;
    plan_.removals.push_back({is_activity, one.name, stack->second});
  }
}

absl::Status Planner::PlanRemovals() {
  std::set<std::string> kept;
  for (const Machine& machine : bundle_.machines) kept.insert(machine.name);
  absl::StatusOr<std::vector<Tagged>> machines = engine_.ListMachines();
  if (!machines.ok()) return machines.status();
  AddRemovals(*machines, false, kept);
  kept.clear();
  for (const Activity& activity : bundle_.activities) kept.insert(activity.name);
  absl::StatusOr<std::vector<Tagged>> activities = engine_.ListActivities();
  if (!activities.ok()) return activities.status();
  AddRemovals(*activities, true, kept);
  return absl::OkStatus();
}

template <typename Plans>
bool AllUnchanged(const Plans& plans) {
  return std::all_of(plans.begin(), plans.end(),
                     [](const auto& plan) { return plan.change == Change::kUnchanged; });
}

}  // namespace

bool Plan::is_empty() const {
  return AllUnchanged(machines) && AllUnchanged(activities) && (!prunes || removals.empty());
}

absl::StatusOr<Plan> MakePlan(const Bundle& bundle, const PlanOptions& options, Engine* engine) {
  return Planner(bundle, options, engine).Run();
}

}  // namespace pawl::deploy
