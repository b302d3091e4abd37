// Carries out a plan.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "cli/deploy/engine.h"
#include "cli/deploy/plan.h"

namespace pawl::deploy {

// What has been done: "created", "state machine order".
using Progress = std::function<void(const std::string& done, const std::string& what)>;

// Activities, then machines with their tags, versions and aliases, then removals. Ends at the first
// failure with the engine's status, which names what failed; what is done stays done, and another
// plan has what is left.
absl::Status Apply(const Plan& plan, Engine* engine, const Progress& progress);

}  // namespace pawl::deploy
