// What a deployment changes, made before anything is: the bundle against what the engine has.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "cli/deploy/bundle.h"
#include "cli/deploy/engine.h"

namespace pawl::deploy {

enum class Change { kCreate, kUpdate, kUnchanged };

struct TagChanges {
  Tags set;
  std::vector<std::string> removed;
  bool is_empty() const { return set.empty() && removed.empty(); }
};

struct MachinePlan {
  const Machine* machine = nullptr;
  Change change = Change::kUnchanged;
  absl::optional<CurrentMachine> current;
  bool changes_definition = false;
  bool changes_role = false;
  TagChanges tags;
  bool publishes = false;
  // The version that Route::version 0 stands for, where none is published.
  int64_t version = 0;
  std::vector<const Alias*> aliases;  // that are made or changed
};

struct ActivityPlan {
  const Activity* activity = nullptr;
  Change change = Change::kUnchanged;
  std::string arn;
  TagChanges tags;
};

// What an earlier deployment of the stack made and the bundle no longer has.
struct Removal {
  bool is_activity = false;
  std::string name;
  std::string stack;
};

// Points into the bundle that it was made of.
struct Plan {
  std::vector<MachinePlan> machines;
  std::vector<ActivityPlan> activities;
  std::vector<Removal> removals;
  bool prunes = false;                // whether the removals are carried out
  std::vector<std::string> problems;  // why it cannot be carried out, each with its remedy

  bool is_empty() const;  // nothing is to be done
};

struct PlanOptions {
  bool prunes = false;
  // Whether machines and activities of other stacks become this one's.
  bool takes_over = false;
};

// A machine is unchanged where definition, type, role, tags, versions and aliases are: definitions are
// compared as JSON values, tags as a whole. The engine's statuses.
absl::StatusOr<Plan> MakePlan(const Bundle& bundle, const PlanOptions& options, Engine* engine);

}  // namespace pawl::deploy
