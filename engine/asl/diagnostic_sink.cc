#include "engine/asl/diagnostic_sink.h"

#include <utility>

namespace pawl::asl {
namespace {

// Nobody reads more; a hostile definition could have one for every byte.
constexpr size_t kMaxDiagnostics = 1000;

constexpr absl::string_view kReadTheSpecification =
    "see https://states-language.net/spec.html for what may stand here";

}  // namespace

void DiagnosticSink::Add(Severity severity, absl::string_view code, const std::string& pointer,
                         std::string message, std::string remedy) {
  // A first error counts, however many warnings came before.
  if (out_->size() >= kMaxDiagnostics && (severity != Severity::kError || HasErrors(*out_))) return;
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.code = std::string(code);
  diagnostic.pointer = pointer.empty() ? "/" : pointer;
  diagnostic.message = std::move(message);
  diagnostic.remedy = remedy.empty() ? std::string(kReadTheSpecification) : std::move(remedy);
  out_->push_back(std::move(diagnostic));
}

}  // namespace pawl::asl
