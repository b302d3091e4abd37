#include "engine/asl/field_reader.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "engine/asl/locate.h"
#include "engine/asl/names.h"
#include "engine/expr/jsonata_template.h"
#include "engine/expr/payload_template.h"

namespace pawl::asl {

void DiagnosticSink::Add(Severity severity, absl::string_view code, const std::string& pointer,
                         std::string message) {
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.code = std::string(code);
  diagnostic.pointer = pointer.empty() ? "/" : pointer;
  diagnostic.message = std::move(message);
  out_->push_back(std::move(diagnostic));
}

void DiagnosticSink::Error(absl::string_view code, const std::string& pointer, std::string message,
                           std::string remedy) {
  Add(Severity::kError, code, pointer, std::move(message));
  out_->back().remedy = std::move(remedy);
}

void DiagnosticSink::Schema(const std::string& pointer, std::string message, std::string remedy) {
  Error("SCHEMA_VALIDATION_FAILED", pointer, std::move(message), std::move(remedy));
}

void DiagnosticSink::Warn(absl::string_view code, const std::string& pointer, std::string message,
                          std::string remedy) {
  Add(Severity::kWarning, code, pointer, std::move(message));
  out_->back().remedy = std::move(remedy);
}

FieldReader::FieldReader(DiagnosticSink* sink, const Value& value, std::string pointer,
                         QueryLanguage language)
    : sink_(sink), value_(value), pointer_(std::move(pointer)), language_(language) {
  taken_.insert("Comment");
  if (!value_.is_object()) {
    sink_->Schema(pointer_,
                  absl::StrCat("Value must be an object, but is ", std::string(KindName(value_))));
    value_ = Value::EmptyObject();
  }
}

std::string FieldReader::PointerTo(absl::string_view field) const {
  return absl::StrCat(pointer_, "/", EscapePointer(field));
}

void FieldReader::Error(absl::string_view field, std::string message) {
  sink_->Schema(PointerTo(field), std::move(message));
}

const Value* FieldReader::Take(absl::string_view field) {
  taken_.insert(std::string(field));
  return value_.Find(field);
}

absl::optional<std::string> FieldReader::TakeString(absl::string_view field) {
  const Value* value = Take(field);
  if (value == nullptr) return absl::nullopt;
  if (!value->is_string()) {
    Error(field, "Expected value of type String");
    return absl::nullopt;
  }
  return value->AsString();
}

absl::optional<bool> FieldReader::TakeBool(absl::string_view field) {
  const Value* value = Take(field);
  if (value == nullptr) return absl::nullopt;
  if (!value->is_bool()) {
    Error(field, "Expected value of type Boolean");
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
    Error(field, "Expected value of type Integer");
    return absl::nullopt;
  }
  if (n < min || n > max) {
    Error(field, absl::StrCat("Value is out of range: ", n, " is not between ", min, " and ", max));
    return absl::nullopt;
  }
  return n;
}

absl::optional<double> FieldReader::TakeNumber(absl::string_view field, double min, double max) {
  const Value* value = Take(field);
  if (value == nullptr) return absl::nullopt;
  if (!value->is_number()) {
    Error(field, "Expected value of type Number");
    return absl::nullopt;
  }
  const double d = value->AsDouble();
  if (!(d >= min && d <= max)) {
    Error(field, absl::StrCat("Value is out of range: ", d, " is not between ", min, " and ", max));
    return absl::nullopt;
  }
  return d;
}

const Value* FieldReader::TakeObject(absl::string_view field) {
  const Value* value = Take(field);
  if (value != nullptr && !value->is_object()) {
    Error(field, "Expected value of type Object");
    return nullptr;
  }
  return value;
}

const Value* FieldReader::TakeArray(absl::string_view field) {
  const Value* value = Take(field);
  if (value != nullptr && !value->is_array()) {
    Error(field, "Expected value of type Array");
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
          absl::StrCat("Value is not a valid JSONPath: ", std::string(path.status().message())));
    return nullptr;
  }
  absl::StatusOr<expr::ExpressionPtr> expression = expr::CompilePathOrIntrinsic(*text);
  if (expression.ok()) return *std::move(expression);
  Error(field, absl::StrCat("The value for the field '", std::string(field),
                            "' must be a valid JSONPath or a valid intrinsic function call"));
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
    Error(field,
          "Value is not a Reference Path: it must start with '$' and hold only names and indices");
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
  expr::CompileProblem problem;
  absl::StatusOr<expr::ExpressionPtr> compiled = expr::CompilePayloadTemplate(*value, &problem);
  if (compiled.ok()) return *std::move(compiled);
  // AWS places the problem at the object that holds the member.
  std::string place = absl::StrCat(PointerTo(field), problem.pointer);
  if (!problem.pointer.empty()) place.resize(place.rfind('/'));
  sink_->Schema(place, problem.message, problem.detail);
  return nullptr;
}

