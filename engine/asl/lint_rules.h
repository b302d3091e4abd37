// Internal to engine/asl: the rules of Lint, one file per concern. Each looks at one machine; a
// Distributed Map's processor is a machine of its own.
#pragma once

#include "engine/asl/diagnostic_sink.h"
#include "engine/asl/state_machine.h"
#include "engine/value/value.h"

namespace pawl::asl {

struct LintSubject {
  const StateMachine& machine;
  const Value& document;  // the whole definition; pointers of states lead into it
  bool is_processor = false;
  DiagnosticSink* sink;

  // The state as it is written.
  const Value& Json(const State& state) const;
};

// PAWL_NO_TIMEOUT: a callback or an activity that may never be answered.
void LintTimeouts(const LintSubject& subject);
// PAWL_RETRIER_NEVER_MATCHES, PAWL_CATCHER_NEVER_MATCHES
void LintErrorNames(const LintSubject& subject);
// PAWL_ENDLESS_LOOP: states that lead to each other and nowhere else.
void LintLoops(const LintSubject& subject);
// PAWL_UNDEFINED_VARIABLE: read where no way there assigns it.
void LintVariables(const LintSubject& subject);
// PAWL_TEMPLATE_OVERWRITES: results that another field of the state throws away.
// PAWL_PATH_NEVER_EXISTS: an OutputPath into a result whose members are known.
void LintDataFlow(const LintSubject& subject);
// PAWL_PATH_NEVER_EXISTS: a path into what a Pass state before has written down.
void LintKnownInputs(const LintSubject& subject);
// PAWL_PATH_NEVER_EXISTS: what the context object never has.
void LintContextPaths(const LintSubject& subject);

}  // namespace pawl::asl
