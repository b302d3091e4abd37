#include "engine/asl/aws_form.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/asl/locate.h"

namespace pawl::asl {

std::string AwsLocation(const Value& document, absl::string_view pointer) {
  std::string location;
  const Value* here = &document;
  for (const std::string& token : PointerTokens(pointer)) {
    const bool is_element = here != nullptr && here->is_array();
    absl::StrAppend(&location, is_element ? "[" : "/", token, is_element ? "]" : "");
    size_t index = 0;
    if (here == nullptr) continue;
    if (is_element) {
      const bool is_there = absl::SimpleAtoi(token, &index) && index < here->AsArray().size();
      here = is_there ? &here->AsArray()[index] : nullptr;
    } else {
      here = here->is_object() ? here->Find(token) : nullptr;
    }
  }
  return location.empty() ? "/" : location;
}

bool IsAwsDiagnostic(const Diagnostic& diagnostic) {
  return !absl::StartsWith(diagnostic.code, "PAWL_");
}

const std::string& AwsMessage(const Diagnostic& diagnostic) {
  return diagnostic.aws_message.empty() ? diagnostic.message : diagnostic.aws_message;
}

std::string InvalidDefinitionMessage(const std::vector<Diagnostic>& diagnostics) {
  std::string all;
  for (const Diagnostic& d : diagnostics) {
    if (d.severity != Severity::kError) continue;
    absl::StrAppend(&all, all.empty() ? "" : ", ", d.code, ": ", AwsMessage(d), " at ",
                    d.location.empty() ? "null" : d.location);
  }
  return absl::StrCat("Invalid State Machine Definition: '", all, "'");
}

}  // namespace pawl::asl
