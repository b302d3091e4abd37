// A definition's problems as a compiler prints them:
//
//   error: Missing 'Next' target: Chrge  [MISSING_TRANSITION_TARGET]
//     --> order.asl.json:12:15  /States/Pay/Next
//       12 |       "Next": "Chrge",
//          |               ^~~~~~~
//          = did you mean 'Charge'?
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "cli/colour.h"
#include "engine/asl/diagnostic.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "pawl/v1/machines.pb.h"

namespace pawl::cli {

using Diagnostics = google::protobuf::RepeatedPtrField<v1::Diagnostic>;

Diagnostics FromCompiler(const std::vector<asl::Diagnostic>& diagnostics);

// `path` is how the user calls the text.
std::string RenderDiagnostics(absl::string_view path, absl::string_view text,
                              const Diagnostics& diagnostics, const Palette& paint);

// "2 errors, 1 warning"; "no problems". What is only for information does not count.
std::string CountDiagnostics(const Diagnostics& diagnostics);

}  // namespace pawl::cli
