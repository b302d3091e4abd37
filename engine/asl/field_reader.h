// Reads the members of one JSON object of a definition, turning every mistake into a diagnostic
// with its pointer. Members that nobody asked for are reported by RejectUnknown().
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/asl/diagnostic_sink.h"
#include "engine/asl/names.h"
#include "engine/asl/state_machine.h"
#include "engine/value/value.h"

namespace pawl::asl {

// "did you mean 'Charge'?"; "" where no candidate comes close. Given to the first diagnostics only.
template <typename Names>
std::string DidYouMean(const DiagnosticSink& sink, absl::string_view name,
                       const Names& candidates) {
  if (!sink.has_time_for_suggestions()) return "";
  const std::string closest = ClosestName(name, candidates);
  return closest.empty() ? "" : absl::StrCat("did you mean '", closest, "'?");
}

// What "$states" has beside input and context, at the place of an expression.
enum class StatesScope { kPlain, kWithResult, kWithErrorOutput };

// What a Reference Path of a number may start at. AWS takes the context object in Wait and Task,
// but not in the numbers of a Map.
enum class PathRoots { kAny, kNoContext };

class FieldReader {
 public:
  // `value` may be anything: if it is not an object, that is reported and no field is found.
  FieldReader(DiagnosticSink* sink, const Value& value, std::string pointer,
              absl::optional<QueryLanguage> language = absl::nullopt);

  const std::string& pointer() const { return pointer_; }
  QueryLanguage language() const { return language_.value_or(QueryLanguage::kJsonPath); }
  bool is_jsonata() const { return language() == QueryLanguage::kJsonata; }
  std::string PointerTo(absl::string_view field) const;

  // nullptr where the member is missing.
  const Value* Take(absl::string_view field);
  bool Has(absl::string_view field) const { return value_.Find(field) != nullptr; }

  // Missing: nullopt / nullptr. Wrong type: the same, and a diagnostic.
  absl::optional<std::string> TakeString(absl::string_view field);
  absl::optional<bool> TakeBool(absl::string_view field);
  absl::optional<int64_t> TakeInteger(absl::string_view field, int64_t min, int64_t max);
  absl::optional<double> TakeNumber(absl::string_view field, double min, double max);
  const Value* TakeObject(absl::string_view field);
  const Value* TakeArray(absl::string_view field);

  // InputPath and its like: a path or null. `allow_null` false refuses null.
  PathField TakePath(absl::string_view field, bool allow_null = true);
  ResultPath TakeResultPath(absl::string_view field);
  // A path or, with `allow_intrinsic`, an intrinsic function call; nullptr where missing or wrong.
  expr::ExpressionPtr TakePathExpression(absl::string_view field, bool allow_intrinsic);
  // A payload template in the state's language: Parameters, Arguments, Output, Assign and their
  // like. `shown_as` is how AWS names the field in messages, where it is not `field`.
  expr::ExpressionPtr TakeTemplate(absl::string_view field, StatesScope scope = StatesScope::kPlain,
                                   absl::string_view shown_as = "");
  // Assign: an object whose members are variables. Adds their names to `names`.
  expr::ExpressionPtr TakeAssign(StatesScope scope, std::vector<std::string>* names);
  // JSONPath: `field` or `field`Path, at most one of them. JSONata: a number or an expression.
  NumberField TakeNumberField(absl::string_view field, int64_t min, int64_t max,
                              PathRoots roots = PathRoots::kAny);
  PercentField TakePercentField(absl::string_view field);
  // `allow_intrinsic`: `field`Path may be an intrinsic function call.
  StringField TakeStringField(absl::string_view field, bool allow_intrinsic = true);

  // "These fields are required: [A, B]" for those of `fields` that are missing.
  void Require(const std::vector<absl::string_view>& fields);
  // "There should only be one of the following fields: [A, B]" where several are there.
  void RejectSeveral(const std::vector<absl::string_view>& fields);
  void RejectUnknown();
  // Fields of the other query language are passed over: the language itself was refused.
  void IgnoreOtherLanguage() { ignores_other_language_ = true; }
  void Error(absl::string_view field, std::string message, std::string remedy = "");
  // "Expected value of type [STRING]"; `type` in small letters.
  void WrongType(absl::string_view field, absl::string_view type);
  // "Value should be one of the following: [A, B]"
  void RejectValue(absl::string_view field, const std::vector<absl::string_view>& allowed,
                   absl::string_view sentence = "Value should be one of the following: ");

  DiagnosticSink* sink() const { return sink_; }

 private:
  // In JSONata, where the member is "{% ... %}": the expression.
  bool TakeExpression(absl::string_view field, expr::ExpressionPtr* expression);
  expr::ExpressionPtr TakeJsonata(absl::string_view field, StatesScope scope,
                                  absl::string_view shown_as);
  expr::ExpressionPtr TakePathForm(absl::string_view field, bool allow_intrinsic,
                                   std::string* used_field);
  expr::ExpressionPtr TakeReferencePath(absl::string_view field, PathRoots roots,
                                        std::string* used_field);

  DiagnosticSink* sink_;
  Value value_;
  std::string pointer_;
  absl::optional<QueryLanguage> language_;  // none: of an object whose fields belong to no language
  absl::flat_hash_set<std::string> taken_;
  bool ignores_other_language_ = false;
};

}  // namespace pawl::asl
