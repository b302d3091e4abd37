#include "cli/definition_file.h"

#include <utility>

#include "cli/names.h"

namespace pawl::cli {

absl::StatusOr<Definition> ReadDefinition(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  return Definition::Parse(path, *std::move(text));
}

void PlaceInFile(const Definition& definition, Diagnostics* diagnostics) {
  for (v1::Diagnostic& diagnostic : *diagnostics) {
    if (diagnostic.line() == 0) continue;
    const auto position = definition.Locate(diagnostic.pointer());
    if (!position.has_value()) return;
    diagnostic.set_line(position->line);
    diagnostic.set_column(position->column);
  }
}

}  // namespace pawl::cli
