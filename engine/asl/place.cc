#include "engine/asl/place.h"

#include <algorithm>
#include <tuple>

#include "engine/asl/aws_form.h"
#include "engine/asl/locate.h"

namespace pawl::asl {

void Place(absl::string_view text, const Value& document, std::vector<Diagnostic>* diagnostics) {
  std::vector<absl::string_view> pointers;
  for (const Diagnostic& diagnostic : *diagnostics) pointers.push_back(diagnostic.pointer);
  const std::vector<TextPosition> positions = Locate(text, pointers);
  for (size_t i = 0; i < positions.size(); ++i) {
    Diagnostic& diagnostic = (*diagnostics)[i];
    if (diagnostic.pointer.empty()) continue;
    diagnostic.line = positions[i].line;
    diagnostic.column = positions[i].column;
    // The sink left another pointer there where AWS names another place.
    diagnostic.location = AwsLocation(
        document, diagnostic.location.empty() ? diagnostic.pointer : diagnostic.location);
  }
  const auto key = [](const Diagnostic& d) {
    return std::make_tuple(d.pointer.empty(), d.line, d.column);
  };
  std::stable_sort(diagnostics->begin(), diagnostics->end(),
                   [&key](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
}

}  // namespace pawl::asl
