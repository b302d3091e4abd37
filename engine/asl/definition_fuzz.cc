// A fuzz target (tools/fuzz definition): any text as a definition, of both types.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engine/asl/compile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using pawl::asl::MachineType;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  for (const MachineType type : {MachineType::kStandard, MachineType::kExpress}) {
    pawl::asl::CompileOptions options;
    options.type = type;
    std::vector<pawl::asl::Diagnostic> diagnostics;
    const auto machine = pawl::asl::Compile(text, options, &diagnostics);
    if ((machine == nullptr) != pawl::asl::HasErrors(diagnostics)) std::abort();
  }
  return 0;
}
