// Definition text to StateMachine.
//
//   std::vector<asl::Diagnostic> problems;
//   std::shared_ptr<const asl::StateMachine> machine = asl::Compile(text, {}, &problems);
//   if (machine == nullptr) Print(problems);  // all of them, with line and column
//
// Pure. Never crashes on hostile text: size, nesting and number of states are bounded.
#pragma once

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/asl/diagnostic.h"
#include "engine/asl/state_machine.h"

namespace pawl::asl {

enum class MachineType { kStandard, kExpress };

struct CompileOptions {
  MachineType type = MachineType::kStandard;
  size_t max_definition_bytes = size_t{1024} * 1024;  // flag --max-definition-bytes
  int max_states = 10'000;                            // flag --max-states
  int max_nesting = 32;                               // of Parallel and Map
};

// nullptr where `diagnostics` holds an error; warnings alone do not stop a machine. Diagnostics
// come in the order of the text.
std::shared_ptr<const StateMachine> Compile(absl::string_view text, const CompileOptions& options,
                                            std::vector<Diagnostic>* diagnostics);

}  // namespace pawl::asl
