// DefinitionSubstitutions: ${NAME} in a definition becomes a value. Pure.
#pragma once

#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/value/value.h"

namespace pawl::deploy {

using Substitutions = std::map<std::string, std::string>;

// Of a result; ResourceExhausted beyond.
inline constexpr size_t kMaxSubstitutedBytes = size_t{8} * 1024 * 1024;

// Each ${NAME} of `text` that `values` has. Others stay, and are added to `unknown` (which may be null).
absl::StatusOr<std::string> Substitute(absl::string_view text, const Substitutions& values,
                                       std::set<std::string>* unknown);

// As Substitute, of a text that is JSON once it is done: a value is escaped within a string, and taken
// as it is outside of one, where ${count} becomes a number.
absl::StatusOr<std::string> SubstituteJson(absl::string_view text, const Substitutions& values,
                                           std::set<std::string>* unknown);

// As Substitute, in all strings and names of a value.
absl::StatusOr<Value> SubstituteValue(const Value& value, const Substitutions& values,
                                      std::set<std::string>* unknown);

}  // namespace pawl::deploy