expr::ExpressionPtr FieldReader::TakeJsonata(absl::string_view field, StatesScope scope,
                                             absl::string_view shown_as) {
  const Value* value = Take(field);
  if (value == nullptr) return nullptr;
  expr::CompileProblem problem;
  std::vector<expr::VariableUse> uses;
  absl::StatusOr<expr::ExpressionPtr> compiled =
      expr::CompileJsonata(*value, shown_as, &problem, &uses);
  if (!compiled.ok()) {
    sink_->Error(problem.code, absl::StrCat(PointerTo(field), problem.pointer), problem.message,
                 problem.detail);
    return nullptr;
  }
  for (const expr::VariableUse& use : uses) {
    if (use.variable != "states" || use.member.empty()) continue;
    const bool is_there = use.member == "input" || use.member == "context" ||
                          (use.member == "result" && scope == StatesScope::kWithResult) ||
                          (use.member == "errorOutput" && scope == StatesScope::kWithErrorOutput);
    if (is_there) continue;
    sink_->Schema(absl::StrCat(PointerTo(field), use.pointer),
                  absl::StrCat("'$states.", use.member, "' is not available in this field"),
                  "$states.result is known in Output and Assign of Task, Parallel and Map states, "
                  "$states.errorOutput in those of a Catcher");
  }
  return *std::move(compiled);
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
    Error("Assign", "Expected value of type Object");
    return nullptr;
  }
  for (const Value::Member& member : assign->AsObject()) {
    absl::string_view name = member.first;
    if (!is_jsonata()) absl::ConsumeSuffix(&name, ".$");
    const std::string place = absl::StrCat(PointerTo("Assign"), "/", EscapePointer(member.first));
    if (name == "states") {
      sink_->Schema(place, "'states' is a reserved name: it can not be assigned");
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
  if (Has(field)) {
    sink_->Schema(pointer_, absl::StrCat("You can specify only one of [", std::string(field), ", ",
                                         path_field, "]"));
  }
  *used_field = path_field;
  return TakePathExpression(path_field, allow_intrinsic);
}

NumberField FieldReader::TakeNumberField(absl::string_view field, int64_t min, int64_t max) {
  NumberField result;
  result.field = std::string(field);
  if (TakeExpression(field, &result.expression)) return result;
  result.expression = TakePathForm(field, /*allow_intrinsic=*/false, &result.field);
  result.literal = TakeInteger(field, min, max);
  return result;
}

PercentField FieldReader::TakePercentField(absl::string_view field) {
  PercentField result;
  result.field = std::string(field);
  if (TakeExpression(field, &result.expression)) return result;
  result.expression = TakePathForm(field, /*allow_intrinsic=*/false, &result.field);
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
                absl::StrCat("These fields are required: [", absl::StrJoin(missing, ", "), "]"));
}

void FieldReader::RejectUnknown() {
  for (const Value::Member& member : value_.AsObject()) {
    if (!taken_.contains(member.first)) {
      sink_->Schema(PointerTo(member.first),
                    absl::StrCat("Field '", member.first, "' is not supported"));
    }
  }
}

}  // namespace pawl::asl
