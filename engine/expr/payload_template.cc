#include "engine/expr/payload_template.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "engine/expr/intrinsic/call.h"
#include "engine/expr/intrinsic/parser.h"
#include "engine/expr/json_path.h"
#include "engine/expr/message.h"
#include "engine/expr/template.h"
#include "engine/value/json.h"

namespace pawl::expr {
namespace {

constexpr absl::string_view kSuffix = ".$";

// A path as the value of a field, which the failure names.
class FieldPath final : public Expression {
 public:
  FieldPath(JsonPath path, std::string field) : path_(std::move(path)), field_(std::move(field)) {}

  OrFailure<Value> Evaluate(const Environment& environment) const override {
    const Metered metered(environment);
    const Environment& env = metered.env();
    Value value;
    switch (path_.Find(env, &value, nullptr)) {
      case JsonPath::Found::kValue:
      case JsonPath::Found::kPastEnd:
        return value;
      case JsonPath::Found::kNothing:
        return Failure{"States.Runtime",
                       absl::StrCat("The JSONPath '", text(), "' specified for the field '", field_,
                                    "' could not be found in the input '",
                                    JsonForMessage(Searched(env)), "'")};
      case JsonPath::Found::kInapplicable:
      case JsonPath::Found::kLimit:
        break;
    }
    return path_.Evaluate(env);
  }
  bool uses_context() const override { return path_.uses_context(); }
  void AddVariables(std::vector<std::string>* names) const override { path_.AddVariables(names); }
  const std::string& text() const override { return path_.text(); }

 private:
  // What the failure shows as the input: AWS shows the context object for a path into it.
  const Value& Searched(const Environment& env) const {
    return path_.root() == JsonPath::Root::kContext ? env.context : env.input;
  }

  const JsonPath path_;
  const std::string field_;
};

class Compiler {
 public:
  explicit Compiler(std::vector<CompileProblem>* problems) : problems_(problems) {}

  // Adds to *problems_ what is wrong, and goes on behind it.
  void Compile(const Value& json, TemplatePart* part) {
    if (problems_->size() >= kMaxCompileProblems) return;
    if (json.is_object()) return CompileObject(json, part);
    if (json.is_array()) return CompileArray(json, part);
    part->constant = json;
  }

 private:
  void CompileObject(const Value& json, TemplatePart* part) {
    absl::flat_hash_set<std::string> names;
    for (const Value::Member& m : json.AsObject()) {
      const PathScope scope(&path_, m.first);
      absl::string_view name = m.first;
      const bool is_expression = absl::ConsumeSuffix(&name, kSuffix);
      TemplatePart& child = part->children.emplace_back();
      if (is_expression) {
        CompileField(m, &child);
      } else {
        Compile(m.second, &child);
      }
      if (!names.insert(std::string(name)).second) {
        Problem(absl::StrCat("The field '", name, "' is given twice, with and without '.$'"),
                "take one of the two out");
      }
      part->names.emplace_back(name);
    }
    FinishContainer(json, TemplatePart::Kind::kObject, part);
  }

  void CompileArray(const Value& json, TemplatePart* part) {
    for (const Value& v : json.AsArray()) {
      const PathScope scope(&path_, part->children.size());
      Compile(v, &part->children.emplace_back());
    }
    FinishContainer(json, TemplatePart::Kind::kArray, part);
  }

  // A member whose name ends in ".$".
  void CompileField(const Value::Member& member, TemplatePart* part) {
    const std::string& field = member.first;
    if (!member.second.is_string()) {
      return Problem(absl::StrCat("The value for the field '", field,
                                  "' must be a STRING that contains a JSONPath but was an ",
                                  absl::AsciiStrToUpper(KindName(member.second))),
                     "take the '.$' out of the name for a value that is used as it stands");
    }
    absl::StatusOr<ExpressionPtr> expression =
        CompilePathOrIntrinsic(member.second.AsString(), field);
    if (!expression.ok()) {
      return Problem(absl::StrCat("The value for the field '", field,
                                  "' must be a valid JSONPath or a valid intrinsic function call"),
                     expression.status().message());
    }
    part->kind = TemplatePart::Kind::kExpression;
    part->expression = *std::move(expression);
  }

  void Problem(std::string message, absl::string_view detail) {
    if (problems_->size() >= kMaxCompileProblems) return;
    problems_->push_back(
        {"SCHEMA_VALIDATION_FAILED", PointerOf(path_), std::move(message), std::string(detail)});
  }

  std::vector<CompileProblem>* const problems_;
  TemplatePath path_;
};

}  // namespace

absl::StatusOr<ExpressionPtr> CompilePathOrIntrinsic(absl::string_view text,
                                                     absl::string_view field) {
  if (absl::StartsWith(text, "States.")) {
    absl::StatusOr<std::unique_ptr<const intrinsic::Call>> call = intrinsic::ParseCall(text);
    if (!call.ok()) return call.status();
    return std::make_shared<intrinsic::CallExpression>(std::string(text), *std::move(call));
  }
  absl::StatusOr<JsonPath> path = JsonPath::Parse(text);
  if (!path.ok()) return path.status();
  if (field.empty()) return std::make_shared<JsonPath>(*std::move(path));
  return std::make_shared<FieldPath>(*std::move(path), std::string(field));
}

ExpressionPtr CompilePayloadTemplate(const Value& json, std::vector<CompileProblem>* problems) {
  problems->clear();
  TemplatePart root;
  Compiler(problems).Compile(json, &root);
  return problems->empty() ? MakeTemplate(std::move(root), ToJson(json)) : nullptr;
}

ExpressionPtr Constant(Value value) {
  TemplatePart root;
  std::string text = ToJson(value);
  root.constant = std::move(value);
  return MakeTemplate(std::move(root), std::move(text));
}

}  // namespace pawl::expr
