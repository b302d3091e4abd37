// Diagnostics as AWS writes them in answers and in the message of InvalidDefinition.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/asl/diagnostic.h"
#include "engine/value/value.h"

namespace pawl::asl {

// AWS's location of a JSON pointer into `document`: "/States/C/Choices[0]/Next", elements in
// brackets and names as they are.
std::string AwsLocation(const Value& document, absl::string_view pointer);

// Whether AWS reports such a thing at all: codes that begin with "PAWL_" are ours.
bool IsAwsDiagnostic(const Diagnostic& diagnostic);

// The message as AWS sends it.
const std::string& AwsMessage(const Diagnostic& diagnostic);

// Of the errors: "Invalid State Machine Definition: 'CODE: message at /place, CODE: message at
// null'".
std::string InvalidDefinitionMessage(const std::vector<Diagnostic>& diagnostics);

}  // namespace pawl::asl
