// A fuzz target (tools/fuzz definition): any text as a definition, of both types; what compiles is
// linted.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engine/asl/lint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using pawl::asl::MachineType;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  for (const MachineType type : {MachineType::kStandard, MachineType::kExpress}) {
    pawl::asl::CompileOptions options;
    options.type = type;
    std::vector<pawl::asl::Diagnostic> diagnostics;
    const auto machine = pawl::asl::Compile(text, options, &diagnostics);
    if ((machine == nullptr) != pawl::asl::HasErrors(diagnostics)) std::abort();
    if (machine != nullptr) pawl::asl::Lint(*machine, text, &diagnostics);
    // Lint finds no errors, and everything has a remedy and, but for the whole of it, a place.
    if (machine != nullptr && pawl::asl::HasErrors(diagnostics)) std::abort();
    for (const pawl::asl::Diagnostic& d : diagnostics) {
      if (d.remedy.empty() || (!d.pointer.empty() && d.line == 0)) std::abort();
    }
  }
  return 0;
}
