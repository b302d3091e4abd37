// What is allowed in a definition and yet not meant, beyond what AWS reports. Codes begin with
// "PAWL_"; the severity is kWarning, or kInfo for what is only worth knowing.
//
// A warning must be worth its line: where a rule can not be sure, it is silent. Pure.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "engine/asl/compile.h"
#include "engine/asl/diagnostic.h"
#include "engine/asl/state_machine.h"

namespace pawl::asl {

// Adds what is to be said of `machine`, which was compiled from `text`, in the order of the text.
void Lint(const StateMachine& machine, absl::string_view text,
          std::vector<Diagnostic>* diagnostics);

// Everything about a definition: what Compile says, and where it finds no error also what Lint
// says.
std::vector<Diagnostic> Validate(absl::string_view text, const CompileOptions& options);

}  // namespace pawl::asl
