// Internal to cli/deploy: a machine's definition out of a resource's properties.
#pragma once

#include <set>
#include <string>

#include "cli/deploy/evaluator.h"
#include "cli/deploy/reader.h"
#include "cli/deploy/substitute.h"

namespace pawl::deploy {

// Fills in `definition`, `value` and `source` from Definition, DefinitionString, DefinitionUri or
// DefinitionS3Location, with the DefinitionSubstitutions in place. `pointer` is that of the
// properties. Placeholders without a value are added to `unknown`.
absl::Status ReadDefinitionProperties(const Value& properties, const std::string& pointer,
                                      const TemplateOptions& options, const Files& files,
                                      Evaluator* evaluator, Machine* machine,
                                      std::set<std::string>* unknown);

// The same from a file, of JSON or YAML by its ending.
absl::Status ReadDefinitionFile(const std::string& path, const Files& files,
                                const Substitutions& substitutions, Machine* machine,
                                std::set<std::string>* unknown);

}  // namespace pawl::deploy
