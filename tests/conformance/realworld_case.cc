// Definitions out of public repositories. "valid" is what the repository's own tests of a validator
// say; null where nobody said anything. What is accepted is then run, with tasks that answer
// something, in virtual time: it must come to an end, or still be polling after a day.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/asl/aws_form.h"
#include "engine/asl/compile.h"
#include "engine/objects/memory_store.h"
#include "engine/runtime/in_process_engine.h"
#include "persistence/memory/memory_store.h"
#include "tests/conformance/runner.h"

namespace pawl::conformance {
namespace {

constexpr char kRole[] = "arn:aws:iam::000000000000:role/test";

struct Exception {
  const char* file;  // the end of its path
  const char* why;
};

// Verdicts of validators that AWS does not share.
constexpr Exception kNotAwsVerdict[] = {
    {"invalid-json-surround-syntax-extra-spaces.json", "AWS takes blanks inside of {% %}"},
    {"invalid-jsonata-surround-syntax-no-spaces.json", "AWS needs no blanks inside of {% %}"},
    {"valid-map-with-item-batcher-jsonata.json",
     "AWS was recorded to refuse JSONPath states in a JSONata machine"},
    {"valid-current-value-predicate.json", "a filter compares with a word without quotes"},
};

// The specification wants a URI as the Resource and says nothing of RoleArn: a validator of the
// specification accepts what AWS refuses.
bool IsRefusedByAwsOnly(const std::vector<asl::Diagnostic>& diagnostics) {
  for (const asl::Diagnostic& d : diagnostics) {
    const bool is_of_aws =
        absl::EndsWith(d.pointer, "/Resource") || absl::EndsWith(d.pointer, "/Credentials");
    if (d.severity == asl::Severity::kError && !is_of_aws) return false;
  }
  return true;
}

Verdict Run(const std::string& definition) {
  persistence::MemoryStore store;
  objects::MemoryStore objects(absl::FromUnixSeconds(1'700'000'000));
  runtime::InProcessOptions options;
  options.store = &store;
  options.objects = &objects;
  // What polls for an answer that no mock gives ends here.
  options.runtime.limits.max_history_events = 500;
  runtime::InProcessEngine engine(options);
  std::vector<asl::Diagnostic> diagnostics;
  auto machine = engine.CreateMachine("machine", definition, kRole, &diagnostics, "STANDARD");
  if (!machine.ok()) return Verdict::Of({machine.status().ToString()});
  engine.Serve("*", [&engine](const runtime::QueuedTask& task,
                              const runtime::InProcessEngine::Responder& respond) {
    respond.Succeed("{}");
    // Of a task that waits for its token; refused, which does no harm, for all others.
    engine.RunAt(engine.now() + absl::Seconds(1), [&engine, token = task.token] {
      engine.node().CompleteTask(engine.node().options().account, token, "{}", /*by_token=*/true,
                                 [](const auto&) {});
    });
  });
  auto ref = engine.Start("machine", "run", "{}");
  if (!ref.ok()) return Verdict::Of({ref.status().ToString()});
  if (engine.RunUntilClosed(*ref, absl::Hours(24))) return Verdict::Of({});
  auto history = engine.History(*ref);
  if (!history.ok()) return Verdict::Of({history.status().ToString()});
  // Still open: it must be in a Wait of more than a day, or in a loop around one.
  for (const core::Event& event : *history) {
    if (absl::StartsWith(core::InfoOf(event.type).name, "Wait")) return Verdict::Of({});
  }
  return Verdict::Of({absl::StrCat("stands still after ", history->size(), " events")});
}

}  // namespace

bool IsRealworldCase(const Case& test) {
  return test.Field("source").is_object() && test.Field("source").Find("repo") != nullptr &&
         test.json.Find("valid") != nullptr;
}

Verdict RunRealworldCase(const Case& test, Engine* /*engine*/) {
  for (const Exception& exception : kNotAwsVerdict) {
    if (absl::EndsWith(test.path, exception.file)) return Verdict::Skipped(exception.why);
  }
  const Value& valid = test.Field("valid");
  const std::string definition = test.DefinitionText();
  std::vector<asl::Diagnostic> diagnostics;
  asl::Compile(definition, {}, &diagnostics);
  if (!asl::HasErrors(diagnostics)) {
    if (valid.is_bool() && !valid.AsBool()) {
      return Verdict::Of({"expected a refusal, was accepted"});
    }
    return Run(definition);
  }
  const std::string message = asl::InvalidDefinitionMessage(diagnostics);
  if (valid.is_null()) {
    Verdict verdict = Verdict::Skipped("refused, and nobody says that it is valid");
    verdict.notes.push_back(message);
    return verdict;
  }
  if (!valid.AsBool()) return Verdict::Of({});
  if (IsRefusedByAwsOnly(diagnostics)) {
    return Verdict::Skipped("valid by the specification; AWS refuses the Resource or Credentials");
  }
  return Verdict::Of({absl::StrCat("expected to be accepted: ", message)});
}

}  // namespace pawl::conformance
