// Whether everything of a bundle can be deployed, before anything is. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/deploy/bundle.h"
#include "engine/asl/diagnostic.h"

namespace pawl::deploy {

// What is to be said of a machine's definition, with lines and columns of its source.
struct Finding {
  const Machine* machine = nullptr;
  std::vector<asl::Diagnostic> diagnostics;
};

// Names by AWS's rules and only once each; definitions as `pawl machine validate --local` checks them.
// `problems` gets what is wrong with names and aliases, `findings` a member for each machine whose
// definition has errors or warnings. False where the bundle cannot be deployed.
bool Check(const Bundle& bundle, std::vector<std::string>* problems,
           std::vector<Finding>* findings);

}  // namespace pawl::deploy
