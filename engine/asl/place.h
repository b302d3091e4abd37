// Internal to engine/asl.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "engine/asl/diagnostic.h"
#include "engine/value/value.h"

namespace pawl::asl {

// Fills in lines, columns and AWS's locations, and puts all in the order of the text; what has no
// place comes last.
void Place(absl::string_view text, const Value& document, std::vector<Diagnostic>* diagnostics);

}  // namespace pawl::asl
