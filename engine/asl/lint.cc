#include "engine/asl/lint.h"

#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "engine/asl/lint_rules.h"
#include "engine/asl/locate.h"
#include "engine/asl/place.h"
#include "engine/asl/worst_case.h"
#include "engine/value/json.h"

namespace pawl::asl {
namespace {

void LintMachine(const LintSubject& subject) {
  LintTimeouts(subject);
  LintErrorNames(subject);
  LintLoops(subject);
  LintVariables(subject);
  LintDataFlow(subject);
  LintKnownInputs(subject);
  LintContextPaths(subject);
  for (const State& state : subject.machine.states()) {
    const auto* map = std::get_if<MapFields>(&state.fields);
    if (map == nullptr || map->distributed == nullptr) continue;
    LintMachine({*map->distributed->processor, subject.document, true, subject.sink});
  }
}

}  // namespace

const Value& LintSubject::Json(const State& state) const {
  const Value* here = &document;
  for (const std::string& token : PointerTokens(state.pointer)) {
    size_t index = 0;
    const bool is_index = here->is_array() && absl::SimpleAtoi(token, &index);
    here = is_index ? &here->AsArray()[index] : here->Find(token);
  }
  return *here;
}

void Lint(const StateMachine& machine, absl::string_view text,
          std::vector<Diagnostic>* diagnostics) {
  const absl::StatusOr<Value> document = ParseJson(text);
  if (!document.ok()) return;  // not the text of this machine
  std::vector<Diagnostic> own;
  DiagnosticSink sink(&own);
  LintMachine({machine, *document, false, &sink});
  ReportWorstCases(machine, &sink);
  diagnostics->insert(diagnostics->end(), std::make_move_iterator(own.begin()),
                      std::make_move_iterator(own.end()));
  Place(text, *document, diagnostics);
}

std::vector<Diagnostic> Validate(absl::string_view text, const CompileOptions& options) {
  std::vector<Diagnostic> diagnostics;
  const std::shared_ptr<const StateMachine> machine = Compile(text, options, &diagnostics);
  if (machine != nullptr) Lint(*machine, text, &diagnostics);
  return diagnostics;
}

}  // namespace pawl::asl
