// What a state makes and then throws away (ASL, "Input and Output Processing").
#include "absl/strings/str_cat.h"
#include "engine/asl/lint_rules.h"
#include "engine/asl/locate.h"
#include "engine/asl/static_path.h"

namespace pawl::asl {
namespace {

void LintState(const LintSubject& subject, const State& state) {
  const Value& json = subject.Json(state);
  const auto* pass = std::get_if<PassFields>(&state.fields);
  if (pass != nullptr && pass->result.has_value() && state.parameters != nullptr) {
    subject.sink->Warn("PAWL_TEMPLATE_OVERWRITES", absl::StrCat(state.pointer, "/Parameters"),
                       "Result replaces what Parameters make", "take one of the two out");
  }
  if (state.result_path.kind == ResultPath::Kind::kDiscard && state.result_selector != nullptr) {
    subject.sink->Warn("PAWL_TEMPLATE_OVERWRITES", absl::StrCat(state.pointer, "/ResultSelector"),
                       "ResultPath null throws away what ResultSelector makes",
                       "take ResultSelector out, or give ResultPath a place");
  }
  const Value* output = json.Find("OutputPath");
  if (output == nullptr || !output->is_string()) return;
  const StaticPath wanted = ParseStaticPath(output->AsString());
  const char* field = ResultField(state);
  if (!wanted.is_input) return;
  if (state.result_path.kind == ResultPath::Kind::kReplace && field != nullptr) {
    const auto missing =
        MissingName(*json.Find(field), field != std::string("Result"), wanted.names);
    if (!missing.has_value()) return;
    subject.sink->Warn(
        "PAWL_PATH_NEVER_EXISTS", absl::StrCat(state.pointer, "/OutputPath"),
        absl::StrCat(field, " makes no '", *missing, "' that ", output->AsString(), " could find"),
        absl::StrCat("add it to ", field, ", or name one of its members"));
    return;
  }
  if (state.result_path.kind != ResultPath::Kind::kInsert || state.assign != nullptr) return;
  const StaticPath written = ParseStaticPath(state.result_path.path->text());
  for (size_t i = 0; i < wanted.names.size() && i < written.names.size(); ++i) {
    if (wanted.names[i] == written.names[i]) continue;
    subject.sink->Warn("PAWL_TEMPLATE_OVERWRITES", absl::StrCat(state.pointer, "/OutputPath"),
                       absl::StrCat("OutputPath ", output->AsString(),
                                    " throws away the result that ResultPath puts at ",
                                    state.result_path.path->text()),
                       "write \"ResultPath\": null to drop the result, or widen OutputPath");
    return;
  }
}

}  // namespace

void LintDataFlow(const LintSubject& subject) {
  for (const State& state : subject.machine.states()) {
    if (state.language == QueryLanguage::kJsonPath) LintState(subject, state);
  }
}

}  // namespace pawl::asl
