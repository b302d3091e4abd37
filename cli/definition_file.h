// Definitions in files, of JSON or YAML, as commands take them.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/diagnostics.h"
#include "cli/yaml/document.h"

namespace pawl::cli {

// "-" is standard input: JSON where it begins with { or [, else YAML, as files are by their ending
// (.yaml, .yml). InvalidArgument and ResourceExhausted say what cannot be read, and where.
absl::StatusOr<Definition> ReadDefinition(const std::string& path);

// As Definition::Place, of what the engine says of the definition.
void PlaceInFile(const Definition& definition, Diagnostics* diagnostics);

}  // namespace pawl::cli
