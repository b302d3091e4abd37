#include "engine/asl/field_reader.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/asl/locate.h"
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

void DiagnosticSink::Schema(const std::string& pointer, std::string message) {
  Add(Severity::kError, "SCHEMA_VALIDATION_FAILED", pointer, std::move(message));
}

void DiagnosticSink::Unsupported(const std::string& pointer, absl::string_view feature) {
  Add(Severity::kError, "PAWL_UNSUPPORTED", pointer,
      absl::StrCat(std::string(feature), " is not supported by this version of Pawl"));
}

FieldReader::FieldReader(DiagnosticSink* sink, const Value& value, std::string pointer)
    : sink_(sink), value_(value), pointer_(std::move(pointer)) {
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

expr::ExpressionPtr FieldReader::TakeTemplate(absl::string_view field) {
  const Value* value = Take(field);
  if (value == nullptr) return nullptr;
  expr::CompileProblem problem;
  absl::StatusOr<expr::ExpressionPtr> compiled = expr::CompilePayloadTemplate(*value, &problem);
  if (compiled.ok()) return *std::move(compiled);
  // AWS places the problem at the object that holds the member.
  std::string place = absl::StrCat(PointerTo(field), problem.pointer);
  if (!problem.pointer.empty()) place.resize(place.rfind('/'));
  sink_->Schema(place, problem.message);
  return nullptr;
}

NumberField FieldReader::TakeNumberField(absl::string_view field, int64_t min, int64_t max) {
  NumberField result;
  const std::string path_field = absl::StrCat(std::string(field), "Path");
  if (Has(field) && Has(path_field)) {
    sink_->Schema(pointer_, absl::StrCat("You can specify only one of [", std::string(field), ", ",
                                         path_field, "]"));
  }
  result.field = Has(path_field) ? path_field : std::string(field);
  result.literal = TakeInteger(field, min, max);
  result.path = TakePathExpression(path_field, /*allow_intrinsic=*/false);
  return result;
}

StringField FieldReader::TakeStringField(absl::string_view field) {
  StringField result;
  const std::string path_field = absl::StrCat(std::string(field), "Path");
  if (Has(field) && Has(path_field)) {
    sink_->Schema(pointer_, absl::StrCat("You can specify only one of [", std::string(field), ", ",
                                         path_field, "]"));
  }
  result.field = Has(path_field) ? path_field : std::string(field);
  result.literal = TakeString(field);
  result.path = TakePathExpression(path_field, /*allow_intrinsic=*/true);
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
