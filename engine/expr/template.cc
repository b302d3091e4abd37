#include "engine/expr/template.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace pawl::expr {
namespace {

constexpr uint64_t kStepsPerMember = 10;

OrFailure<Value> EvaluatePart(const TemplatePart& part, const Environment& env);

Failure Spent(const Environment& env) {
  return Failure{"States.Runtime",
                 absl::StrCat("The evaluation exceeds the limit ", StepLimitText(*env.meter))};
}

OrFailure<Value> EvaluateArray(const TemplatePart& part, const Environment& env) {
  if (!env.meter->Charge(2 * part.children.size())) return Spent(env);
  Value::Elements elements;
  elements.reserve(part.children.size());
  for (const TemplatePart& child : part.children) {
    OrFailure<Value> value = EvaluatePart(child, env);
    if (!value.ok()) return value;
    elements.push_back(*std::move(value));
  }
  return Value::Array(std::move(elements));
}

OrFailure<Value> EvaluateObject(const TemplatePart& part, const Environment& env) {
  if (!env.meter->Charge(kStepsPerMember * part.children.size())) return Spent(env);
  Value::Members members;
  members.reserve(part.children.size());
  for (size_t i = 0; i < part.children.size(); ++i) {
    OrFailure<Value> value = EvaluatePart(part.children[i], env);
    if (!value.ok()) return value;
    members.emplace_back(part.names[i], *std::move(value));
  }
  return Value::Object(std::move(members));
}

OrFailure<Value> EvaluatePart(const TemplatePart& part, const Environment& env) {
  switch (part.kind) {
    case TemplatePart::Kind::kConstant:
      return part.constant;
    case TemplatePart::Kind::kExpression:
      return part.expression->Evaluate(env);
    case TemplatePart::Kind::kArray:
      return EvaluateArray(part, env);
    case TemplatePart::Kind::kObject:
      return EvaluateObject(part, env);
  }
  return Value();
}

bool UsesContext(const TemplatePart& part) {
  if (part.kind == TemplatePart::Kind::kExpression) return part.expression->uses_context();
  for (const TemplatePart& child : part.children) {
    if (UsesContext(child)) return true;
  }
  return false;
}

void AddVariablesOf(const TemplatePart& part, std::vector<std::string>* names) {
  if (part.kind == TemplatePart::Kind::kExpression) part.expression->AddVariables(names);
  for (const TemplatePart& child : part.children) AddVariablesOf(child, names);
}

class Template final : public Expression {
 public:
  Template(TemplatePart root, std::string text)
      : root_(std::move(root)), uses_context_(UsesContext(root_)), text_(std::move(text)) {}

  OrFailure<Value> Evaluate(const Environment& env) const override {
    const Metered metered(env);
    OrFailure<Value> result = EvaluatePart(root_, metered.env());
    if (!result.ok()) return result;
    if (result->depth() > env.limits.max_depth) {
      return Failure{"States.Runtime", absl::StrCat("The result is nested deeper than ",
                                                    env.limits.max_depth, " levels")};
    }
    if (result->weight() > env.limits.max_result_bytes) {
      return Failure{"States.Runtime", absl::StrCat("The result is larger than ",
                                                    env.limits.max_result_bytes, " bytes")};
    }
    return result;
  }
  bool uses_context() const override { return uses_context_; }
  void AddVariables(std::vector<std::string>* names) const override {
    AddVariablesOf(root_, names);
  }
  const std::string& text() const override { return text_; }

 private:
  const TemplatePart root_;
  const bool uses_context_;
  const std::string text_;
};

}  // namespace

std::string PointerOf(const TemplatePath& path) {
  std::string pointer;
  for (const auto& token : path) {
    if (const size_t* index = std::get_if<size_t>(&token)) {
      absl::StrAppend(&pointer, "/", *index);
    } else {
      absl::StrAppend(
          &pointer, "/",
          absl::StrReplaceAll(std::get<absl::string_view>(token), {{"~", "~0"}, {"/", "~1"}}));
    }
  }
  return pointer;
}

std::string FieldOf(const TemplatePath& path) {
  std::string field;
  for (const auto& token : path) {
    if (const size_t* index = std::get_if<size_t>(&token)) {
      absl::StrAppend(&field, "[", *index, "]");
    } else {
      absl::StrAppend(&field, "/", std::get<absl::string_view>(token));
    }
  }
  return field;
}

void FinishContainer(const Value& json, TemplatePart::Kind kind, TemplatePart* part) {
  part->kind = kind;
  for (const TemplatePart& child : part->children) {
    if (child.kind != TemplatePart::Kind::kConstant) return;
  }
  *part = TemplatePart();
  part->constant = json;
}

ExpressionPtr MakeTemplate(TemplatePart root, std::string text) {
  if (root.kind == TemplatePart::Kind::kExpression) return root.expression;
  return std::make_shared<Template>(std::move(root), std::move(text));
}

}  // namespace pawl::expr
