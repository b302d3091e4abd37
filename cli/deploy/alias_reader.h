// Internal to cli/deploy: AWS::StepFunctions::StateMachineVersion and ...Alias.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "cli/deploy/bundle.h"
#include "cli/deploy/evaluator.h"

namespace pawl::deploy {

// Adds the resource to its machine. `machines` has the places of the template's machines in the
// bundle, by name.
absl::Status ReadVersionOrAlias(const std::string& id, const Value& resource, Evaluator* evaluator,
                                const std::map<std::string, size_t>& machines, Bundle* bundle);

// Says what of a DeploymentPreference does not happen here: an alias is moved at once.
absl::Status NoteDeploymentPreference(const Value& preference, const std::string& pointer,
                                      const std::string& alias, Evaluator* evaluator,
                                      Bundle* bundle);

}  // namespace pawl::deploy
