#include "engine/asl/field_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "engine/asl/language_fields.h"
#include "engine/asl/locate.h"
#include "engine/asl/names.h"
#include "engine/expr/jsonata_template.h"
#include "engine/expr/payload_template.h"
#include "engine/value/json.h"

namespace pawl::asl {
namespace {

// "an object", "a string".
std::string WithArticle(absl::string_view kind) {
  const bool has_vowel = absl::StrContains("aeiou", kind.substr(0, 1));
  return absl::StrCat(has_vowel ? "an " : "a ", kind);
}

}  // namespace

FieldReader::FieldReader(DiagnosticSink* sink, const Value& value, std::string pointer,
                         absl::optional<QueryLanguage> language)
    : sink_(sink), value_(value), pointer_(std::move(pointer)), language_(language) {
  taken_.insert("Comment");
  if (!value_.is_object()) {
    sink_->Schema(pointer_, "Expected value of type [OBJECT]",
                  absl::StrCat("give an object instead of ", WithArticle(KindName(value_))));
    value_ = Value::EmptyObject();
  }
}

std::string FieldReader::PointerTo(absl::string_view field) const {
  return absl::StrCat(pointer_, "/", EscapePointer(field));
}

void FieldReader::Error(absl::string_view field, std::string message, std::string remedy) {
  sink_->Schema(PointerTo(field), std::move(message), std::move(remedy));
}

void FieldReader::WrongType(absl::string_view field, absl::string_view type) {
  Error(field, absl::StrCat("Expected value of type [", absl::AsciiStrToUpper(type), "]"),
        absl::StrCat("give ", WithArticle(type), " instead of ",
                     WithArticle(KindName(*value_.Find(field)))));
}

void FieldReader::RejectValue(absl::string_view field,
                              const std::vector<absl::string_view>& allowed,
                              absl::string_view sentence) {
  const Value* given = value_.Find(field);
  std::string remedy;
  if (given != nullptr && given->is_string()) {
    remedy = DidYouMean(*sink_, given->AsString(), allowed);
  }
  Error(field, absl::StrCat(sentence, "[", absl::StrJoin(allowed, ", "), "]"),
        remedy.empty() ? "give one of these" : remedy);
}

const Value* FieldReader::Take(absl::string_view field) {
  taken_.insert(std::string(field));
  return value_.Find(field);
}

absl::optional<std::string> FieldReader::TakeString(absl::string_view field) {
  const Value* value = Take(field);
  if (value == nullptr) return absl::nullopt;
  if (!value->is_string()) {
    WrongType(field, "string");
    return absl::nullopt;
  }
  return value->AsString();
}

absl::optional<bool> FieldReader::TakeBool(absl::string_view field) {
  const Value* value = Take(field);
  if (value == nullptr) return absl::nullopt;
  if (!value->is_bool()) {
    WrongType(field, "boolean");
    return absl::nullopt;
  }
  return value->AsBool();
}

absl::optional<int64_t> FieldReader::TakeInteger(absl::string_view field, int64_t min,
                                                 int64_t max) {
  const Value* value = Take(field);
  if (value == nullptr) return absl::nullopt;
  int64_t n = 0;
  if (!value->ToInt64(&n)) {
    WrongType(field, "integer");
    return absl::nullopt;
  }
  if (n >= min && n <= max) return n;
  Error(field,
        n < min ? absl::StrCat("Minimum value is ", min) : absl::StrCat("Maximum value is ", max),
        absl::StrCat("give a number between ", min, " and ", max));
  return absl::nullopt;
}

absl::optional<double> FieldReader::TakeNumber(absl::string_view field, double min, double max) {
  const Value* value = Take(field);
  if (value == nullptr) return absl::nullopt;
  if (!value->is_number()) {
    WrongType(field, "number");
    return absl::nullopt;
  }
  const double d = value->AsDouble();
  if (d >= min && d <= max) return d;
  Error(field,
        d > max ? absl::StrCat("Maximum value is ", DoubleToText(max))
                : absl::StrCat("Minimum value is ", DoubleToText(min)),
        absl::StrCat("give a number between ", DoubleToText(min), " and ", DoubleToText(max)));
  return absl::nullopt;
}

const Value* FieldReader::TakeObject(absl::string_view field) {
  const Value* value = Take(field);
  if (value != nullptr && !value->is_object()) {
    WrongType(field, "object");
    return nullptr;
  }
  return value;
}

const Value* FieldReader::TakeArray(absl::string_view field) {
  const Value* value = Take(field);
  if (value != nullptr && !value->is_array()) {
    WrongType(field, "array");
    return nullptr;
  }
  return value;
}

expr::ExpressionPtr FieldReader::TakePathExpression(absl::string_view field, bool allow_intrinsic) {
  const absl::optional<std::string> text = TakeString(field);
  if (!text.has_value()) return nullptr;
  if (!allow_intrinsic) {
    absl::StatusOr<expr::JsonPath> path = expr::JsonPath::Parse(*text);
    if (path.ok()) return std::make_shared<expr::JsonPath>(*std::move(path));
    Error(field,
          absl::StrCat("Value is not a valid JSONPath: ", std::string(path.status().message())),
          "a path begins with '$' (the input), '$$' (the context object) or '$name' (a variable)");
    return nullptr;
  }
  absl::StatusOr<expr::ExpressionPtr> expression = expr::CompilePathOrIntrinsic(*text);
  if (expression.ok()) return *std::move(expression);
  Error(field,
        absl::StrCat("The value for the field '", std::string(field),
                     "' must be a valid JSONPath or a valid intrinsic function call"),
        std::string(expression.status().message()));
  return nullptr;
}

PathField FieldReader::TakePath(absl::string_view field, bool allow_null) {
  PathField result;
  const Value* value = Take(field);
  if (value == nullptr) return result;
  if (value->is_null() && allow_null) {
    result.kind = PathField::Kind::kNull;
    return result;
  }
  result.path = TakePathExpression(field, /*allow_intrinsic=*/false);
  if (result.path != nullptr) result.kind = PathField::Kind::kPath;
  return result;
}

ResultPath FieldReader::TakeResultPath(absl::string_view field) {
  ResultPath result;
  const Value* value = Take(field);
  if (value == nullptr) return result;
  if (value->is_null()) {
    result.kind = ResultPath::Kind::kDiscard;
    return result;
  }
  const absl::optional<std::string> text = TakeString(field);
  if (!text.has_value()) return result;
  absl::StatusOr<expr::JsonPath> path = expr::JsonPath::Parse(*text);
  if (!path.ok() || !path->is_reference()) {
    Error(field, "Value is not a Reference Path",
          "write '$' and the names and indices that lead to the place: $.order.items[0]");
    return result;
  }
  if (*text != "$") {
    result.kind = ResultPath::Kind::kInsert;
    result.path = *std::move(path);
  }
  return result;
}

expr::ExpressionPtr FieldReader::TakeTemplate(absl::string_view field, StatesScope scope,
                                              absl::string_view shown_as) {
  if (is_jsonata()) return TakeJsonata(field, scope, shown_as.empty() ? field : shown_as);
  const Value* value = Take(field);
  if (value == nullptr) return nullptr;
  std::vector<expr::CompileProblem> problems;
  expr::ExpressionPtr compiled = expr::CompilePayloadTemplate(*value, &problems);
  for (const expr::CompileProblem& problem : problems) {
    // AWS places the problem at the object that holds the member.
    const std::string place = absl::StrCat(PointerTo(field), problem.pointer);
    std::string aws_place = place;
    if (!problem.pointer.empty()) aws_place.resize(aws_place.rfind('/'));
    sink_->ErrorWithin(problem.code, aws_place, place, problem.message, problem.detail);
  }
  return compiled;
}

expr::ExpressionPtr FieldReader::TakeJsonata(absl::string_view field, StatesScope scope,
                                             absl::string_view shown_as) {
  const Value* value = Take(field);
  if (value == nullptr) return nullptr;
  std::vector<expr::CompileProblem> problems;
  std::vector<expr::VariableUse> uses;
  expr::ExpressionPtr compiled = expr::CompileJsonata(*value, shown_as, &problems, &uses);
  for (const expr::CompileProblem& problem : problems) {
    sink_->Error(problem.code, absl::StrCat(PointerTo(field), problem.pointer), problem.message,
                 problem.detail);
  }
  for (const expr::VariableUse& use : uses) {
    if (use.variable != "states" || use.member.empty()) continue;
    const bool is_there = use.member == "input" || use.member == "context" ||
                          (use.member == "result" && scope == StatesScope::kWithResult) ||
                          (use.member == "errorOutput" && scope == StatesScope::kWithErrorOutput);
    if (is_there) continue;
    sink_->Error("UNSUPPORTED_JSONATA_EXPRESSION", absl::StrCat(PointerTo(field), use.pointer),
                 absl::StrCat("Field '$states.", use.member, "' does not exist."),
                 "$states.result is known in Output and Assign of Task, Parallel and Map states, "
                 "$states.errorOutput in those of a Catcher");
  }
  return compiled;
}

bool FieldReader::TakeExpression(absl::string_view field, expr::ExpressionPtr* expression) {
  const Value* value = value_.Find(field);
  if (!is_jsonata() || value == nullptr || !value->is_string() ||
      !expr::IsJsonata(value->AsString())) {
    return false;
  }
  *expression = TakeJsonata(field, StatesScope::kPlain, field);
  return true;
}

expr::ExpressionPtr FieldReader::TakeAssign(StatesScope scope, std::vector<std::string>* names) {
  const Value* assign = Take("Assign");
  if (assign == nullptr) return nullptr;
  if (!assign->is_object()) {
    WrongType("Assign", "object");
    return nullptr;
  }
  for (const Value::Member& member : assign->AsObject()) {
    absl::string_view name = member.first;
    if (!is_jsonata()) absl::ConsumeSuffix(&name, ".$");
    const std::string place = absl::StrCat(PointerTo("Assign"), "/", EscapePointer(member.first));
    if (name == "states") {
      sink_->Schema(place, "'states' is a reserved name: it can not be assigned",
                    "give the variable another name");
    } else if (!IsVariableName(name)) {
      sink_->Schema(place, absl::StrCat("'", std::string(name), "' is not a valid variable name"),
                    "a name begins with a letter, goes on with letters, digits and '_', and has "
                    "at most 80 characters");
    } else {
      names->push_back(std::string(name));
    }
  }
  return TakeTemplate("Assign", scope);
}

// The expression of `field`Path; *used_field is the field that is there.
expr::ExpressionPtr FieldReader::TakePathForm(absl::string_view field, bool allow_intrinsic,
                                              std::string* used_field) {
  const std::string path_field = absl::StrCat(std::string(field), "Path");
  *used_field = std::string(field);
  if (is_jsonata() || !Has(path_field)) return nullptr;
  RejectSeveral({field, path_field});
  *used_field = path_field;
  return TakePathExpression(path_field, allow_intrinsic);
}

// The same for a path that leads to one place.
expr::ExpressionPtr FieldReader::TakeReferencePath(absl::string_view field, PathRoots roots,
                                                   std::string* used_field) {
  expr::ExpressionPtr expression = TakePathForm(field, /*allow_intrinsic=*/false, used_field);
  const auto* path = dynamic_cast<const expr::JsonPath*>(expression.get());
  if (path == nullptr) return expression;
  const bool has_root = roots == PathRoots::kAny || path->root() != expr::JsonPath::Root::kContext;
  if (!path->is_definite() || !has_root) {
    Error(*used_field, "Value is not a Reference Path",
          "write '$' and the names and indices that lead to one number");
  }
  return expression;
}

NumberField FieldReader::TakeNumberField(absl::string_view field, int64_t min, int64_t max,
                                         PathRoots roots) {
  NumberField result;
  result.field = std::string(field);
  if (TakeExpression(field, &result.expression)) return result;
  result.expression = TakeReferencePath(field, roots, &result.field);
  result.literal = TakeInteger(field, min, max);
  return result;
}

PercentField FieldReader::TakePercentField(absl::string_view field) {
  PercentField result;
  result.field = std::string(field);
  if (TakeExpression(field, &result.expression)) return result;
  result.expression = TakeReferencePath(field, PathRoots::kNoContext, &result.field);
  result.literal = TakeNumber(field, 0, 100);
  return result;
}

StringField FieldReader::TakeStringField(absl::string_view field, bool allow_intrinsic) {
  StringField result;
  result.field = std::string(field);
  if (TakeExpression(field, &result.expression)) return result;
  result.expression = TakePathForm(field, allow_intrinsic, &result.field);
  result.literal = TakeString(field);
  return result;
}

void FieldReader::Require(const std::vector<absl::string_view>& fields) {
  std::vector<absl::string_view> missing;
  for (absl::string_view field : fields) {
    if (!Has(field)) missing.push_back(field);
  }
  if (missing.empty()) return;
  sink_->Schema(pointer_,
                absl::StrCat("These fields are required: [", absl::StrJoin(missing, ", "), "]"),
                missing.size() == 1 ? "add it" : "add them");
}

void FieldReader::RejectSeveral(const std::vector<absl::string_view>& fields) {
  const auto given = std::count_if(fields.begin(), fields.end(),
                                   [this](absl::string_view field) { return Has(field); });
  if (given < 2) return;
  sink_->Schema(pointer_,
                absl::StrCat("There should only be one of the following fields: [",
                             absl::StrJoin(fields, ", "), "]"),
                "take all but one of them out");
}

// AWS names the object as the place, not the member.
void FieldReader::RejectUnknown() {
  for (const Value::Member& member : value_.AsObject()) {
    const std::string& field = member.first;
    if (taken_.contains(field)) continue;
    const bool is_of_other = language_.has_value() && IsFieldOfOther(field, language());
    if (is_of_other) {
      if (ignores_other_language_) continue;
      const QueryLanguage other = is_jsonata() ? QueryLanguage::kJsonPath : QueryLanguage::kJsonata;
      sink_->ErrorWithin("SCHEMA_VALIDATION_FAILED", pointer_, PointerTo(field),
                         absl::StrCat("The QueryLanguage is set to '", LanguageName(language()),
                                      "', but field '", field, "' is only supported for the '",
                                      LanguageName(other), "' QueryLanguage"),
                         InOtherLanguage(field));
      continue;
    }
    std::string remedy = DidYouMean(*sink_, field, taken_);
    if (remedy.empty()) remedy = "take it out, or keep it in a Comment";
    sink_->ErrorWithin("SCHEMA_VALIDATION_FAILED", pointer_, PointerTo(field),
                       absl::StrCat("Field '", field, "' is not supported"), std::move(remedy));
  }
}

}  // namespace pawl::asl
